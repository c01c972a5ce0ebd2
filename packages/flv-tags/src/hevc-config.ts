import type { NalLengthSize } from "./annex-b.ts";
import { concatBytes, readUint16, readUint32, writeUint16, writeUint32 } from "./byte-fields.ts";
import { FlvError } from "./errors.ts";

/** Profile, tier and level of an HEVC stream (ITU-T H.265 §7.3.3). */
export interface HevcProfileTierLevel {
  readonly profileSpace: number;
  readonly isHighTier: boolean;
  readonly profileIdc: number;
  /** uint32, the first flag in the top bit. */
  readonly profileCompatibility: number;
  /** Six bytes. A view when parsed. */
  readonly constraintFlags: Uint8Array;
  /** Thirty times the level. */
  readonly levelIdc: number;
}

/** All NAL units of one type in an hvcC. */
export interface HevcNalUnitArray {
  /** Whether all units of this type are here and none in the frames. */
  readonly isComplete: boolean;
  /** 32 video, 33 sequence, 34 picture parameter sets; 39 and 40 SEI. */
  readonly nalUnitType: number;
  /** NAL units with their two header bytes. Views when parsed. */
  readonly nalUnits: readonly Uint8Array[];
}

/** The configuration of an HEVC stream, "hvcC" (ISO/IEC 14496-15 §8.3.3.1). */
export interface HevcDecoderConfigurationRecord extends HevcProfileTierLevel {
  readonly minSpatialSegmentation: number;
  readonly parallelismType: number;
  readonly chromaFormatIdc: number;
  readonly bitDepthLuma: number;
  readonly bitDepthChroma: number;
  /** Frames in 256 seconds; 0 when not said. */
  readonly averageFrameRate: number;
  readonly constantFrameRate: number;
  readonly temporalLayerCount: number;
  readonly isTemporalIdNested: boolean;
  /** Bytes of length before each NAL unit of the frames. */
  readonly lengthSize: NalLengthSize;
  readonly arrays: readonly HevcNalUnitArray[];
}

const FIXED_SIZE = 23;

/**
 * Reads an HEVCDecoderConfigurationRecord; byte fields are views. Bytes behind it are ignored.
 * Throws `FLV_BAD_CONFIG` for another version, `FLV_TRUNCATED` when it stops early.
 */
export function parseHevcDecoderConfigurationRecord(bytes: Uint8Array): HevcDecoderConfigurationRecord {
  if (bytes.length < FIXED_SIZE) throw new FlvError("FLV_TRUNCATED", bytes.length, "an hvcC of under 23 bytes");
  // Version 0 is what the drafts had, and encoders that never moved on still write it.
  if (bytes[0]! > 1) throw new FlvError("FLV_BAD_CONFIG", 0, `hvcC version ${String(bytes[0])}`);
  return {
    profileSpace: bytes[1]! >>> 6,
    isHighTier: (bytes[1]! & 0x20) !== 0,
    profileIdc: bytes[1]! & 0x1f,
    profileCompatibility: readUint32(bytes, 2),
    constraintFlags: bytes.subarray(6, 12),
    levelIdc: bytes[12]!,
    minSpatialSegmentation: readUint16(bytes, 13) & 0xfff,
    parallelismType: bytes[15]! & 3,
    chromaFormatIdc: bytes[16]! & 3,
    bitDepthLuma: (bytes[17]! & 7) + 8,
    bitDepthChroma: (bytes[18]! & 7) + 8,
    averageFrameRate: readUint16(bytes, 19),
    constantFrameRate: bytes[21]! >>> 6,
    temporalLayerCount: (bytes[21]! >>> 3) & 7,
    isTemporalIdNested: (bytes[21]! & 4) !== 0,
    lengthSize: ((bytes[21]! & 3) + 1) as NalLengthSize,
    arrays: readArrays(bytes),
  };
}

/** Writes an HEVCDecoderConfigurationRecord. Throws `RangeError` for more or longer NAL units than fit. */
export function encodeHevcDecoderConfigurationRecord(record: HevcDecoderConfigurationRecord): Uint8Array {
  const head = new Uint8Array(FIXED_SIZE);
  head[0] = 1;
  head[1] = (record.profileSpace << 6) | (record.isHighTier ? 0x20 : 0) | record.profileIdc;
  writeUint32(head, 2, record.profileCompatibility);
  head.set(record.constraintFlags.subarray(0, 6), 6);
  head[12] = record.levelIdc;
  writeUint16(head, 13, 0xf000 | record.minSpatialSegmentation);
  head[15] = 0xfc | record.parallelismType;
  head[16] = 0xfc | record.chromaFormatIdc;
  head[17] = 0xf8 | (record.bitDepthLuma - 8);
  head[18] = 0xf8 | (record.bitDepthChroma - 8);
  writeUint16(head, 19, record.averageFrameRate);
  const nested = record.isTemporalIdNested ? 4 : 0;
  head[21] = (record.constantFrameRate << 6) | (record.temporalLayerCount << 3) | nested | (record.lengthSize - 1);
  if (record.arrays.length > 255) throw new RangeError("arrays must be at most 255");
  head[22] = record.arrays.length;
  return concatBytes([head, ...record.arrays.flatMap(encodeArray)]);
}

function readArrays(bytes: Uint8Array): HevcNalUnitArray[] {
  const arrays: HevcNalUnitArray[] = [];
  let position = FIXED_SIZE;
  for (let index = 0; index < bytes[22]!; index++) {
    if (position + 3 > bytes.length) throw truncated(bytes);
    const head = bytes[position]!;
    const count = readUint16(bytes, position + 1);
    const nalUnits: Uint8Array[] = [];
    position += 3;
    for (let unit = 0; unit < count; unit++) {
      const end = position + 2 <= bytes.length ? position + 2 + readUint16(bytes, position) : Infinity;
      if (end > bytes.length) throw truncated(bytes);
      nalUnits.push(bytes.subarray(position + 2, end));
      position = end;
    }
    arrays.push({ isComplete: (head & 0x80) !== 0, nalUnitType: head & 0x3f, nalUnits });
  }
  return arrays;
}

function encodeArray({ isComplete, nalUnitType, nalUnits }: HevcNalUnitArray): Uint8Array[] {
  if (nalUnits.length > 0xffff) throw new RangeError("nalUnits must be at most 65535");
  const head = Uint8Array.of((isComplete ? 0x80 : 0) | nalUnitType, 0, 0);
  writeUint16(head, 1, nalUnits.length);
  const parts: Uint8Array[] = [head];
  for (const nalUnit of nalUnits) {
    if (nalUnit.length > 0xffff) throw new RangeError("a NAL unit must not exceed 65535 bytes");
    const size = new Uint8Array(2);
    writeUint16(size, 0, nalUnit.length);
    parts.push(size, nalUnit);
  }
  return parts;
}

function truncated(bytes: Uint8Array): FlvError {
  return new FlvError("FLV_TRUNCATED", bytes.length, "a NAL unit runs past the end of its hvcC");
}
