// hot
import { writeUint24, writeUint32 } from "./byte-fields.ts";
import { FILTER_BIT, FlvTagTypeId } from "./tag.ts";
import type { FlvTag } from "./tag.ts";

const TAG_HEADER_SIZE = 11;
const MAX_TAG_SIZE = 0xffffff;

/** Writes the file header and the PreviousTagSize0 behind it: the first 13 bytes of an FLV file (FLV 10.1 §E.2). */
export function encodeFlvHeader(has: { readonly audio: boolean; readonly video: boolean }): Uint8Array {
  const flags = (has.audio ? 4 : 0) | (has.video ? 1 : 0);
  return Uint8Array.of(0x46, 0x4c, 0x56, 1, flags, 0, 0, 0, 9, 0, 0, 0, 0);
}

/**
 * Writes one tag with its header and the PreviousTagSize behind it (FLV 10.1 §E.4.1).
 * The payload is copied. Throws `RangeError` for a payload above 16 777 215 bytes.
 */
export function encodeFlvTag(tag: FlvTag): Uint8Array {
  const size = tag.payload.length;
  if (size > MAX_TAG_SIZE) throw new RangeError(`payload of ${String(size)} bytes does not fit an FLV tag`);
  const bytes = new Uint8Array(TAG_HEADER_SIZE + size + 4);
  bytes[0] = tagTypeId(tag) | (tag.isEncrypted === true ? FILTER_BIT : 0);
  writeUint24(bytes, 1, size);
  writeUint24(bytes, 4, tag.timestamp);
  bytes[7] = tag.timestamp >>> 24; // bytes 8-10, the stream id, stay 0
  bytes.set(tag.payload, TAG_HEADER_SIZE);
  writeUint32(bytes, TAG_HEADER_SIZE + size, TAG_HEADER_SIZE + size);
  return bytes;
}

function tagTypeId(tag: FlvTag): number {
  switch (tag.type) {
    case "audio":
      return FlvTagTypeId.Audio;
    case "video":
      return FlvTagTypeId.Video;
    case "script":
      return FlvTagTypeId.Script;
  }
}
