import { timestampDistance } from "@rtmp/chunk";
import type { FlvTag } from "@rtmp/flv-tags";
import { tagRole } from "./tag-role.ts";

/**
 * Moves a live stream to the beginning of a file: its first frame is at 0. What comes before it, and what says it is
 * earlier, is at 0 too.
 */
export class RecordingTimeline {
  readonly #durationMs: number;
  #first: number | undefined;

  /** `durationMs` may be Infinity. */
  constructor(durationMs: number) {
    this.#durationMs = durationMs;
  }

  /** The tag at its place; `undefined` at the first frame behind the duration: the recording is complete. */
  place(tag: FlvTag): FlvTag | undefined {
    const isFrame = tagRole(tag) === "frame";
    if (isFrame) this.#first ??= tag.timestamp;
    const timestamp = this.#first === undefined ? 0 : Math.max(0, timestampDistance(this.#first, tag.timestamp));
    if (isFrame && timestamp >= this.#durationMs) return undefined;
    return { ...tag, timestamp };
  }
}

/** How much longer than usual a step between two video frames is when frames are missing. */
const longStep = 3;
const shortestLongStepMs = 200;

/** Counts the video frames that are missing by their timestamps. An estimate: an encoder may leave frames out itself. */
export class GapCounter {
  #previous: number | undefined;
  #usualStepMs = 0;

  /** Takes a video frame's timestamp; returns how many frames are missing before it. */
  missingBefore(timestamp: number): number {
    const step = this.#previous === undefined ? 0 : timestampDistance(this.#previous, timestamp);
    this.#previous = timestamp;
    if (step <= 0) return 0;
    if (this.#usualStepMs > 0 && step >= Math.max(longStep * this.#usualStepMs, shortestLongStepMs)) {
      return Math.round(step / this.#usualStepMs) - 1;
    }
    this.#usualStepMs = this.#usualStepMs === 0 ? step : this.#usualStepMs * 0.875 + step * 0.125;
    return 0;
  }
}
