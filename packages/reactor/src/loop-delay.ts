import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Timer } from "./timer-queue.ts";

const RESOLUTION_MS = 10;
const WINDOW_MS = 10_000;

/** How late the loop was, in milliseconds. */
export interface LoopDelayStats {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Measures how late the loop comes round, over windows of ten seconds. */
export class LoopDelay {
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  readonly #timer: Timer;
  #lastWindow: LoopDelayStats | undefined;

  constructor(timers: { every(ms: number, run: () => void): Timer }) {
    this.#histogram.enable();
    this.#timer = timers.every(WINDOW_MS, () => {
      this.#lastWindow = this.#measure();
      this.#histogram.reset();
    });
  }

  /** The last full window, or what there is of the first one. */
  read(): LoopDelayStats {
    return this.#lastWindow ?? this.#measure();
  }

  stop(): void {
    this.#timer.cancel();
    this.#histogram.disable();
  }

  #measure(): LoopDelayStats {
    if (this.#histogram.count === 0) return { p50Ms: 0, p99Ms: 0 };
    return { p50Ms: this.#delay(50), p99Ms: this.#delay(99) };
  }

  /** The histogram holds times between two rounds of a timer, in nanoseconds; the delay is what exceeds its interval. */
  #delay(percentile: number): number {
    return Math.max(0, this.#histogram.percentile(percentile) / 1e6 - RESOLUTION_MS);
  }
}
