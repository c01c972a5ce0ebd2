import { ACKNOWLEDGE_EVERY_MS } from "../protocol/limits.ts";

/** What the user wants at best. */
export interface RateGoal {
  /** Bits per second of the picture on a link that takes them. */
  readonly bitrate: number;
  readonly framesPerSecond: number;
}

/** What the link has shown, at every acknowledgement. */
export interface LinkState {
  /** Age of the oldest frame that is not acknowledged, in milliseconds of a wall clock. */
  readonly oldestAgeMs: number;
  /** The last round trip, in milliseconds. */
  readonly roundTripMs: number;
  /** What got through since the last call, in bytes. */
  readonly acknowledgedBytes: number;
  /** What the socket and the bridge have not passed on, in bytes. */
  readonly unsentBytes: number;
}

/** What to ask of the encoder now. */
export interface RateDecision {
  readonly bitrate: number;
  readonly framesPerSecond: number;
  /** What width and height are multiplied by. */
  readonly scale: number;
}

/** Below which part of the best bit rate frames are left out, and then the picture is made smaller. */
const LADDER = [
  { below: 0.35, divisor: 2, scale: 1 },
  { below: 0.2, divisor: 3, scale: 1 },
  { below: 0.12, divisor: 3, scale: 0.75 },
  { below: 0.07, divisor: 3, scale: 0.5 },
] as const;
/** How far above its mark the bit rate must be before a step is taken back: a step that swings is worse than a low one. */
const STEP_BACK = 1.3;
/** A delay that is normal on a healthy link beside round trip and the acknowledgements' rhythm. */
const CONGESTED_MS = 200;
const CALM_MS = 120;
/** No picture goes to the encoder from here on, until the lag is below `RESUME_MS`. */
const DROP_MS = 1000;
const RESUME_MS = 500;
/** A cut shows after what was queued before it: no other one sooner, and none while the lag falls. */
const CUT_EVERY_MS = 500;
const CUT_AGAIN_MS = 2000;
const CUT = 0.8;
const CUT_BLINDLY = 0.6;
/** What of the measured throughput is asked for after a cut; the rest empties the queues. */
const HEADROOM = 0.75;
/** Below this part of it nothing is cut: what lags then is one large picture, not a queue. */
const LEAST_OF_THROUGHPUT = 0.5;
/** How close to a throughput that was too little the bit rate comes back, until more is tried. */
const BELOW_LIMIT = 0.88;
const RAISE = 1.12;
const RAISE_EVERY_MS = 1000;
const CALM_BEFORE_RAISE_MS = 5000;
/** More than a link has once shown is tried after this long, and twice as long each time that it fails. */
const PROBE_AFTER_MS = 10_000;
const LONGEST_PROBE_AFTER_MS = 120_000;
/** What an encoder may be ahead of the bit rate, as time: a key frame's worth. Some cannot go as low as they are asked. */
const BURST_MS = 800;
/** No picture costs more than this: however large they are, viewers see one now and then. */
const MOST_EXCESS_MS = 2500;
/** Throughput is measured over the last so much: more than one picture, however large, takes. */
const MEASURE_MS = 2000;
const LEAST_MEASURE_MS = 400;
/** What has been on the way for this much longer than a round trip stands in a queue. */
const QUEUED_MS = 50;
/** The least round trip is forgotten after this long: a phone changes networks. */
const ROUND_TRIP_MEMORY_MS = 30_000;

/** What becomes of a picture: left out on purpose, or because there is no room for it. */
export type Admission = "encode" | "skip" | "drop";

/**
 * Decides what the encoder is asked for on a link whose capacity changes: the bit rate is cut first, then frames are
 * left out, then the picture is made smaller; all of it comes back slowly. Times are milliseconds of any clock that
 * never goes back.
 */
export class RateControl {
  #goal: RateGoal;
  #acknowledgeEveryMs = ACKNOWLEDGE_EVERY_MS;
  #bitrate: number;
  #step = 0;
  #isDropping = false;
  #lastCutMs = Number.NEGATIVE_INFINITY;
  #lastRaiseMs = Number.NEGATIVE_INFINITY;
  #calmSinceMs: number | undefined;
  #lastLagMs = 0;
  /** The throughput at the last cut: what the link had then. */
  #limit = Number.POSITIVE_INFINITY;
  #probeAfterMs = PROBE_AFTER_MS;
  #leastRoundTrip = { roundTripMs: Number.POSITIVE_INFINITY, atMs: 0 };
  /** What got through while something stood in a queue: at other times it says nothing about the link. */
  #busy: { readonly atMs: number; readonly lengthMs: number; readonly byteCount: number }[] = [];
  #lastObservedMs = 0;
  #wasBusy = false;
  #nextPictureMs = Number.NEGATIVE_INFINITY;
  /** What was encoded beyond what the bit rate had room for, in bits, and when that was. */
  #excess = { bits: 0, atMs: 0 };

  constructor(goal: RateGoal) {
    this.#goal = goal;
    this.#bitrate = goal.bitrate;
  }

  /** What to ask of the encoder now. */
  get decision(): RateDecision {
    const step = LADDER[this.#step - 1];
    return {
      bitrate: Math.round(this.#bitrate),
      framesPerSecond: this.#goal.framesPerSecond / (step?.divisor ?? 1),
      scale: step?.scale ?? 1,
    };
  }

  /** Whether the network is so far behind that no picture may go to the encoder. */
  get isDropping(): boolean {
    return this.#isDropping;
  }

  /** The user wants something else. A link that is known to be slow is not asked for more at once. */
  setGoal(goal: RateGoal): void {
    const wasAtBest = this.#bitrate >= this.#goal.bitrate;
    this.#goal = goal;
    this.#bitrate = wasAtBest ? goal.bitrate : Math.min(this.#bitrate, goal.bitrate);
    this.#step = 0;
    this.#updateStep();
  }

  /** A new connection has empty queues; what was learnt about the link stays. It is acknowledged this often. */
  connected(acknowledgeEveryMs: number): void {
    this.#acknowledgeEveryMs = acknowledgeEveryMs;
    this.#isDropping = false;
    this.#calmSinceMs = undefined;
    this.#busy = [];
    this.#wasBusy = false;
    this.#leastRoundTrip = { roundTripMs: Number.POSITIVE_INFINITY, atMs: 0 };
  }

  /** Takes what the link has shown. To be called at every acknowledgement, and when none came in time. */
  observe(link: LinkState, nowMs: number): void {
    this.#measure(link, nowMs);
    const lagMs = this.#lagMs(link);
    if (lagMs > DROP_MS) this.#isDropping = true;
    else if (lagMs < RESUME_MS) this.#isDropping = false;
    if (lagMs > CONGESTED_MS) this.#congested(lagMs, nowMs);
    else if (lagMs > CALM_MS || this.#isDropping) this.#calmSinceMs = undefined;
    else this.#calm(nowMs);
    this.#lastLagMs = lagMs;
  }

  /** Says what becomes of a picture that was made at this time. */
  admit(pictureMs: number): Admission {
    if (this.#isDropping) return "drop";
    const intervalMs = 1000 / this.decision.framesPerSecond;
    const slackMs = 500 / this.#goal.framesPerSecond; // a camera's pictures come a little early or late
    if (pictureMs < this.#nextPictureMs - slackMs && pictureMs > this.#nextPictureMs - 2 * intervalMs) return "skip";
    if (this.#excessAt(pictureMs) > (this.#bitrate * BURST_MS) / 1000) return "drop";
    const isOnTime = pictureMs < this.#nextPictureMs + intervalMs && pictureMs > this.#nextPictureMs - intervalMs;
    this.#nextPictureMs = (isOnTime ? this.#nextPictureMs : pictureMs) + intervalMs;
    return "encode";
  }

  /** Notes how large a picture has become that was made at this time. */
  encoded(byteCount: number, pictureMs: number): void {
    const bits = Math.min(this.#excessAt(pictureMs) + byteCount * 8, (this.#bitrate * MOST_EXCESS_MS) / 1000);
    this.#excess = { bits, atMs: Math.max(pictureMs, this.#excess.atMs) };
  }

  #excessAt(pictureMs: number): number {
    const goneMs = Math.max(0, pictureMs - this.#excess.atMs);
    return Math.max(0, this.#excess.bits - (goneMs * this.#bitrate) / 1000);
  }

  /** How far the network is behind, beyond what a healthy link would show. */
  #lagMs(link: LinkState): number {
    const least = Number.isFinite(this.#leastRoundTrip.roundTripMs) ? this.#leastRoundTrip.roundTripMs : 0;
    const queuedMs = (link.unsentBytes * 8000) / Math.max(this.#bitrate, 1);
    return Math.max(link.oldestAgeMs - this.#acknowledgeEveryMs - least, queuedMs - this.#acknowledgeEveryMs);
  }

  #measure(link: LinkState, nowMs: number): void {
    const lengthMs = nowMs - this.#lastObservedMs;
    if (this.#wasBusy) this.#busy.push({ atMs: nowMs, lengthMs, byteCount: link.acknowledgedBytes });
    while (this.#busy.length > 1 && this.#busy[0]!.atMs < nowMs - MEASURE_MS) this.#busy.shift();
    this.#wasBusy = link.oldestAgeMs > this.#leastRoundTrip.roundTripMs + QUEUED_MS;
    this.#lastObservedMs = nowMs;
    if (link.acknowledgedBytes === 0) return;
    const isStale = nowMs - this.#leastRoundTrip.atMs > ROUND_TRIP_MEMORY_MS;
    if (isStale || link.roundTripMs <= this.#leastRoundTrip.roundTripMs) {
      this.#leastRoundTrip = { roundTripMs: link.roundTripMs, atMs: nowMs };
    }
  }

  /** Bits per second that the link has lately taken; `undefined` until enough was seen. */
  #throughputNow(): number | undefined {
    const byteCount = this.#busy.reduce((sum, part) => sum + part.byteCount, 0);
    const lengthMs = this.#busy.reduce((sum, part) => sum + part.lengthMs, 0);
    return lengthMs < LEAST_MEASURE_MS || byteCount === 0 ? undefined : (byteCount * 8000) / lengthMs;
  }

  #congested(lagMs: number, nowMs: number): void {
    this.#calmSinceMs = undefined;
    const sinceCutMs = nowMs - this.#lastCutMs;
    const isGrowing = lagMs > this.#lastLagMs;
    if (sinceCutMs < (isGrowing ? CUT_EVERY_MS : CUT_AGAIN_MS)) return;
    // While nothing is sent, little gets through: that says nothing about the link.
    if (this.#isDropping) return;
    if (this.#bitrate > this.#limit) this.#probeAfterMs = Math.min(this.#probeAfterMs * 2, LONGEST_PROBE_AFTER_MS);
    this.#lastCutMs = nowMs;
    const throughput = this.#throughputNow();
    if (throughput === undefined) return this.#setBitrate(this.#bitrate * CUT_BLINDLY);
    this.#limit = throughput;
    const cut = Math.min(this.#bitrate * CUT, throughput * HEADROOM);
    this.#setBitrate(Math.max(cut, Math.min(this.#bitrate, throughput * LEAST_OF_THROUGHPUT), this.#bitrate * 0.1));
  }

  #calm(nowMs: number): void {
    this.#calmSinceMs ??= nowMs;
    if (this.#bitrate >= this.#goal.bitrate) {
      if (nowMs - this.#calmSinceMs > this.#probeAfterMs) this.#forgetLimit();
      return;
    }
    if (nowMs - this.#calmSinceMs < CALM_BEFORE_RAISE_MS || nowMs - this.#lastRaiseMs < RAISE_EVERY_MS) return;
    const isProbe = nowMs - this.#lastCutMs > this.#probeAfterMs;
    const most = isProbe ? Number.POSITIVE_INFINITY : this.#limit * BELOW_LIMIT;
    if (this.#bitrate >= most) return;
    this.#lastRaiseMs = nowMs;
    this.#setBitrate(Math.min(this.#bitrate * RAISE, most));
  }

  /** The best went well for long: the link is another one. */
  #forgetLimit(): void {
    this.#limit = Number.POSITIVE_INFINITY;
    this.#probeAfterMs = PROBE_AFTER_MS;
  }

  #setBitrate(bitrate: number): void {
    const least = Math.min(Math.max(100_000, this.#goal.bitrate * 0.03), this.#goal.bitrate);
    this.#bitrate = Math.min(Math.max(bitrate, least), this.#goal.bitrate);
    // What is on the way shows as lag; at the new rate it would count for many times as long.
    this.#excess = { ...this.#excess, bits: Math.min(this.#excess.bits, (this.#bitrate * MOST_EXCESS_MS) / 1000) };
    this.#updateStep();
  }

  #updateStep(): void {
    const part = this.#bitrate / this.#goal.bitrate;
    while (this.#step < LADDER.length && part < LADDER[this.#step]!.below) this.#step += 1;
    while (this.#step > 0 && part > LADDER[this.#step - 1]!.below * STEP_BACK) this.#step -= 1;
  }
}
