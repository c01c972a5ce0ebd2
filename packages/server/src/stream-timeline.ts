import { addTimestamp, timestampDistance } from "@rtmp/chunk";

/** What the timeline moves on by, at most, when a publisher comes back to viewers who waited. */
const maxGapMs = 1000;
/** So far above its floor, a new publisher's tracks have found their order. */
const settledMs = 10_000;

/**
 * A stream's own clock. Of one publisher it is that publisher's, unchanged. When another comes while viewers are
 * waiting, it goes on where it was, so that time never goes back for them.
 */
export class StreamTimeline {
  #present: number | undefined;
  /** Added to what the publisher says; `undefined` until its first frame tells where it begins. */
  #offset: number | undefined = 0;
  /** Nothing goes out before this while a new publisher settles in. */
  #floor: number | undefined;

  /** The latest time any message of the stream had, uint32 ms. */
  get present(): number {
    return this.#present ?? 0;
  }

  /** A publisher comes to a stream that nobody has seen: its time is the stream's. */
  start(): void {
    this.#present = undefined;
    this.#offset = 0;
    this.#floor = undefined;
  }

  /** Another publisher comes, `silentMs` after the last message: the viewers' time goes on, by a second at most. */
  resume(silentMs: number): void {
    this.#floor = addTimestamp(this.present, Math.max(1, Math.min(maxGapMs, Math.round(silentMs))));
    this.#offset = undefined;
  }

  /** The stream's time for an audio or video frame that the publisher stamped with `timestamp`. */
  ofFrame(timestamp: number): number {
    const floor = this.#floor;
    this.#offset ??= ((floor ?? 0) - timestamp) >>> 0;
    let streamTimestamp = addTimestamp(timestamp, this.#offset);
    if (floor !== undefined) {
      const above = timestampDistance(floor, streamTimestamp);
      if (above < 0) streamTimestamp = floor;
      else if (above > settledMs) this.#floor = undefined;
    }
    const ahead = this.#present === undefined ? 0 : timestampDistance(this.#present, streamTimestamp);
    // A little back is another track; far back is an encoder that began its clock anew.
    if (ahead >= 0 || ahead < -settledMs) this.#present = streamTimestamp;
    return streamTimestamp;
  }

  /**
   * The stream's time for a header or a data message. Publishers send them with 0 whenever they like; on a timeline
   * that was moved, 0 would be long ago, so they go with the present.
   */
  ofHeader(timestamp: number): number {
    if (this.#offset === 0) return timestamp;
    return this.#offset === undefined ? (this.#floor ?? this.present) : this.present;
  }
}
