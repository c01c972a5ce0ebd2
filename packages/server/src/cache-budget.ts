/** What the GOP caches of a server may hold together. */
export class CacheBudget {
  readonly #maxBytes: number;
  #usedBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes that all caches hold now. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Whether so much is held that whoever adds to it had better let go of what it has. */
  get isExceeded(): boolean {
    return this.#usedBytes > this.#maxBytes;
  }

  /** Notes that a cache holds `bytes` more, or less if it is negative. */
  add(bytes: number): void {
    this.#usedBytes += bytes;
  }
}
