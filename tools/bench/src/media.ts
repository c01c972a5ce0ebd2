import type { FlvTag } from "@rtmp/flv-tags";
import { seededRandom } from "@rtmp/testkit";

const random = seededRandom(1);

/** One video or audio message as encoders send it: H.264 or AAC with bytes of no meaning. */
function mediaTag(type: "audio" | "video", timestamp: number, size: number, isKey: boolean): FlvTag {
  const payload = random.bytes(Math.min(size, 4096));
  const whole = new Uint8Array(size);
  for (let at = 0; at < size; at += payload.length) whole.set(payload.subarray(0, size - at), at);
  whole.set(type === "audio" ? [0xaf, 1] : [isKey ? 0x17 : 0x27, 1, 0, 0, 0]);
  return { type, timestamp, payload: whole };
}

/** A stream of 206 kbit/s: 68 messages a second of 180 to 560 bytes, 370 in the mean; two of five are video. */
export function smallMessages(count: number): FlvTag[] {
  return Array.from({ length: count }, (_, i) => {
    const type = i % 5 < 2 ? "video" : "audio";
    return mediaTag(type, Math.round((i * 1000) / 68), random.int(180, 560), i % 250 === 0);
  });
}

/** Key frames of one size. */
export function keyFrames(count: number, size: number): FlvTag[] {
  return Array.from({ length: count }, (_, i) => mediaTag("video", i * 40, size, true));
}

/** 6 Mbit/s of 1080p: a key frame of 120 kB every two seconds, frames of 8 to 16 kB, audio of 340 bytes. */
export function fileTags(seconds: number): FlvTag[] {
  const tags: FlvTag[] = [];
  for (let frame = 0; frame < seconds * 60; frame++) {
    const timestamp = Math.round((frame * 1000) / 60);
    const isKey = frame % 120 === 0;
    tags.push(mediaTag("video", timestamp, isKey ? 120_000 : random.int(8000, 16_000), isKey));
    if (frame % 4 !== 3) tags.push(mediaTag("audio", timestamp, 340, false));
  }
  return tags;
}
