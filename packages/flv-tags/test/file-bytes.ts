import { ascii, concat, u24, u32, u8 } from "@rtmp/testkit";

/** The first nine bytes of an FLV file. */
export function fileHeader(flags = 5, dataOffset = 9, version = 1): Uint8Array {
  return concat(ascii("FLV"), u8(version, flags), u32(dataOffset));
}

/** PreviousTagSize, then a tag: the unit in which a file grows. */
export function tagBytes(
  typeByte: number,
  timestamp: number,
  payload: Uint8Array,
  more: { readonly previousTagSize?: number; readonly size?: number; readonly streamId?: number } = {},
): Uint8Array {
  return concat(
    u32(more.previousTagSize ?? 0),
    u8(typeByte),
    u24(more.size ?? payload.length),
    u24(timestamp & 0xffffff),
    u8(timestamp >>> 24),
    u24(more.streamId ?? 0),
    payload,
  );
}
