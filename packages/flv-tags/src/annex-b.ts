import {
  concatBytes,
  readUint16,
  readUint24,
  readUint32,
  writeUint16,
  writeUint24,
  writeUint32,
} from "./byte-fields.ts";
import { FlvError } from "./errors.ts";

/** How many bytes stand before each NAL unit in a configuration record's streams: 1, 2 or 4 (3 is not allowed there). */
export type NalLengthSize = 1 | 2 | 3 | 4;

/** What `findStartCode` found: the code's first zero byte, and the first byte behind its one. */
export interface StartCode {
  readonly start: number;
  readonly end: number;
}

/** Finds the next 00 00 01 at or behind `from` (ITU-T H.264 Annex B). A fourth zero belongs to what is before it. */
export function findStartCode(bytes: Uint8Array, from: number): StartCode | undefined {
  let one = bytes.indexOf(1, from + 2);
  while (one >= 0) {
    if (bytes[one - 1] === 0 && bytes[one - 2] === 0) return { start: one - 2, end: one + 1 };
    one = bytes.indexOf(1, one + 1);
  }
  return undefined;
}

/** Cuts the zero bytes off that may stand behind a NAL unit; a NAL unit itself never ends in zero. */
export function trimTrailingZeros(nalUnit: Uint8Array): Uint8Array {
  let end = nalUnit.length;
  while (end > 0 && nalUnit[end - 1] === 0) end -= 1;
  return nalUnit.subarray(0, end);
}

/**
 * Splits an Annex B byte stream into NAL units, as views. Start codes of three and four bytes and zeros behind a unit
 * are dropped, emulation prevention bytes stay. Bytes before the first start code are ignored.
 */
export function splitAnnexB(bytes: Uint8Array): Uint8Array[] {
  const nalUnits: Uint8Array[] = [];
  let code = findStartCode(bytes, 0);
  while (code !== undefined) {
    const next = findStartCode(bytes, code.end);
    const nalUnit = trimTrailingZeros(bytes.subarray(code.end, next?.start));
    if (nalUnit.length > 0) nalUnits.push(nalUnit);
    code = next;
  }
  return nalUnits;
}

/**
 * Splits length-prefixed NAL units, as views. Empty ones are dropped.
 * Throws `FLV_BAD_NAL_UNIT` when a length runs past the end.
 */
export function splitLengthPrefixed(bytes: Uint8Array, lengthSize: NalLengthSize = 4): Uint8Array[] {
  const nalUnits: Uint8Array[] = [];
  let position = 0;
  while (position < bytes.length) {
    const start = position + lengthSize;
    const end = start <= bytes.length ? start + readLength(bytes, position, lengthSize) : Infinity;
    if (end > bytes.length)
      throw new FlvError("FLV_BAD_NAL_UNIT", position, "a NAL unit runs past the end of its frame");
    if (end > start) nalUnits.push(bytes.subarray(start, end));
    position = end;
  }
  return nalUnits;
}

/** Joins NAL units with their length before each. Throws `RangeError` for a unit too long for `lengthSize`. */
export function joinLengthPrefixed(nalUnits: readonly Uint8Array[], lengthSize: NalLengthSize = 4): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const nalUnit of nalUnits) {
    if (nalUnit.length >= 2 ** (8 * lengthSize)) throw new RangeError(`lengthSize ${String(lengthSize)} is too small`);
    parts.push(lengthBytes(nalUnit.length, lengthSize), nalUnit);
  }
  return concatBytes(parts);
}

/** Joins NAL units with a four-byte start code before each. */
export function joinAnnexB(nalUnits: readonly Uint8Array[]): Uint8Array {
  const startCode = Uint8Array.of(0, 0, 0, 1);
  return concatBytes(nalUnits.flatMap((nalUnit) => [startCode, nalUnit]));
}

/** Turns an Annex B byte stream into length-prefixed NAL units, the form of FLV and MP4. */
export function annexBToLengthPrefixed(bytes: Uint8Array, lengthSize: NalLengthSize = 4): Uint8Array {
  return joinLengthPrefixed(splitAnnexB(bytes), lengthSize);
}

/** Turns length-prefixed NAL units into an Annex B byte stream. Throws `FLV_BAD_NAL_UNIT` for a length past the end. */
export function lengthPrefixedToAnnexB(bytes: Uint8Array, lengthSize: NalLengthSize = 4): Uint8Array {
  return joinAnnexB(splitLengthPrefixed(bytes, lengthSize));
}

/** Takes the emulation prevention bytes out of a NAL unit, so its fields can be read (ITU-T H.264 §7.4.1). A copy. */
export function removeEmulationPrevention(nalUnit: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(nalUnit.length);
  let size = 0;
  let zeros = 0;
  for (const byte of nalUnit) {
    if (zeros >= 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    zeros = byte === 0 ? zeros + 1 : 0;
    bytes[size] = byte;
    size += 1;
  }
  return bytes.subarray(0, size);
}

function readLength(bytes: Uint8Array, at: number, lengthSize: NalLengthSize): number {
  switch (lengthSize) {
    case 1:
      return bytes[at]!;
    case 2:
      return readUint16(bytes, at);
    case 3:
      return readUint24(bytes, at);
    case 4:
      return readUint32(bytes, at);
  }
}

function lengthBytes(length: number, lengthSize: NalLengthSize): Uint8Array {
  const bytes = new Uint8Array(lengthSize);
  if (lengthSize === 4) writeUint32(bytes, 0, length);
  else if (lengthSize === 3) writeUint24(bytes, 0, length);
  else if (lengthSize === 2) writeUint16(bytes, 0, length);
  else bytes[0] = length;
  return bytes;
}
