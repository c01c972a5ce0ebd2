import type { FlvTag } from "@rtmp/flv-tags";
import { isAudioSequenceHeader, isKeyFrame, isVideoSequenceHeader } from "@rtmp/flv-tags";
import { checksumBeforeStamp, MIN_STAMPED_SIZE } from "./stamp.ts";

/** One audio or video message of a loop. */
export interface MediaFrame {
  readonly type: "audio" | "video";
  /** When it is due in its round, in ms from the round's beginning. */
  readonly timestamp: number;
  /** A stamp is written over its end before each sending. */
  readonly payload: Uint8Array;
  /** `undefined` if the payload is too short for a stamp. */
  readonly checksumBefore: number | undefined;
}

/** What a publisher sends for ever: some headers once, then the same frames round after round. */
export class MediaLoop {
  /** Metadata and sequence headers, sent once at timestamp 0. */
  readonly headers: readonly FlvTag[];
  /** At least one, in the order of their timestamps, the first at 0. */
  readonly frames: readonly MediaFrame[];
  /** How long a round lasts. */
  readonly durationMs: number;
  /** The longest way from one key frame to the next; 0 without video. */
  readonly gopMs: number;
  /** One line for a report. */
  readonly description: string;
  /** Whether any message needs Enhanced RTMP. */
  readonly isEnhanced: boolean;

  constructor(headers: readonly FlvTag[], frames: readonly FlvTag[], durationMs: number, name: string) {
    this.headers = headers;
    this.frames = frames.map(mediaFrame);
    this.durationMs = durationMs;
    this.gopMs = longestGop(frames, durationMs);
    this.isEnhanced = [...headers, ...frames].some(isEnhanced);
    const bytes = frames.reduce((sum, { payload }) => sum + payload.length, 0);
    const perSecond = (count: number): string => String(Math.round((count * 1000) / durationMs));
    const videoCount = frames.filter(({ type }) => type === "video").length;
    const kilobits = Math.round((bytes * 8) / durationMs);
    this.description =
      `${name}, ${kilobits} kbit/s, ${perSecond(videoCount)} video and ${perSecond(frames.length - videoCount)} audio ` +
      `messages a second, a key frame every ${(this.gopMs / 1000).toFixed(1)} s`;
  }

  /** Whether viewers wait for a key frame. */
  get hasVideo(): boolean {
    return this.frames.some(({ type }) => type === "video");
  }

  /** How many frames are due in the first `elapsedMs` of sending. */
  framesDue(elapsedMs: number): number {
    if (elapsedMs < 0) return 0;
    const rounds = Math.floor(elapsedMs / this.durationMs);
    const rest = elapsedMs - rounds * this.durationMs;
    let low = 0;
    let high = this.frames.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.frames[middle]!.timestamp <= rest) low = middle + 1;
      else high = middle;
    }
    return rounds * this.frames.length + low;
  }
}

/** Whether a message configures a decoder instead of giving it something to decode. */
export function isSequenceHeader(type: "audio" | "video", payload: Uint8Array): boolean {
  return type === "video" ? isVideoSequenceHeader(payload) : isAudioSequenceHeader(payload);
}

function mediaFrame({ type, timestamp, payload }: FlvTag): MediaFrame {
  if (type === "script") throw new TypeError("a script tag is no frame");
  const isStamped = payload.length >= MIN_STAMPED_SIZE;
  return { type, timestamp, payload, checksumBefore: isStamped ? checksumBeforeStamp(payload) : undefined };
}

function longestGop(frames: readonly FlvTag[], durationMs: number): number {
  const keys = frames.filter(({ type, payload }) => type === "video" && isKeyFrame(payload));
  const [first] = keys;
  if (first === undefined) return 0;
  const next = [...keys.slice(1).map(({ timestamp }) => timestamp), first.timestamp + durationMs];
  return Math.max(...keys.map(({ timestamp }, i) => next[i]! - timestamp));
}

/** (E-RTMP v2 "ExVideoTagHeader", "ExAudioTagHeader") */
function isEnhanced({ type, payload }: FlvTag): boolean {
  const first = payload[0] ?? 0;
  return (type === "video" && first >= 0x80) || (type === "audio" && first >> 4 === 9);
}
