import { type Clock, systemClock } from "./clock.ts";
import { type ErrorReporter, throwUncaught } from "./error-reporter.ts";
import { type Timer, TimerQueue, type TimerSource } from "./timer-queue.ts";

/** Options of a `TaskScheduler`. */
export interface TaskSchedulerOptions {
  /** Default: the clock of this process. */
  readonly clock?: Clock | undefined;
  /** Trigger events that may wait at once. Default: 50 000. */
  readonly maxTriggerEvents?: number | undefined;
  /** Told of what a trigger event or timer throws. Default: it becomes an uncaught exception. */
  readonly onError?: ErrorReporter | undefined;
}

const DEFAULT_MAX_TRIGGER_EVENTS = 50_000;

/** Trigger events run at most this long before timers and I/O have their turn. */
const SLICE_MS = 5;

/**
 * The order of work in one loop: trigger events, then timers, then I/O.
 *
 * A trigger event is a call put off to the next turn of the loop. They run in the order they came, and those that they trigger themselves wait for
 * another turn. The queue is bounded and says so when it is full.
 */
export class TaskScheduler implements TimerSource {
  readonly #clock: Clock;
  readonly #maxTriggerEvents: number;
  readonly #onError: ErrorReporter;
  readonly #timers: TimerQueue;
  #running: (() => void)[] = []; // this turn's, from #position on
  #position = 0;
  #waiting: (() => void)[] = []; // for the turn after
  #cancelTurn: (() => void) | undefined;
  #closed = false;

  /** Throws a `RangeError` unless `maxTriggerEvents` is at least 1. */
  constructor(options: TaskSchedulerOptions = {}) {
    const { clock = systemClock, maxTriggerEvents = DEFAULT_MAX_TRIGGER_EVENTS, onError = throwUncaught } = options;
    if (!(maxTriggerEvents >= 1)) throw new RangeError(`maxTriggerEvents must be at least 1, got ${maxTriggerEvents}`);
    this.#clock = clock;
    this.#maxTriggerEvents = maxTriggerEvents;
    this.#onError = onError;
    const eventsFirst: Clock = {
      now: () => clock.now(),
      schedule: (ms, run) =>
        clock.schedule(ms, () => {
          this.#runEvents();
          run();
        }),
    };
    this.#timers = new TimerQueue(eventsFirst, onError);
  }

  /** How many trigger events wait. */
  get triggerEvents(): number {
    return this.#running.length - this.#position + this.#waiting.length;
  }

  /** Runs `event` in the next turn of the loop. Returns false, and forgets it, when the queue is full or closed. */
  trigger(event: () => void): boolean {
    if (this.#closed || this.triggerEvents >= this.#maxTriggerEvents) return false;
    this.#waiting.push(event);
    this.#scheduleTurn();
    return true;
  }

  /**
   * Runs `run` once, `ms` milliseconds from now or a little later. Throws a `RangeError` unless `ms` is finite and at least 0.
   * After `close` nothing is run.
   */
  after(ms: number, run: () => void): Timer {
    const timer = this.#timers.after(ms, run);
    if (this.#closed) timer.cancel();
    return timer;
  }

  /**
   * Runs `run` every `ms` milliseconds until cancelled. Throws a `RangeError` unless `ms` is finite and above 0.
   * After `close` nothing is run.
   */
  every(ms: number, run: () => void): Timer {
    const timer = this.#timers.every(ms, run);
    if (this.#closed) timer.cancel();
    return timer;
  }

  /** Forgets all that waits, and takes nothing more. Twice is fine. */
  close(): void {
    this.#closed = true;
    this.#running = [];
    this.#waiting = [];
    this.#position = 0;
    this.#cancelTurn?.();
    this.#cancelTurn = undefined;
    this.#timers.clear();
  }

  #scheduleTurn(): void {
    this.#cancelTurn ??= this.#clock.schedule(0, () => {
      this.#cancelTurn = undefined;
      this.#runEvents();
      this.#timers.runDue();
    });
  }

  #runEvents(): void {
    if (this.#position === this.#running.length) {
      this.#running = this.#waiting;
      this.#waiting = [];
      this.#position = 0;
    }
    const started = this.#clock.now();
    while (this.#position < this.#running.length) {
      const event = this.#running[this.#position++]!;
      try {
        event();
      } catch (error) {
        this.#onError(error);
      }
      if (this.#clock.now() - started >= SLICE_MS) break;
    }
    if (this.triggerEvents > 0) this.#scheduleTurn();
  }
}
