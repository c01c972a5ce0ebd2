const FIRST_MS = 250;
const LONGEST_MS = 4000;

/** How long to wait before each attempt to connect again: 0.25 s, doubled up to 4 s, each shortened by up to a third. */
export class Backoff {
  readonly #random: () => number;
  #nextMs = FIRST_MS;

  /** `random` gives numbers in [0, 1), so that a crowd of phones does not come back in step. */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** The next wait, in milliseconds. */
  next(): number {
    const waitMs = this.#nextMs * (1 - this.#random() / 3);
    this.#nextMs = Math.min(this.#nextMs * 2, LONGEST_MS);
    return Math.round(waitMs);
  }

  /** A connection was good: the next wait is the first again. */
  reset(): void {
    this.#nextMs = FIRST_MS;
  }
}
