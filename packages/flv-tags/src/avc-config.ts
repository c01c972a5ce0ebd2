import type { NalLengthSize } from "./annex-b.ts";
import { concatBytes, readUint16, writeUint16 } from "./byte-fields.ts";
import { FlvError } from "./errors.ts";
import { parseAvcPps } from "./avc-slice.ts";
import { parseAvcSps } from "./avc-sps.ts";

/** The configuration of an H.264 stream, "avcC" (ISO/IEC 14496-15 §5.3.3.1). */
export interface AvcDecoderConfigurationRecord {
  readonly profileIdc: number;
  /** The constraint flags, one byte. */
  readonly profileCompatibility: number;
  /** Ten times the level. */
  readonly levelIdc: number;
  /** Bytes of length before each NAL unit of the frames. */
  readonly lengthSize: NalLengthSize;
  /** NAL units with their header byte. Views when parsed. */
  readonly sequenceParameterSets: readonly Uint8Array[];
  readonly pictureParameterSets: readonly Uint8Array[];
  /** Fields that only High profiles have, and that many writers leave out even there. */
  readonly high?: {
    readonly chromaFormatIdc: number;
    readonly bitDepthLuma: number;
    readonly bitDepthChroma: number;
    readonly sequenceParameterSetExtensions: readonly Uint8Array[];
  };
}

/**
 * Reads an AVCDecoderConfigurationRecord; byte fields are views. Bytes behind it are ignored.
 * Throws `FLV_BAD_CONFIG` for another version, `FLV_TRUNCATED` when it stops early.
 */
export function parseAvcDecoderConfigurationRecord(bytes: Uint8Array): AvcDecoderConfigurationRecord {
  if (bytes.length < 6) throw new FlvError("FLV_TRUNCATED", bytes.length, "an avcC of under 6 bytes");
  if (bytes[0] !== 1) throw new FlvError("FLV_BAD_CONFIG", 0, `avcC version ${String(bytes[0])}`);
  const profileIdc = bytes[1]!;
  const sps = readSets(bytes, 6, bytes[5]! & 0x1f);
  if (sps.end >= bytes.length)
    throw new FlvError("FLV_TRUNCATED", bytes.length, "an avcC without picture parameter sets");
  const pps = readSets(bytes, sps.end + 1, bytes[sps.end]!);
  const record = {
    profileIdc,
    profileCompatibility: bytes[2]!,
    levelIdc: bytes[3]!,
    lengthSize: ((bytes[4]! & 3) + 1) as NalLengthSize,
    sequenceParameterSets: sps.sets,
    pictureParameterSets: pps.sets,
  };
  if (!isHighProfile(profileIdc) || pps.end + 4 > bytes.length) return record;
  return {
    ...record,
    high: {
      chromaFormatIdc: bytes[pps.end]! & 3,
      bitDepthLuma: (bytes[pps.end + 1]! & 7) + 8,
      bitDepthChroma: (bytes[pps.end + 2]! & 7) + 8,
      sequenceParameterSetExtensions: readSets(bytes, pps.end + 4, bytes[pps.end + 3]!).sets,
    },
  };
}

/** Writes an AVCDecoderConfigurationRecord. Throws `RangeError` for more sets than the format can count. */
export function encodeAvcDecoderConfigurationRecord(record: AvcDecoderConfigurationRecord): Uint8Array {
  const { sequenceParameterSets: spsList, pictureParameterSets: ppsList, high } = record;
  if (spsList.length > 31) throw new RangeError("sequenceParameterSets must be at most 31");
  if (ppsList.length > 255) throw new RangeError("pictureParameterSets must be at most 255");
  const { profileIdc, profileCompatibility, levelIdc, lengthSize } = record;
  const parts = [
    Uint8Array.of(1, profileIdc, profileCompatibility, levelIdc, 0xfc | (lengthSize - 1), 0xe0 | spsList.length),
    ...spsList.map(withLength),
    Uint8Array.of(ppsList.length),
    ...ppsList.map(withLength),
  ];
  if (high !== undefined) {
    const { chromaFormatIdc, bitDepthLuma, bitDepthChroma, sequenceParameterSetExtensions: extensions } = high;
    if (extensions.length > 255) throw new RangeError("sequenceParameterSetExtensions must be at most 255");
    parts.push(
      Uint8Array.of(0xfc | chromaFormatIdc, 0xf8 | (bitDepthLuma - 8), 0xf8 | (bitDepthChroma - 8), extensions.length),
      ...extensions.map(withLength),
    );
  }
  return concatBytes(parts);
}

/** Makes the configuration of a stream from its parameter sets, for frames with four-byte lengths. */
export function avcConfigFromParameterSets(
  sequenceParameterSets: readonly Uint8Array[],
  pictureParameterSets: readonly Uint8Array[],
): AvcDecoderConfigurationRecord {
  const [first] = sequenceParameterSets;
  if (first === undefined) throw new RangeError("sequenceParameterSets must not be empty");
  const sps = parseAvcSps(first);
  const { profileIdc, profileCompatibility, levelIdc, chromaFormatIdc, bitDepthLuma, bitDepthChroma } = sps;
  const record = {
    profileIdc,
    profileCompatibility,
    levelIdc,
    lengthSize: 4,
    sequenceParameterSets,
    pictureParameterSets,
  } as const;
  if (!isHighProfile(profileIdc)) return record;
  return { ...record, high: { chromaFormatIdc, bitDepthLuma, bitDepthChroma, sequenceParameterSetExtensions: [] } };
}

/**
 * The same record without sequence parameter sets that no picture parameter set refers to. Encoders whose picture size
 * has changed list the old ones first, and whoever reads only the first gets the old size.
 * Throws `FlvError` if a set cannot be read, `FLV_BAD_CONFIG` if a picture parameter set refers to none that is there.
 */
export function dropUnusedParameterSets(record: AvcDecoderConfigurationRecord): AvcDecoderConfigurationRecord {
  const used = new Set(record.pictureParameterSets.map((pps) => parseAvcPps(pps).spsId));
  const byId = new Map(record.sequenceParameterSets.map((sps) => [parseAvcSps(sps).id, sps]));
  const missing = [...used].find((id) => !byId.has(id));
  if (missing !== undefined) {
    throw new FlvError("FLV_BAD_CONFIG", 0, `no sequence parameter set ${missing}, which the pictures are coded with`);
  }
  const sequenceParameterSets = [...byId].filter(([id]) => used.has(id)).map(([, sps]) => sps);
  if (sequenceParameterSets.length === record.sequenceParameterSets.length) return record;
  if (sequenceParameterSets.length === 0) return { ...record, sequenceParameterSets };
  const made = avcConfigFromParameterSets(sequenceParameterSets, record.pictureParameterSets);
  return { ...made, lengthSize: record.lengthSize };
}

/** Whether the record has chroma format and bit depths: all but Baseline, Main, Extended (ISO/IEC 14496-15 §5.3.3.1.2). */
function isHighProfile(profileIdc: number): boolean {
  return profileIdc !== 66 && profileIdc !== 77 && profileIdc !== 88;
}

function readSets(bytes: Uint8Array, start: number, count: number): { sets: Uint8Array[]; end: number } {
  const sets: Uint8Array[] = [];
  let position = start;
  for (let index = 0; index < count; index++) {
    const end = position + 2 <= bytes.length ? position + 2 + readUint16(bytes, position) : Infinity;
    if (end > bytes.length)
      throw new FlvError("FLV_TRUNCATED", bytes.length, "a parameter set runs past the end of its avcC");
    sets.push(bytes.subarray(position + 2, end));
    position = end;
  }
  return { sets, end: position };
}

function withLength(set: Uint8Array): Uint8Array {
  if (set.length > 0xffff) throw new RangeError("a parameter set must not exceed 65535 bytes");
  const bytes = new Uint8Array(2 + set.length);
  writeUint16(bytes, 0, set.length);
  bytes.set(set, 2);
  return bytes;
}
