import { monotonicUs } from "./monotonic-clock.ts";

const TICK_MS = 1;

/** Something that has work at a time of its own. */
export interface Punctual {
  /** Does what is due and returns when it wants to be called next, in µs of `monotonicUs`; `undefined` is never again. */
  work(nowUs: number): number | undefined;
}

/** Calls thousands of things, each at its own times, to the millisecond, with one timer for all. */
export class DueWheel {
  readonly #slots = new Map<number, Punctual[]>();
  #timer: NodeJS.Timeout | undefined;
  #doneMs: number = Math.floor(monotonicUs() / 1000);

  /** Calls `one` for the first time at `dueUs`, or as soon as can be. */
  add(one: Punctual, dueUs: number): void {
    const slotMs = Math.max(this.#doneMs + 1, Math.ceil(dueUs / 1000));
    const slot = this.#slots.get(slotMs);
    if (slot === undefined) this.#slots.set(slotMs, [one]);
    else slot.push(one);
    this.#timer ??= setTimeout(() => this.#turn(), TICK_MS);
  }

  /** Calls nothing any more. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#slots.clear();
  }

  #turn(): void {
    this.#timer = undefined;
    const nowMs = Math.floor(monotonicUs() / 1000);
    while (this.#doneMs < nowMs && this.#slots.size > 0) {
      const slot = this.#slots.get(++this.#doneMs);
      if (slot === undefined) continue;
      this.#slots.delete(this.#doneMs);
      for (const one of slot) {
        const nextUs = one.work(monotonicUs());
        if (nextUs !== undefined) this.add(one, nextUs);
      }
    }
    this.#doneMs = Math.max(this.#doneMs, nowMs);
    if (this.#slots.size > 0) this.#timer ??= setTimeout(() => this.#turn(), TICK_MS);
  }
}
