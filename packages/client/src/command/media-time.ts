import { timestampDistance } from "@rtmp/chunk";

/** Unwraps uint32 timestamps: how far a stream has come since its first frame, over any number of wraps. */
export class MediaTime {
  #previous: number | undefined;
  #elapsedMs = 0;

  /** The milliseconds from the first frame to this one; negative for one before the first. */
  elapsed(timestamp: number): number {
    this.#elapsedMs += this.#previous === undefined ? 0 : timestampDistance(this.#previous, timestamp);
    this.#previous = timestamp;
    return this.#elapsedMs;
  }
}
