import { isAudioSequenceHeader, isVideoSequenceHeader, parseVideoTag } from "@rtmp/flv-tags";
import type { FlvTag } from "@rtmp/flv-tags";

/** What a tag is to a timeline: frames carry time; the others only prepare for them, and their timestamps may be anything. */
export type TagRole = "frame" | "sequence-header" | "end-of-sequence" | "script";

/** Finds out what a tag is to a timeline. */
export function tagRole({ type, payload }: FlvTag): TagRole {
  switch (type) {
    case "script":
      return "script";
    case "audio":
      return isAudioSequenceHeader(payload) ? "sequence-header" : "frame";
    case "video":
      if (isVideoSequenceHeader(payload)) return "sequence-header";
      return isEndOfSequence(payload) ? "end-of-sequence" : "frame";
  }
}

function isEndOfSequence(payload: Uint8Array): boolean {
  if (payload.length > 16) return false; // it says nothing beside itself
  try {
    return parseVideoTag(payload).kind === "end-of-sequence";
  } catch {
    return false; // not ours to judge
  }
}
