import type { ErrorReporter } from "./error-reporter.ts";
import type { LoopProcess } from "./loop-process.ts";
import type { Timer, TimerSource } from "./timer-queue.ts";

/** Options of a `LoopSlot`. */
export interface LoopSlotOptions {
  /** Starts a process; with the given settings if there are any, otherwise with those of the group. */
  readonly spawn: (settings: { readonly value: unknown } | undefined) => LoopProcess;
  readonly timers: TimerSource;
  /** Told when a loop that nobody waits for could not be started. */
  readonly onError: ErrorReporter;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;
/** A loop that dies younger than this is as bad as one that was never ready, if it happens again and again. */
const YOUNG_MS = 1000;
/** So many young deaths in a row are replaced at once. */
const FREE_YOUNG_DEATHS = 3;

/** One place in a group, which is to have a loop at all times: a loop that died is replaced. */
export class LoopSlot {
  readonly #options: LoopSlotOptions;
  #current: LoopProcess | undefined;
  #next: { readonly loop: LoopProcess; resolve: () => void; reject: (error: Error) => void } | undefined;
  #filling: Promise<void> | undefined;
  #readyAt = 0;
  #failures = 0; // in a row: deaths before the loop was ready, or soon after
  #retry: Timer | undefined;
  #isClosed = false;

  constructor(options: LoopSlotOptions) {
    this.#options = options;
  }

  /** The loop that is ready. */
  get current(): LoopProcess | undefined {
    return this.#current;
  }

  /** Puts a new loop in this place; resolves when it is ready, rejects when it died before. The old one stays until then. */
  async fill(settings?: { readonly value: unknown }): Promise<void> {
    while (this.#filling !== undefined) await this.#filling.catch(ignore);
    this.#filling = this.#fill(settings);
    try {
      await this.#filling;
    } finally {
      this.#filling = undefined;
    }
  }

  /** The loop is ready and has this place from now on. Returns the one that had it. */
  onReady(loop: LoopProcess): LoopProcess | undefined {
    const replaced = this.#current;
    this.#current = loop;
    this.#readyAt = performance.now();
    const next = this.#next;
    this.#next = undefined;
    next?.resolve();
    return replaced;
  }

  /** The loop is gone: if it had this place, another one gets it. */
  onEnd(loop: LoopProcess, how: string): void {
    if (loop === this.#next?.loop) {
      const { reject } = this.#next;
      this.#next = undefined;
      this.#failures += 1;
      reject(new Error(`loop ${loop.id} ended before it was ready: ${how}`));
      this.#refill(pauseMs(this.#failures));
    } else if (loop === this.#current) {
      this.#current = undefined;
      const isYoung = performance.now() - this.#readyAt < YOUNG_MS;
      this.#failures = isYoung ? this.#failures + 1 : 0;
      this.#refill(this.#failures <= FREE_YOUNG_DEATHS ? 0 : pauseMs(this.#failures - FREE_YOUNG_DEATHS));
    }
  }

  /** Puts nothing more in this place. */
  close(): void {
    this.#isClosed = true;
    this.#retry?.cancel();
  }

  async #fill(settings: { readonly value: unknown } | undefined): Promise<void> {
    if (this.#isClosed) throw new TypeError("closed while loops were being started");
    this.#retry?.cancel();
    this.#retry = undefined;
    await new Promise<void>((resolve, reject) => {
      try {
        this.#next = { loop: this.#options.spawn(settings), resolve, reject };
      } catch (error) {
        this.#failures += 1;
        this.#refill(pauseMs(this.#failures));
        throw error;
      }
    });
  }

  #refill(pause: number): void {
    if (this.#isClosed || this.#current !== undefined || this.#next !== undefined || this.#retry !== undefined) return;
    this.#retry = this.#options.timers.after(pause, () => {
      this.#retry = undefined;
      this.fill().catch((error: unknown) => {
        if (!this.#isClosed) this.#options.onError(error);
      });
    });
  }
}

function pauseMs(failures: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1));
}

function ignore(): void {
  // Whoever began it is told.
}
