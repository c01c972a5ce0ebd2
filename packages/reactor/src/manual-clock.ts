import type { Clock } from "./clock.ts";

interface Scheduled {
  readonly at: number;
  readonly run: () => void;
}

/** Runs without the time moving, after which a test is taken to go round in circles. */
const MAX_RUNS_PER_MOMENT = 100_000;

/** A clock that a test moves by hand. It starts at 0. */
export class ManualClock implements Clock {
  #now = 0;
  #isRunning = false;
  #scheduled: Scheduled[] = []; // in order of time, those of equal time in the order they were scheduled

  now(): number {
    return this.#now;
  }

  schedule(ms: number, run: () => void): () => void {
    const scheduled = { at: this.#now + Math.max(0, ms), run };
    const index = this.#scheduled.findLastIndex((other) => other.at <= scheduled.at);
    this.#scheduled.splice(index + 1, 0, scheduled);
    return () => {
      this.#scheduled = this.#scheduled.filter((other) => other !== scheduled);
    };
  }

  /**
   * Moves the time by `ms` and runs what becomes due on the way, each at its own moment, and what that schedules in turn. 0 runs what is due now.
   * Within a task it is the time that the task takes: only the time moves.
   * Throws an `Error` when the tasks keep scheduling more for the same moment.
   */
  advance(ms: number): void {
    const end = this.#now + ms;
    if (this.#isRunning) {
      this.#now = end;
      return;
    }
    this.#isRunning = true;
    try {
      this.#runUntil(end);
    } finally {
      this.#isRunning = false;
    }
    this.#now = Math.max(this.#now, end);
  }

  #runUntil(end: number): void {
    let runs = 0;
    for (let next = this.#scheduled[0]; next !== undefined; next = this.#scheduled[0]) {
      if (next.at > Math.max(end, this.#now)) return;
      this.#scheduled.shift();
      runs = next.at > this.#now ? 0 : runs + 1;
      if (runs > MAX_RUNS_PER_MOMENT) throw new Error(`tasks go round in circles at ${next.at} ms`);
      this.#now = Math.max(this.#now, next.at);
      next.run();
    }
  }

  /** How many tasks wait. */
  get size(): number {
    return this.#scheduled.length;
  }
}
