import { isKeyFrame } from "@rtmp/flv-tags";
import { isSequenceHeader } from "./media-loop.ts";
import { MIN_STAMPED_SIZE, readStamp } from "./stamp.ts";

/** What a viewer found wrong with its messages. */
export interface Verification {
  /** Messages looked at. */
  checked: number;
  /** Not as they were sent, or of another stream. */
  corrupted: number;
  /** Never came, though a later one did or the publisher says it was sent. */
  lost: number;
  /** Came more than once. */
  duplicated: number;
  /** Came after a later one of their track. */
  outOfOrder: number;
}

/** The last sequence number sent on each track of a stream; -1 if none was. */
export interface LastSequences {
  readonly audio: number;
  readonly video: number;
}

/** So many missing messages of a track are remembered, in case they come late. */
const MAX_MISSING = 4096;

interface Track {
  /** The highest sequence number that has come; -1 before the first. */
  last: number;
  readonly missing: Set<number>;
}

/** Nothing wrong, nothing looked at. */
export function noVerification(): Verification {
  return { checked: 0, corrupted: 0, lost: 0, duplicated: 0, outOfOrder: 0 };
}

/**
 * Holds what one viewer gets against what was sent, by the stamps, from the first key frame on. Tracks are followed apart: a
 * server may interleave them anew.
 */
export class StreamVerifier {
  readonly found: Verification = noVerification();
  readonly #stream: number;
  readonly #tracks = { audio: newTrack(), video: newTrack() };
  #hasBegun: boolean;

  /** Without video there is no key frame to wait for. */
  constructor(stream: number, hasVideo: boolean) {
    this.#stream = stream & 0xffff;
    this.#hasBegun = !hasVideo;
  }

  /** Takes one message as it came. */
  verify(type: "audio" | "video", payload: Uint8Array): void {
    if (isSequenceHeader(type, payload)) return;
    if (!this.#hasBegun) {
      if (type !== "video" || !isKeyFrame(payload)) return;
      this.#hasBegun = true;
    }
    if (payload.length < MIN_STAMPED_SIZE) return; // was sent without a stamp, or its loss will show
    this.found.checked++;
    const stamp = readStamp(payload);
    if (stamp?.stream !== this.#stream) {
      this.found.corrupted++;
      return;
    }
    this.#follow(this.#tracks[type], stamp.sequence);
  }

  /** Whether everything up to the last message sent has come. */
  hasReached(last: LastSequences): boolean {
    return this.#tracks.audio.last >= last.audio && this.#tracks.video.last >= last.video;
  }

  /** Counts as lost what was sent last and has not come. Call it once, at the end. */
  finish(last: LastSequences): void {
    for (const type of ["audio", "video"] as const) {
      const track = this.#tracks[type];
      // A track that never began is a viewer that is not connected, not one that lost messages.
      if (track.last >= 0) this.found.lost += Math.max(0, last[type] - track.last);
    }
  }

  #follow(track: Track, sequence: number): void {
    const { last, missing } = track;
    if (last >= 0 && sequence <= last) {
      if (!missing.delete(sequence)) this.found.duplicated++;
      else {
        this.found.outOfOrder++;
        this.found.lost--;
      }
      return;
    }
    if (last >= 0 && sequence > last + 1) {
      this.found.lost += sequence - last - 1;
      for (let gone = last + 1; gone < sequence && missing.size < MAX_MISSING; gone++) missing.add(gone);
    }
    track.last = sequence;
  }
}

function newTrack(): Track {
  return { last: -1, missing: new Set() };
}
