/** Says no when something happens more often than `perSecond`, after a burst (token bucket). */
export class RateLimit {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #at: number;

  /** `now` is the time in ms at the start. The burst is twice `perSecond` unless it is given. */
  constructor(perSecond: number, now: number, burst: number = perSecond * 2) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
    this.#at = now;
  }

  /** Counts one event at the time `now` in ms, which costs as much as `cost` others. Returns whether it is within the limit. */
  take(now: number, cost = 1): boolean {
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#at) / 1000) * this.#perSecond);
    this.#at = now;
    if (this.#tokens < cost) return false;
    this.#tokens -= cost;
    return true;
  }
}
