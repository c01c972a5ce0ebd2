import { type Clock, systemClock } from "./clock.ts";
import { type ErrorReporter, throwUncaught } from "./error-reporter.ts";
import { Joiner } from "./joiner.ts";

/** Something with bytes to hand over, usually a connection. */
export interface Flushable {
  /** Hands over what has gathered. Called by the queue. */
  flush(): void;
}

/** Options of a `FlushQueue`. */
export interface FlushQueueOptions {
  /** Default: the clock of this process. */
  readonly clock?: Clock | undefined;
  /** A flush works this long at most before the loop turns. Default: 5. */
  readonly sliceMs?: number | undefined;
  /**
   * The longest that bytes may wait for others to join them. Default: 0, they leave at the end of the loop turn.
   *
   * Above 0, the pause after a flush is as long as `delayFactor` times that flush took, up to this: an idle server adds no delay, a busy one
   * gathers more for each write. What a flush takes beyond 40 ms counts ninefold: an audience so large is worth the whole of it.
   */
  readonly maxFlushDelayMs?: number | undefined;
  /** Length of the pause in units of the last flush. Default: 1. */
  readonly delayFactor?: number | undefined;
  /** Told of what a `flush` throws. Default: it becomes an uncaught exception. */
  readonly onError?: ErrorReporter | undefined;
}

/** The clock is read once for so many flushes. */
const FLUSHES_PER_CLOCK_READING = 16;

/** From here on the last viewer waits so long for its turn that a longer pause changes little for it, and saves much. */
const LONG_FLUSH_MS = 40;
const LONG_FLUSH_WEIGHT = 8;

/**
 * Flushes connections together, one write for each: whoever got bytes is added, and one task for the whole loop empties the list.
 *
 * What is added while a flush is under way waits for the next one.
 */
// hot
export class FlushQueue {
  /** Shared by the connections of this queue, so that the same pieces are joined once. */
  readonly joiner: Joiner = new Joiner();
  readonly #clock: Clock;
  readonly #sliceMs: number;
  readonly #maxFlushDelayMs: number;
  readonly #delayFactor: number;
  readonly #onError: ErrorReporter;
  readonly #run: () => void;
  #added: (Flushable | undefined)[] = []; // arrays keep their length: shortening one frees its memory for the next flush to ask for again
  #addedCount = 0;
  #flushing: (Flushable | undefined)[] = [];
  #flushingCount = 0;
  #position = 0;
  #busyMs = 0; // of the flush under way
  #nextFlushAt = -Infinity;
  #cancel: (() => void) | undefined;
  #closed = false;

  /** Throws a `RangeError` when `sliceMs`, `maxFlushDelayMs` or `delayFactor` is below 0. */
  constructor(options: FlushQueueOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#sliceMs = atLeastZero("sliceMs", options.sliceMs ?? 5);
    this.#maxFlushDelayMs = atLeastZero("maxFlushDelayMs", options.maxFlushDelayMs ?? 0);
    this.#delayFactor = atLeastZero("delayFactor", options.delayFactor ?? 1);
    this.#onError = options.onError ?? throwUncaught;
    this.#run = () => {
      this.#cancel = undefined;
      this.#flushSlice();
    };
  }

  /** Has `flushable` flushed with the next flush. It is for the caller not to add one twice. */
  add(flushable: Flushable): void {
    if (this.#closed) return;
    this.#added[this.#addedCount++] = flushable;
    this.#cancel ??= this.#clock.schedule(Math.max(0, this.#nextFlushAt - this.#clock.now()), this.#run);
  }

  /** Flushes now instead of at the end of the turn or of the pause; what does not fit into a slice follows in the next turn. */
  flush(): void {
    this.#cancel?.();
    this.#run();
  }

  /** Forgets what was added, and takes nothing more. Twice is fine. */
  close(): void {
    this.#closed = true;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#added = [];
    this.#flushing = [];
    this.#addedCount = this.#flushingCount = this.#position = 0;
    this.joiner.clear();
  }

  #flushSlice(): void {
    const started = this.#clock.now();
    if (this.#position === this.#flushingCount) this.#takeAdded();
    while (this.#position < this.#flushingCount) {
      const flushable = this.#flushing[this.#position];
      this.#flushing[this.#position++] = undefined;
      try {
        flushable?.flush();
      } catch (error) {
        this.#onError(error);
      }
      if (this.#position % FLUSHES_PER_CLOCK_READING === 0 && this.#clock.now() - started >= this.#sliceMs) break;
    }
    const ended = this.#clock.now();
    this.#busyMs += ended - started;
    if (this.#position < this.#flushingCount) {
      this.#cancel ??= this.#clock.schedule(0, this.#run);
      return;
    }
    this.joiner.clear();
    const weightedMs = this.#busyMs + LONG_FLUSH_WEIGHT * Math.max(0, this.#busyMs - LONG_FLUSH_MS);
    const pauseMs = Math.min(this.#maxFlushDelayMs, this.#delayFactor * weightedMs);
    this.#busyMs = 0;
    this.#nextFlushAt = ended + pauseMs;
    if (this.#addedCount === 0) return;
    this.#cancel?.(); // set by an `add` during this flush, before the pause was known
    this.#cancel = this.#clock.schedule(pauseMs, this.#run);
  }

  #takeAdded(): void {
    [this.#flushing, this.#added] = [this.#added, this.#flushing];
    this.#flushingCount = this.#addedCount;
    this.#addedCount = 0;
    this.#position = 0;
  }
}

function atLeastZero(name: string, value: number): number {
  if (!(value >= 0)) throw new RangeError(`${name} must be at least 0, got ${value}`);
  return value;
}
