import { monitorEventLoopDelay } from "node:perf_hooks";
import { monotonicUs } from "./monotonic-clock.ts";

const RESOLUTION_MS = 10;

/** What generating the load costs this process, and whether it keeps up. */
export class GeneratorLoad {
  /** User and system time in the window, once it is over. */
  cpuSeconds = 0;
  /** How late the event loop came round in the window; the worst of a hundred turns. */
  loopDelayP99Ms = 0;
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  /** Measures from `fromUs` to `toUs` of `monotonicUs`. */
  measure(fromUs: number, toUs: number): void {
    setTimeout(() => this.#measureUntil(toUs), msUntil(fromUs));
  }

  #measureUntil(toUs: number): void {
    const before = process.cpuUsage();
    this.#delay.enable();
    setTimeout(() => {
      const { user, system } = process.cpuUsage(before);
      this.cpuSeconds = (user + system) / 1e6;
      // What is recorded is the time between two turns of a timer: its own interval is in it.
      this.loopDelayP99Ms = Math.max(0, this.#delay.percentile(99) / 1e6 - RESOLUTION_MS);
      this.#delay.disable();
    }, msUntil(toUs));
  }
}

function msUntil(us: number): number {
  return Math.max(0, (us - monotonicUs()) / 1000);
}
