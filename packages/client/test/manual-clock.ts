import type { Clock } from "../src/command/clock.ts";

/** A clock whose time stands still until somebody sleeps; a sleep passes at once and is written down. */
export class ManualClock implements Clock {
  time = 0;
  readonly sleeps: number[] = [];
  readonly #repeated = new Set<() => void>();

  now(): number {
    return this.time;
  }

  sleep(ms: number): Promise<void> {
    this.sleeps.push(ms);
    this.time += ms;
    return Promise.resolve();
  }

  every(_ms: number, run: () => void): () => void {
    this.#repeated.add(run);
    return () => this.#repeated.delete(run);
  }

  /** Lets time pass and everything that is repeated happen once. */
  tick(ms: number): void {
    this.time += ms;
    for (const run of this.#repeated) run();
  }

  get isIdle(): boolean {
    return this.#repeated.size === 0;
  }
}
