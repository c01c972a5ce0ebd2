import { addTimestamp, timestampDistance } from "@rtmp/chunk";
import type { FlvTag } from "@rtmp/flv-tags";
import { tagRole } from "./tag-role.ts";

interface Track {
  last: number;
  /** From the frame before to the last one, in ms. */
  step: number;
}

const guessedStepMs = 40;

/**
 * Puts the rounds of a looped file on one timeline: a later round begins where the last frame of the round before ends.
 * It leaves out what a viewer who saw the round before has no use for: metadata, and sequence headers that say the same.
 */
export class LoopTimeline {
  readonly #tracks = new Map<FlvTag["type"], Track>();
  readonly #headers = new Map<FlvTag["type"], Uint8Array>();
  #isFirstRound = true;
  #firstTimestamp: number | undefined; // of the file's frames, as written in the file
  #offset = 0;
  #framesInRound = 0;

  /** Frames placed since the round began. */
  get framesInRound(): number {
    return this.#framesInRound;
  }

  /** The tag at its place on the timeline; `undefined` if it is to be left out. */
  place(tag: FlvTag, isLastRound: boolean): FlvTag | undefined {
    const role = tagRole(tag);
    if (role === "script" && !this.#isFirstRound) return undefined;
    if (role === "end-of-sequence" && !isLastRound) return undefined;
    if (role === "sequence-header") {
      if (!this.#isFirstRound && isSame(this.#headers.get(tag.type), tag.payload)) return undefined;
      this.#headers.set(tag.type, tag.payload);
    }
    if (role === "frame") this.#firstTimestamp ??= tag.timestamp;
    const timestamp = addTimestamp(tag.timestamp, this.#offset);
    if (role === "frame") this.#measure(tag.type, timestamp);
    return this.#offset === 0 ? tag : { ...tag, timestamp };
  }

  /** The file begins anew. */
  nextRound(): void {
    this.#isFirstRound = false;
    this.#framesInRound = 0;
    let end: number | undefined;
    for (const { last, step } of this.#tracks.values()) {
      const trackEnd = addTimestamp(last, step);
      if (end === undefined || timestampDistance(end, trackEnd) > 0) end = trackEnd;
    }
    if (end !== undefined) this.#offset = (end - (this.#firstTimestamp ?? 0)) >>> 0;
  }

  #measure(type: FlvTag["type"], timestamp: number): void {
    this.#framesInRound += 1;
    const track = this.#tracks.get(type);
    if (track === undefined) {
      this.#tracks.set(type, { last: timestamp, step: guessedStepMs });
      return;
    }
    const step = timestampDistance(track.last, timestamp);
    if (step > 0) track.step = step;
    track.last = timestamp;
  }
}

function isSame(left: Uint8Array | undefined, right: Uint8Array): boolean {
  return left?.length === right.length && left.every((byte, at) => byte === right[at]);
}
