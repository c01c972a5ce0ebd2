import { concatBytes } from "./byte-fields.ts";
import { FlvError } from "./errors.ts";

/** The sample format fields that av1C and the sequence header share (AV1 §5.5.2). */
export interface Av1Format {
  /** 0 Main, 1 High, 2 Professional. */
  readonly profile: number;
  /** seq_level_idx of the first operating point: 2.0 is 0, 4.0 is 8. */
  readonly levelIdx: number;
  readonly isHighTier: boolean;
  readonly bitDepth: 8 | 10 | 12;
  readonly isMonochrome: boolean;
  readonly isSubsampledX: boolean;
  readonly isSubsampledY: boolean;
  readonly chromaSamplePosition: number;
}

/** The configuration of an AV1 stream, "av1C" (AV1-ISOBMFF §2.3.3). */
export interface Av1CodecConfigurationRecord extends Av1Format {
  /** Frames to decode before the first is shown, minus one, when said. */
  readonly initialPresentationDelayMinusOne?: number;
  /** OBUs to hand to the decoder first, usually one sequence header. A view when parsed. */
  readonly configObus: Uint8Array;
}

/**
 * Reads an AV1CodecConfigurationRecord; `configObus` is a view.
 * Throws `FLV_BAD_CONFIG` without marker bit or for another version, `FLV_TRUNCATED` when it stops early.
 */
export function parseAv1CodecConfigurationRecord(bytes: Uint8Array): Av1CodecConfigurationRecord {
  if (bytes.length > 0 && bytes[0] !== 0x81)
    throw new FlvError("FLV_BAD_CONFIG", 0, "an av1C without marker or version 1");
  if (bytes.length < 4) throw new FlvError("FLV_TRUNCATED", bytes.length, "an av1C of under 4 bytes");
  const format = bytes[2]!;
  const record = {
    profile: bytes[1]! >>> 5,
    levelIdx: bytes[1]! & 0x1f,
    isHighTier: (format & 0x80) !== 0,
    bitDepth: av1BitDepth((format & 0x40) !== 0, (format & 0x20) !== 0),
    isMonochrome: (format & 0x10) !== 0,
    isSubsampledX: (format & 8) !== 0,
    isSubsampledY: (format & 4) !== 0,
    chromaSamplePosition: format & 3,
    configObus: bytes.subarray(4),
  };
  return (bytes[3]! & 0x10) === 0 ? record : { ...record, initialPresentationDelayMinusOne: bytes[3]! & 0x0f };
}

/** Writes an AV1CodecConfigurationRecord. */
export function encodeAv1CodecConfigurationRecord(record: Av1CodecConfigurationRecord): Uint8Array {
  const { initialPresentationDelayMinusOne: delay } = record;
  const head = Uint8Array.of(
    0x81,
    (record.profile << 5) | record.levelIdx,
    (record.isHighTier ? 0x80 : 0) |
      (record.bitDepth > 8 ? 0x40 : 0) |
      (record.bitDepth === 12 ? 0x20 : 0) |
      (record.isMonochrome ? 0x10 : 0) |
      (record.isSubsampledX ? 8 : 0) |
      (record.isSubsampledY ? 4 : 0) |
      record.chromaSamplePosition,
    delay === undefined ? 0 : 0x10 | delay,
  );
  return concatBytes([head, record.configObus]);
}

/** Puts the two bits together that code the bit depth. */
export function av1BitDepth(isHighBitDepth: boolean, isTwelveBit: boolean): 8 | 10 | 12 {
  if (!isHighBitDepth) return 8;
  return isTwelveBit ? 12 : 10;
}
