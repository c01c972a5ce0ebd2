import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { isKeyFrame, readFlv } from "@rtmp/flv-tags";
import type { FlvTag } from "@rtmp/flv-tags";
import { isSequenceHeader, MediaLoop } from "./media-loop.ts";

const guessedStepMs = 33;

/**
 * Reads an FLV file to be sent in a loop, from its first key frame on. It is kept in memory whole. Throws `FlvError` if it is
 * none, Node's error if it cannot be read, and a `TypeError` if there is nothing in it to send.
 */
export async function fileMedia(path: string): Promise<MediaLoop> {
  const headers = new Map<string, FlvTag>();
  const frames: FlvTag[] = [];
  for await (const tag of readFlv(createReadStream(path))) {
    const { type, payload } = tag;
    if (type === "script" || isSequenceHeader(type, payload)) {
      if (!headers.has(type)) headers.set(type, { ...tag, timestamp: 0 });
    } else if (payload.length > 0 && !isEndOfSequence(tag)) frames.push(tag);
  }
  const start = Math.max(
    0,
    frames.findIndex(({ type, payload }) => type === "video" && isKeyFrame(payload)),
  );
  const sent = onTimelineFromZero(frames.slice(start));
  if (sent.length === 0) throw new TypeError(`${path} has neither audio nor video`);
  return new MediaLoop([...headers.values()], sent, loopDuration(sent), basename(path));
}

/** Of legacy AVC; the enhanced form is rare enough to be sent along. */
function isEndOfSequence({ type, payload }: FlvTag): boolean {
  return type === "video" && (payload[0]! & 0x8f) === 7 && payload[1] === 2;
}

/** From 0 on and never back: audio and video of a file may be interleaved carelessly. */
function onTimelineFromZero(frames: readonly FlvTag[]): FlvTag[] {
  const origin = frames[0]?.timestamp ?? 0;
  let last = 0;
  return frames.map((tag) => {
    last = Math.max(last, tag.timestamp - origin);
    return { ...tag, timestamp: last };
  });
}

/** To the end of the last frame, taken to be as long as frames of the main track are in the mean. */
function loopDuration(frames: readonly FlvTag[]): number {
  const video = frames.filter(({ type }) => type === "video");
  const track = video.length > 1 ? video : frames;
  const first = track[0]!.timestamp;
  const span = track.at(-1)!.timestamp - first;
  const step = track.length > 1 && span > 0 ? span / (track.length - 1) : guessedStepMs;
  return frames.at(-1)!.timestamp + Math.max(1, Math.round(step));
}
