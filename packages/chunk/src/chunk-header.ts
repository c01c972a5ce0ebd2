// hot
import { MESSAGE_HEADER_SIZES } from "./chunk-layout.ts";
import { MAX_UINT24, readUint24, readUint32 } from "./wire-integers.ts";

/** In place of a position: the header is not whole yet. */
export const INCOMPLETE = -1;

/** Whether the time field at `at` announces an extended timestamp (RTMP 1.0 §5.3.1.3). */
export function hasExtendedTimestamp(source: Uint8Array, at: number): boolean {
  return readUint24(source, at) === MAX_UINT24;
}

/** Where a format 0, 1 or 2 message header that begins at `at` ends, its extended timestamp included. */
export function messageHeaderEnd(source: Uint8Array, at: number, format: number): number {
  let end = at + MESSAGE_HEADER_SIZES[format]!;
  if (end > source.length) return INCOMPLETE;
  if (hasExtendedTimestamp(source, at)) end += 4;
  return end > source.length ? INCOMPLETE : end;
}

/** The timestamp or delta of the message header from `at` to `end`; on formats 1 and 2 an extended one is a delta too. */
export function readTimeField(source: Uint8Array, at: number, end: number): number {
  const field = readUint24(source, at);
  return field === MAX_UINT24 ? readUint32(source, end - 4) : field;
}

/**
 * Where a format 3 chunk's payload begins if its chunk stream uses extended timestamps.
 *
 * Most senders repeat the field here (RTMP 1.0 §5.3.1.3), some cameras do not: it is there if its four bytes are. The
 * first byte that differs decides, so no sender waits longer than its own bytes leave the question open.
 */
export function skipRepeatedTimestamp(source: Uint8Array, at: number, timeField: number): number {
  for (let i = 0; i < 4; i++) {
    if (at + i >= source.length) return INCOMPLETE;
    if (source[at + i] !== ((timeField >>> (24 - 8 * i)) & 0xff)) return at;
  }
  return at + 4;
}
