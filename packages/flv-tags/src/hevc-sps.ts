import { removeEmulationPrevention } from "./annex-b.ts";
import { BitReader } from "./bit-reader.ts";
import { FlvError } from "./errors.ts";
import type { HevcProfileTierLevel } from "./hevc-config.ts";

/** What an HEVC sequence parameter set says about the pictures (ITU-T H.265 §7.3.2.2). */
export interface HevcSps extends HevcProfileTierLevel {
  readonly id: number;
  /** 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4. */
  readonly chromaFormatIdc: number;
  readonly bitDepthLuma: number;
  readonly bitDepthChroma: number;
  /** Width of the shown picture in pixels, the conformance window applied. */
  readonly width: number;
  /** Height of the shown picture in pixels, the conformance window applied. */
  readonly height: number;
}

const SPS_TYPE = 33;

/** Reads a sequence parameter set NAL unit, both header bytes included. Throws `FlvError` for anything else. */
export function parseHevcSps(nalUnit: Uint8Array): HevcSps {
  const bits = new BitReader(removeEmulationPrevention(nalUnit));
  if (((bits.bits(16) >>> 9) & 0x3f) !== SPS_TYPE)
    throw new FlvError("FLV_BAD_CONFIG", 0, "not a sequence parameter set");
  bits.skip(4); // sps_video_parameter_set_id
  const maxSubLayersMinus1 = bits.bits(3);
  bits.skip(1); // sps_temporal_id_nesting_flag
  const profileTierLevel = readProfileTierLevel(bits, maxSubLayersMinus1);
  const id = bits.unsignedGolomb();
  const chromaFormatIdc = bits.unsignedGolomb();
  const hasSeparateColourPlanes = chromaFormatIdc === 3 && bits.flag();
  const codedWidth = bits.unsignedGolomb();
  const codedHeight = bits.unsignedGolomb();
  let cropX = 0;
  let cropY = 0;
  if (bits.flag()) {
    const left = bits.unsignedGolomb();
    const right = bits.unsignedGolomb();
    const top = bits.unsignedGolomb();
    const bottom = bits.unsignedGolomb();
    const isSubsampled = !hasSeparateColourPlanes && (chromaFormatIdc === 1 || chromaFormatIdc === 2);
    cropX = (left + right) * (isSubsampled ? 2 : 1);
    cropY = (top + bottom) * (isSubsampled && chromaFormatIdc === 1 ? 2 : 1);
  }
  return {
    ...profileTierLevel,
    id,
    chromaFormatIdc,
    width: codedWidth - cropX,
    height: codedHeight - cropY,
    bitDepthLuma: bits.unsignedGolomb() + 8,
    bitDepthChroma: bits.unsignedGolomb() + 8,
  };
}

/** (ITU-T H.265 §7.3.3) */
function readProfileTierLevel(bits: BitReader, maxSubLayersMinus1: number): HevcProfileTierLevel {
  const profileSpace = bits.bits(2);
  const isHighTier = bits.flag();
  const profileIdc = bits.bits(5);
  const profileCompatibility = bits.bits(32);
  const constraintFlags = Uint8Array.from({ length: 6 }, () => bits.bits(8));
  const levelIdc = bits.bits(8);
  const subLayers: { hasProfile: boolean; hasLevel: boolean }[] = [];
  for (let layer = 0; layer < maxSubLayersMinus1; layer++) {
    const hasProfile = bits.flag();
    subLayers.push({ hasProfile, hasLevel: bits.flag() });
  }
  if (maxSubLayersMinus1 > 0) bits.skip(2 * (8 - maxSubLayersMinus1));
  for (const { hasProfile, hasLevel } of subLayers) bits.skip((hasProfile ? 88 : 0) + (hasLevel ? 8 : 0));
  return { profileSpace, isHighTier, profileIdc, profileCompatibility, constraintFlags, levelIdc };
}
