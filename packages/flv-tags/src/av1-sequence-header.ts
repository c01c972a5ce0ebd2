import { av1BitDepth } from "./av1-config.ts";
import type { Av1Format } from "./av1-config.ts";
import { BitReader } from "./bit-reader.ts";
import { FlvError } from "./errors.ts";

/** What an AV1 sequence header says about the pictures (AV1 §5.5). */
export interface Av1SequenceHeader extends Av1Format {
  /** Largest width of a frame in pixels. */
  readonly width: number;
  /** Largest height of a frame in pixels. */
  readonly height: number;
}

const SEQUENCE_HEADER_OBU = 1;

/** One open bitstream unit, its header taken off (AV1 §5.3). */
export interface Av1Obu {
  readonly type: number;
  /** A view. */
  readonly payload: Uint8Array;
}

/** Splits a temporal unit or the OBUs of an av1C. Throws `FLV_TRUNCATED` when an OBU runs past the end. */
export function splitObus(bytes: Uint8Array): Av1Obu[] {
  const obus: Av1Obu[] = [];
  let position = 0;
  while (position < bytes.length) {
    const head = bytes[position]!;
    position += (head & 4) !== 0 ? 2 : 1; // obu_extension_flag
    let size = bytes.length - position;
    if ((head & 2) !== 0) ({ value: size, end: position } = readLeb128(bytes, position));
    if (size < 0 || position + size > bytes.length) {
      throw new FlvError("FLV_TRUNCATED", bytes.length, "an OBU runs past the end");
    }
    obus.push({ type: (head >>> 3) & 0x0f, payload: bytes.subarray(position, position + size) });
    position += size;
  }
  return obus;
}

/** Finds and reads the sequence header among OBUs; `undefined` when there is none. Throws `FlvError` on broken ones. */
export function findAv1SequenceHeader(obus: Uint8Array): Av1SequenceHeader | undefined {
  const found = splitObus(obus).find(({ type }) => type === SEQUENCE_HEADER_OBU);
  return found === undefined ? undefined : parseAv1SequenceHeader(found.payload);
}

/** Reads the payload of a sequence header OBU (AV1 §5.5.1). */
export function parseAv1SequenceHeader(payload: Uint8Array): Av1SequenceHeader {
  const bits = new BitReader(payload);
  const profile = bits.bits(3);
  bits.skip(1); // still_picture
  const isReduced = bits.flag();
  const level = isReduced ? { levelIdx: bits.bits(5), isHighTier: false } : readOperatingPoints(bits);
  const widthBits = bits.bits(4) + 1;
  const heightBits = bits.bits(4) + 1;
  const width = bits.bits(widthBits) + 1;
  const height = bits.bits(heightBits) + 1;
  if (!isReduced && bits.flag()) bits.skip(7); // frame id lengths
  bits.skip(3); // use_128x128_superblock, enable_filter_intra, enable_intra_edge_filter
  if (!isReduced) skipTools(bits);
  bits.skip(3); // enable_superres, enable_cdef, enable_restoration
  return { profile, ...level, width, height, ...readColorConfig(bits, profile) };
}

function readOperatingPoints(bits: BitReader): { levelIdx: number; isHighTier: boolean } {
  let delayBits = 0; // 0: no decoder model
  if (bits.flag()) {
    bits.skip(64); // num_units_in_display_tick, time_scale
    if (bits.flag()) bits.unsignedGolomb(); // uvlc() is the same code as ue(v)
    if (bits.flag()) {
      delayBits = bits.bits(5) + 1;
      bits.skip(42);
    }
  }
  const hasDisplayDelay = bits.flag();
  const count = bits.bits(5) + 1;
  let first = { levelIdx: 0, isHighTier: false };
  for (let point = 0; point < count; point++) {
    bits.skip(12); // operating_point_idc
    const levelIdx = bits.bits(5);
    const isHighTier = levelIdx > 7 && bits.flag();
    if (point === 0) first = { levelIdx, isHighTier };
    if (delayBits > 0 && bits.flag()) bits.skip(2 * delayBits + 1);
    if (hasDisplayDelay && bits.flag()) bits.skip(4);
  }
  return first;
}

function skipTools(bits: BitReader): void {
  bits.skip(4); // interintra, masked, warped, dual filter
  const hasOrderHint = bits.flag();
  if (hasOrderHint) bits.skip(2);
  const forcesScreenContent = bits.flag() || bits.flag(); // chosen per frame, or forced on
  if (forcesScreenContent && !bits.flag()) bits.skip(1); // seq_force_integer_mv
  if (hasOrderHint) bits.skip(3);
}

/** (AV1 §5.5.2) */
function readColorConfig(bits: BitReader, profile: number): Omit<Av1Format, "profile" | "levelIdx" | "isHighTier"> {
  const isHighBitDepth = bits.flag();
  const bitDepth = av1BitDepth(isHighBitDepth, profile === 2 && isHighBitDepth && bits.flag());
  const isMonochrome = profile !== 1 && bits.flag();
  const hasDescription = bits.flag();
  const isSrgb = hasDescription && bits.bits(24) === 0x010d00; // BT.709 primaries, sRGB transfer, identity matrix
  const format = { bitDepth, isMonochrome, chromaSamplePosition: 0 };
  if (!isMonochrome && isSrgb) return { ...format, isSubsampledX: false, isSubsampledY: false };
  bits.skip(1); // color_range
  if (isMonochrome) return { ...format, isSubsampledX: true, isSubsampledY: true };
  let isSubsampledX = profile !== 1;
  let isSubsampledY = profile === 0;
  if (profile === 2 && bitDepth === 12) {
    isSubsampledX = bits.flag();
    isSubsampledY = isSubsampledX && bits.flag();
  }
  const chromaSamplePosition = isSubsampledX && isSubsampledY ? bits.bits(2) : 0;
  return { ...format, isSubsampledX, isSubsampledY, chromaSamplePosition };
}

function readLeb128(bytes: Uint8Array, start: number): { value: number; end: number } {
  let value = 0;
  for (let index = 0; index < 8; index++) {
    const byte = bytes[start + index];
    if (byte === undefined) break;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { value, end: start + index + 1 };
  }
  throw new FlvError("FLV_TRUNCATED", bytes.length, "an OBU without its size");
}
