import type { Clock } from "./clock.ts";
import { type ErrorReporter, throwUncaught } from "./error-reporter.ts";

/** A deadline that was set. */
export interface Timer {
  /** Takes the deadline back. Doing so twice, or after it passed, does nothing. */
  cancel(): void;
}

/** Anything that keeps deadlines: a `TimerQueue` or a `TaskScheduler`. */
export interface TimerSource {
  /** Runs `run` once, `ms` milliseconds from now or a little later. */
  after(ms: number, run: () => void): Timer;
}

/** Timers run at most this long before the loop turns. */
const SLICE_MS = 5;

/**
 * Keeps any number of deadlines with one timer of the clock.
 *
 * Deadlines run in order of time, those of equal time in the order they were set. A task that throws is reported and does not stop the others.
 * When very many are due at once they run in slices, with loop turns between them.
 */
export class TimerQueue implements TimerSource {
  readonly #clock: Clock;
  readonly #onError: ErrorReporter;
  readonly #cancelTimer: (timer: QueuedTimer) => void; // one for all timers
  readonly #heap: QueuedTimer[] = []; // the earliest at 0; children of i at 2i+1 and 2i+2
  #nextOrder = 0;
  #wakeAt = Infinity;
  #cancelWake: (() => void) | undefined;

  /** What a task throws goes to `onError`; without it, it becomes an uncaught exception. */
  constructor(clock: Clock, onError: ErrorReporter = throwUncaught) {
    this.#clock = clock;
    this.#onError = onError;
    this.#cancelTimer = (timer) => {
      this.#remove(timer);
      if (this.#heap.length === 0) this.#stopWaking();
    };
  }

  /** How many deadlines are set. */
  get size(): number {
    return this.#heap.length;
  }

  /** Runs `run` once, `ms` milliseconds from now or a little later. Throws a `RangeError` unless `ms` is finite and at least 0. */
  after(ms: number, run: () => void): Timer {
    if (!(ms >= 0 && ms < Infinity)) throw new RangeError(`ms must be finite and at least 0, got ${ms}`);
    return this.#add(ms, run, undefined);
  }

  /**
   * Runs `run` every `ms` milliseconds until cancelled. When the loop was late, missed rounds are left out, and the rhythm is kept.
   * Throws a `RangeError` unless `ms` is finite and above 0.
   */
  every(ms: number, run: () => void): Timer {
    if (!(ms > 0 && ms < Infinity)) throw new RangeError(`ms must be finite and above 0, got ${ms}`);
    return this.#add(ms, run, ms);
  }

  /** Runs what is due now. The queue does this by itself; a loop may do it sooner to fix the order of its work. */
  runDue(): void {
    const now = this.#clock.now();
    const firstNew = this.#nextOrder;
    for (;;) {
      const timer = this.#heap[0];
      // A timer set by one of these tasks waits for the next turn, or two tasks could hold the loop for ever.
      if (timer === undefined || timer.deadline > now || timer.order >= firstNew) break;
      this.#remove(timer);
      if (timer.everyMs !== undefined) this.#insert(timer, nextRound(timer.deadline, timer.everyMs, now));
      try {
        timer.run();
      } catch (error) {
        this.#onError(error);
      }
      if (this.#clock.now() - now >= SLICE_MS) break;
    }
    this.#wake();
  }

  /** Forgets all deadlines. */
  clear(): void {
    for (const timer of this.#heap) timer.index = -1;
    this.#heap.length = 0;
    this.#stopWaking();
  }

  #add(ms: number, run: () => void, everyMs: number | undefined): Timer {
    const timer = new QueuedTimer(run, everyMs, this.#cancelTimer);
    this.#insert(timer, this.#clock.now() + ms);
    this.#wake();
    return timer;
  }

  /** Makes sure that the clock calls when the earliest deadline is due. A call too many costs less than moving it. */
  #wake(): void {
    const earliest = this.#heap[0];
    if (earliest === undefined) {
      this.#stopWaking();
      return;
    }
    if (earliest.deadline >= this.#wakeAt) return;
    this.#stopWaking();
    this.#wakeAt = earliest.deadline;
    this.#cancelWake = this.#clock.schedule(Math.max(0, earliest.deadline - this.#clock.now()), () => {
      this.#cancelWake = undefined;
      this.#wakeAt = Infinity;
      this.runDue();
    });
  }

  #stopWaking(): void {
    this.#cancelWake?.();
    this.#cancelWake = undefined;
    this.#wakeAt = Infinity;
  }

  #insert(timer: QueuedTimer, deadline: number): void {
    timer.deadline = deadline;
    timer.order = this.#nextOrder++;
    this.#siftUp(timer, this.#heap.length);
  }

  #remove(timer: QueuedTimer): void {
    const index = timer.index;
    if (index < 0) return;
    timer.index = -1;
    const last = this.#heap.pop();
    if (last === undefined || last === timer) return;
    this.#siftDown(last, index);
    if (last.index === index) this.#siftUp(last, index);
  }

  #siftUp(timer: QueuedTimer, from: number): void {
    let index = from;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = this.#heap[parentIndex]!;
      if (!isBefore(timer, parent)) break;
      this.#place(parent, index);
      index = parentIndex;
    }
    this.#place(timer, index);
  }

  #siftDown(timer: QueuedTimer, from: number): void {
    let index = from;
    for (;;) {
      let childIndex = 2 * index + 1;
      let child = this.#heap[childIndex];
      if (child === undefined) break;
      const right = this.#heap[childIndex + 1];
      if (right !== undefined && isBefore(right, child)) {
        child = right;
        childIndex += 1;
      }
      if (!isBefore(child, timer)) break;
      this.#place(child, index);
      index = childIndex;
    }
    this.#place(timer, index);
  }

  #place(timer: QueuedTimer, index: number): void {
    this.#heap[index] = timer;
    timer.index = index;
  }
}

class QueuedTimer implements Timer {
  readonly run: () => void;
  readonly everyMs: number | undefined;
  readonly #cancel: (timer: QueuedTimer) => void;
  deadline = 0;
  order = 0;
  index = -1; // in the heap; -1: not in it

  constructor(run: () => void, everyMs: number | undefined, cancel: (timer: QueuedTimer) => void) {
    this.run = run;
    this.everyMs = everyMs;
    this.#cancel = cancel;
  }

  cancel(): void {
    this.#cancel(this);
  }
}

function isBefore(a: QueuedTimer, b: QueuedTimer): boolean {
  return a.deadline < b.deadline || (a.deadline === b.deadline && a.order < b.order);
}

function nextRound(deadline: number, everyMs: number, now: number): number {
  const missed = Math.floor((now - deadline) / everyMs);
  return deadline + (missed + 1) * everyMs;
}
