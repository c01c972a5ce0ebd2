import { concatBytes, readUint16, writeUint16 } from "./byte-fields.ts";
import { FlvError } from "./errors.ts";

/** The configuration of a VP8 or VP9 stream, "vpcC" (VP Codec ISO Media File Format Binding §3). */
export interface VpCodecConfigurationRecord {
  readonly profile: number;
  /** Ten times the level. */
  readonly level: number;
  readonly bitDepth: number;
  /** 0 and 1 are 4:2:0, 2 is 4:2:2, 3 is 4:4:4. */
  readonly chromaSubsampling: number;
  readonly isFullRange: boolean;
  /** As in ISO/IEC 23001-8; 2 means not said. */
  readonly colourPrimaries: number;
  readonly transferCharacteristics: number;
  readonly matrixCoefficients: number;
  /** Empty for VP8 and VP9. A view when parsed. */
  readonly codecInitialization: Uint8Array;
}

const FULL_BOX_SIZE = 4; // version and flags
const FIXED_SIZE = 8;

/** Reads a VPCodecConfigurationRecord, with the version and flags of its box before it or without them. */
export function parseVpCodecConfigurationRecord(bytes: Uint8Array): VpCodecConfigurationRecord {
  // Without version and flags the third byte holds the bit depth, which is never 0.
  const hasFullBox = bytes.length >= FULL_BOX_SIZE && bytes[1] === 0 && bytes[2] === 0 && bytes[3] === 0;
  if (hasFullBox && bytes[0] !== 1) throw new FlvError("FLV_BAD_CONFIG", 0, `vpcC version ${String(bytes[0])}`);
  const at = hasFullBox ? FULL_BOX_SIZE : 0;
  if (bytes.length < at + FIXED_SIZE) throw new FlvError("FLV_TRUNCATED", bytes.length, "a vpcC of under 8 bytes");
  const end = at + FIXED_SIZE + readUint16(bytes, at + 6);
  if (end > bytes.length) throw new FlvError("FLV_TRUNCATED", bytes.length, "a vpcC shorter than it says");
  return {
    profile: bytes[at]!,
    level: bytes[at + 1]!,
    bitDepth: bytes[at + 2]! >>> 4,
    chromaSubsampling: (bytes[at + 2]! >>> 1) & 7,
    isFullRange: (bytes[at + 2]! & 1) !== 0,
    colourPrimaries: bytes[at + 3]!,
    transferCharacteristics: bytes[at + 4]!,
    matrixCoefficients: bytes[at + 5]!,
    codecInitialization: bytes.subarray(at + FIXED_SIZE, end),
  };
}

/** Writes a VPCodecConfigurationRecord with version and flags before it, the form MP4 boxes and senders of FLV use. */
export function encodeVpCodecConfigurationRecord(record: VpCodecConfigurationRecord): Uint8Array {
  const { profile, level, bitDepth, chromaSubsampling, isFullRange } = record;
  const { colourPrimaries, transferCharacteristics, matrixCoefficients, codecInitialization } = record;
  const format = (bitDepth << 4) | (chromaSubsampling << 1) | (isFullRange ? 1 : 0);
  const colours = [colourPrimaries, transferCharacteristics, matrixCoefficients];
  const head = Uint8Array.of(1, 0, 0, 0, profile, level, format, ...colours, 0, 0);
  writeUint16(head, 10, codecInitialization.length);
  return concatBytes([head, codecInitialization]);
}
