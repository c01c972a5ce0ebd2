/** Says no when something happens more often than `perSecond`, after a burst of twice as many (token bucket). */
export class RateLimit {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #at: number;

  /** `now` is the time in ms at the start. */
  constructor(perSecond: number, now: number) {
    this.#perSecond = perSecond;
    this.#burst = perSecond * 2;
    this.#tokens = this.#burst;
    this.#at = now;
  }

  /** Counts one event at the time `now` in ms. Returns whether it is within the limit. */
  take(now: number): boolean {
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#at) / 1000) * this.#perSecond);
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
