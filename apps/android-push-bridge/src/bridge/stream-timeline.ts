import { TrackClock } from "../clock/track-clock.ts";

/** The two tracks of a stream. */
export type Track = "video" | "audio";

/** A stamp so far from the one before and from the time that has passed is a new epoch; a late frame is only the latter. */
const JUMP_US = 10_000_000;

/**
 * Puts both tracks of a stream on one timeline that starts at 0 and never goes back, whatever the senders' clocks do:
 * over lost connections of one broadcast it goes on by the sender's stamps, over a new broadcast by the time that has passed.
 */
export class StreamTimeline {
  #session: string | undefined;
  #trackClocks: Readonly<Record<Track, TrackClock>> | undefined; // only for senders whose tracks have epochs of their own
  #offsetUs: number | undefined; // timeline less stamp
  #lastCommonUs = -Infinity;
  #newest: { readonly timelineUs: number; readonly arrivalUs: number } | undefined;
  #lastMs: Record<Track, number> = { video: -1, audio: -1 };

  /** A sender begins, or comes back: with the same `session` its stamps still mean what they meant. */
  begin(session: string, clock: "common" | "separate"): void {
    if (session === this.#session) return;
    this.#session = session;
    this.#trackClocks = clock === "common" ? undefined : { video: new TrackClock(), audio: new TrackClock() };
    this.#offsetUs = undefined;
    this.#lastCommonUs = -Infinity;
  }

  /**
   * The place of a frame on the timeline, in whole milliseconds, later than that of the track's frame before.
   * `arrivalUs` is the time here, in microseconds of a clock that never goes back.
   */
  place(track: Track, stampUs: number, arrivalUs: number): number {
    const commonUs = this.#trackClocks?.[track].toCommon(stampUs, arrivalUs) ?? stampUs;
    const expectedUs = this.#expected(arrivalUs);
    this.#offsetUs ??= expectedUs - commonUs;
    const isFar = Math.abs(commonUs + this.#offsetUs - expectedUs) > JUMP_US;
    if (isFar && Math.abs(commonUs - this.#lastCommonUs) > JUMP_US) this.#offsetUs = expectedUs - commonUs;
    this.#lastCommonUs = commonUs;
    const timelineUs = commonUs + this.#offsetUs;
    if (this.#newest === undefined || timelineUs > this.#newest.timelineUs) this.#newest = { timelineUs, arrivalUs };
    const ms = Math.max(Math.floor(timelineUs / 1000), this.#lastMs[track] + 1);
    this.#lastMs[track] = ms;
    return ms;
  }

  #expected(arrivalUs: number): number {
    if (this.#newest === undefined) return 0;
    return this.#newest.timelineUs + arrivalUs - this.#newest.arrivalUs;
  }
}
