/** What a `TrackClock` may be told; each number has a default that fits cameras and microphones. */
export interface TrackClockOptions {
  /** For how long after the first stamp an earlier arrival moves the clock at once, in microseconds: 1 s. */
  readonly anchorUs?: number;
  /** How far stamp and arrival must part before the track counts as begun anew, in microseconds: 2 s. */
  readonly jumpUs?: number;
}

/** Over how long the least delay is taken, before the clock follows a track that runs slower than arrivals. */
const WINDOW_US = 10_000_000;
/** What a slower track is followed by for each window: more than any quartz is wrong, less than anybody hears. */
const DRIFT_US = 5_000;
/** A delay that has grown by more than this for a whole window is no drift: samples were lost. */
const STEP_US = 100_000;
/** How much of the time gone by the clock gives back when a track turns out to run faster than arrivals. */
const RETURN_RATE = 0.02;
/** A stamp this much behind the one before it is of a new epoch; below, it is the device's own jitter. */
const BACKWARD_US = 100_000;

/**
 * Maps the stamps of one track, which may count from any epoch, to the clock on which arrivals are measured: one such
 * object for each track puts them all on one clock. No stamp arrives before it is made, so the least delay seen is
 * taken for the true one: all of it within the first second, slowly afterwards. What it returns never goes back.
 */
export class TrackClock {
  readonly #anchorUs: number;
  readonly #jumpUs: number;
  /** What is added to a stamp; `undefined` before the first. */
  #offsetUs: number | undefined;
  #anchoredAtUs = 0;
  #lastStampUs = 0;
  #lastArrivalUs = 0;
  #lastCommonUs = Number.NEGATIVE_INFINITY;
  #windowEndUs = 0;
  #windowOffsetUs = Number.POSITIVE_INFINITY;
  /** Since when every stamp has come too late to be only late; `undefined` while none has. */
  #lateSinceUs: number | undefined;

  constructor({ anchorUs = 1_000_000, jumpUs = 2_000_000 }: TrackClockOptions = {}) {
    this.#anchorUs = anchorUs;
    this.#jumpUs = jumpUs;
  }

  /** Tells when, on the arrivals' clock, what has this stamp was made. Both numbers and the answer are microseconds. */
  toCommon(stampUs: number, arrivalUs: number): number {
    const offsetUs = arrivalUs - stampUs;
    if (this.#offsetUs === undefined || this.#hasJumped(stampUs, arrivalUs, this.#offsetUs)) {
      this.#anchor(offsetUs, arrivalUs);
    } else {
      this.#offsetUs = this.#followed(this.#offsetUs, offsetUs, arrivalUs);
    }
    const target = Math.round(stampUs + (this.#offsetUs ?? offsetUs));
    // Half as fast until the clock is right again: two pictures of different times keep different times.
    const least = this.#lastCommonUs + Math.max(0, Math.floor((stampUs - this.#lastStampUs) / 2));
    this.#lastCommonUs = Math.max(target, Math.min(least, Math.round(arrivalUs)), this.#lastCommonUs);
    this.#lastStampUs = stampUs;
    this.#lastArrivalUs = arrivalUs;
    return this.#lastCommonUs;
  }

  #hasJumped(stampUs: number, arrivalUs: number, offsetUs: number): boolean {
    if (stampUs < this.#lastStampUs - BACKWARD_US) return true;
    const lateUs = arrivalUs - stampUs - offsetUs;
    if (lateUs < -this.#jumpUs) return true;
    if (lateUs <= this.#jumpUs) {
      this.#lateSinceUs = undefined;
      return false;
    }
    // A burst after a stall comes late too, but catches up; a track that has paused stays behind.
    this.#lateSinceUs ??= arrivalUs;
    return arrivalUs - this.#lateSinceUs >= this.#anchorUs;
  }

  #anchor(offsetUs: number, arrivalUs: number): void {
    this.#offsetUs = offsetUs;
    this.#anchoredAtUs = arrivalUs;
    this.#lateSinceUs = undefined;
    this.#openWindow(arrivalUs);
  }

  #followed(current: number, seen: number, arrivalUs: number): number {
    this.#windowOffsetUs = Math.min(this.#windowOffsetUs, seen);
    if (seen < current) {
      if (arrivalUs - this.#anchoredAtUs <= this.#anchorUs) return seen;
      return Math.max(seen, current - Math.max(0, arrivalUs - this.#lastArrivalUs) * RETURN_RATE);
    }
    if (arrivalUs < this.#windowEndUs) return current;
    if (arrivalUs - this.#lastArrivalUs > this.#anchorUs) {
      this.#openWindow(arrivalUs); // nothing came for most of it: one late arrival is no evidence
      return current;
    }
    const rise = Math.max(0, this.#windowOffsetUs - current);
    this.#openWindow(arrivalUs);
    return current + (rise > STEP_US ? rise : Math.min(rise, DRIFT_US));
  }

  #openWindow(arrivalUs: number): void {
    this.#windowEndUs = arrivalUs + WINDOW_US;
    this.#windowOffsetUs = Number.POSITIVE_INFINITY;
  }
}
