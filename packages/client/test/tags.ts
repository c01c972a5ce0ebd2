import { ascii, concat, hex, u16, u24, u32, u8 } from "@rtmp/testkit";
import type { FlvTag } from "@rtmp/flv-tags";

/** "onMetaData" and an object `{ width: 2 }`. */
export const metadata: FlvTag = {
  type: "script",
  timestamp: 0,
  payload: concat(
    hex("02"),
    u16(10),
    ascii("onMetaData"),
    hex("03"),
    u16(5),
    ascii("width"),
    hex("00 4000000000000000 000009"),
  ),
};
export const avcHeader: FlvTag = { type: "video", timestamp: 0, payload: hex("17 00 000000 01 64 00 1f ff e0 00") };
export const aacHeader: FlvTag = { type: "audio", timestamp: 0, payload: hex("af 00 12 10") };
export const avcEnd = (timestamp: number): FlvTag => ({ type: "video", timestamp, payload: hex("17 02 000000") });

export function keyFrame(timestamp: number, size = 8): FlvTag {
  return { type: "video", timestamp, payload: concat(hex("17 01 000000"), new Uint8Array(size).fill(timestamp)) };
}

export function interFrame(timestamp: number, size = 8): FlvTag {
  return { type: "video", timestamp, payload: concat(hex("27 01 000000"), new Uint8Array(size).fill(timestamp)) };
}

export function sound(timestamp: number): FlvTag {
  return { type: "audio", timestamp, payload: concat(hex("af 01"), u32(timestamp)) };
}

const tagTypes = { audio: 8, video: 9, script: 18 } as const;

/** An FLV file, put together field by field (FLV 10.1 §E.2, §E.4). */
export function flvFile(flags: number, tags: readonly FlvTag[]): Uint8Array {
  const parts = [ascii("FLV"), hex("01"), u8(flags), u32(9), u32(0)];
  for (const { type, timestamp, payload } of tags) {
    const time = concat(u24(timestamp & 0xffffff), u8(timestamp >>> 24));
    parts.push(u8(tagTypes[type]), u24(payload.length), time, u24(0), payload, u32(11 + payload.length));
  }
  return concat(...parts);
}
