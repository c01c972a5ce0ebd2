// hot
import { crc32 } from "node:zlib";

/** Bytes that a stamp takes at the end of a payload: time (6), sequence number (4), stream (2), checksum (4). */
export const STAMP_SIZE = 16;
/** A shorter payload carries no stamp: its head must stay what the codec says. */
export const MIN_STAMPED_SIZE = 32;

const UINT32 = 0x1_0000_0000;

/** What a stamp says of its message. */
export interface Stamp {
  /** When it was sent, in microseconds of `monotonicUs`. */
  readonly timeUs: number;
  /** Counts the stamped messages of one track of one stream from 0 on. */
  readonly sequence: number;
  /** The low 16 bits of the stream's number. */
  readonly stream: number;
}

/** The checksum of what lies before the stamp. It is the same in every round of a loop, so it is computed once. */
export function checksumBeforeStamp(payload: Uint8Array): number {
  return crc32(payload.subarray(0, payload.length - STAMP_SIZE));
}

/** Writes the stamp over the last bytes of `payload`; `checksumBefore` is what `checksumBeforeStamp` says of it. */
export function writeStamp(payload: Uint8Array, checksumBefore: number, stamp: Stamp): void {
  const at = payload.length - STAMP_SIZE;
  const low = stamp.timeUs % UINT32;
  const high = (stamp.timeUs - low) / UINT32;
  payload[at] = high >>> 8;
  payload[at + 1] = high;
  writeUint32(payload, at + 2, low);
  writeUint32(payload, at + 6, stamp.sequence);
  payload[at + 10] = stamp.stream >>> 8;
  payload[at + 11] = stamp.stream;
  writeUint32(payload, at + 12, crc32(payload.subarray(at, at + 12), checksumBefore));
}

/** Reads the stamp at the end of a payload; `undefined` unless every byte of the payload is as it was sent. */
export function readStamp(payload: Uint8Array): Stamp | undefined {
  if (payload.length < MIN_STAMPED_SIZE) return undefined;
  const at = payload.length - STAMP_SIZE;
  if (crc32(payload.subarray(0, at + 12)) !== readUint32(payload, at + 12)) return undefined;
  return {
    timeUs: readStampTime(payload, payload.length),
    sequence: readUint32(payload, at + 6),
    stream: payload[at + 10]! * 256 + payload[at + 11]!,
  };
}

/** The time of a stamp that ends before `end`, unchecked, in microseconds of `monotonicUs`. */
export function readStampTime(bytes: Uint8Array, end: number): number {
  const at = end - STAMP_SIZE;
  return (bytes[at]! * 256 + bytes[at + 1]!) * UINT32 + readUint32(bytes, at + 2);
}

function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

function readUint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}
