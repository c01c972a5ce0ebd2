import { removeEmulationPrevention } from "./annex-b.ts";
import { BitReader } from "./bit-reader.ts";
import { FlvError } from "./errors.ts";

/** What an H.264 sequence parameter set says about the pictures (ITU-T H.264 §7.3.2.1.1). */
export interface AvcSps {
  readonly id: number;
  readonly profileIdc: number;
  /** The constraint flags, one byte. */
  readonly profileCompatibility: number;
  /** Ten times the level. */
  readonly levelIdc: number;
  /** 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4. */
  readonly chromaFormatIdc: number;
  readonly bitDepthLuma: number;
  readonly bitDepthChroma: number;
  /** Width of the shown picture in pixels, cropping applied. */
  readonly width: number;
  /** Height of the shown picture in pixels, cropping applied; of a frame, when fields are coded. */
  readonly height: number;
  /** Width of a pixel divided by its height; 1 when not said. */
  readonly pixelAspectRatio: number;
  /** Frames a second, when the set carries timing. */
  readonly frameRate?: number;
  /** How many frames a decoder must hold back to show them in order, when the set says so. */
  readonly reorderDepth?: number;
  /** What a slice header cannot be read without. */
  readonly slices: AvcSliceSyntax;
}

/** Sequence-wide facts that shape slice headers and the order of pictures. */
export interface AvcSliceSyntax {
  readonly hasSeparateColourPlanes: boolean;
  readonly frameNumBits: number;
  readonly maxNumRefFrames: number;
  readonly isFrameMbsOnly: boolean;
  readonly pictureOrder:
    | { readonly type: 0; readonly lsbBits: number }
    | {
        readonly type: 1;
        readonly isDeltaAlwaysZero: boolean;
        readonly offsetForNonRefPicture: number;
        readonly offsetForTopToBottomField: number;
        readonly offsetsForRefFrames: readonly number[];
      }
    | { readonly type: 2 };
}

const profilesWithChroma: ReadonlySet<number> = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);

/** Reads a sequence parameter set NAL unit, header byte included. Throws `FlvError` for anything else. */
export function parseAvcSps(nalUnit: Uint8Array): AvcSps {
  const bits = new BitReader(removeEmulationPrevention(nalUnit));
  if ((bits.bits(8) & 0x1f) !== 7) throw new FlvError("FLV_BAD_CONFIG", 0, "not a sequence parameter set");
  const profileIdc = bits.bits(8);
  const profileCompatibility = bits.bits(8);
  const levelIdc = bits.bits(8);
  const id = bits.unsignedGolomb();
  const chroma = readChroma(bits, profileIdc);
  const frameNumBits = readWidth(bits);
  const pictureOrder = readPictureOrder(bits);
  const maxNumRefFrames = bits.unsignedGolomb();
  bits.skip(1); // gaps_in_frame_num_value_allowed_flag
  const widthInMbs = bits.unsignedGolomb() + 1;
  const heightInMapUnits = bits.unsignedGolomb() + 1;
  const isFrameMbsOnly = bits.flag();
  if (!isFrameMbsOnly) bits.skip(1); // mb_adaptive_frame_field_flag
  bits.skip(1); // direct_8x8_inference_flag
  const crop = bits.flag() ? readCrop(bits) : { horizontal: 0, vertical: 0 };
  const heightUnit = isFrameMbsOnly ? 1 : 2;
  const hasChroma = chroma.chromaFormatIdc !== 0 && !chroma.hasSeparateColourPlanes;
  const cropX = hasChroma && chroma.chromaFormatIdc < 3 ? 2 : 1;
  const cropY = (hasChroma && chroma.chromaFormatIdc === 1 ? 2 : 1) * heightUnit;
  const { hasSeparateColourPlanes, ...format } = chroma;
  return {
    id,
    profileIdc,
    profileCompatibility,
    levelIdc,
    ...format,
    width: widthInMbs * 16 - crop.horizontal * cropX,
    height: heightInMapUnits * 16 * heightUnit - crop.vertical * cropY,
    ...(bits.flag() ? readVui(bits) : { pixelAspectRatio: 1 }),
    slices: { hasSeparateColourPlanes, frameNumBits, maxNumRefFrames, isFrameMbsOnly, pictureOrder },
  };
}

function readChroma(
  bits: BitReader,
  profileIdc: number,
): {
  chromaFormatIdc: number;
  bitDepthLuma: number;
  bitDepthChroma: number;
  hasSeparateColourPlanes: boolean;
} {
  if (!profilesWithChroma.has(profileIdc)) {
    return { chromaFormatIdc: 1, bitDepthLuma: 8, bitDepthChroma: 8, hasSeparateColourPlanes: false };
  }
  const chromaFormatIdc = bits.unsignedGolomb();
  const hasSeparateColourPlanes = chromaFormatIdc === 3 && bits.flag();
  const bitDepthLuma = bits.unsignedGolomb() + 8;
  const bitDepthChroma = bits.unsignedGolomb() + 8;
  bits.skip(1); // qpprime_y_zero_transform_bypass_flag
  if (bits.flag()) {
    for (let list = 0; list < (chromaFormatIdc === 3 ? 12 : 8); list++) {
      if (bits.flag()) skipScalingList(bits, list < 6 ? 16 : 64);
    }
  }
  return { chromaFormatIdc, bitDepthLuma, bitDepthChroma, hasSeparateColourPlanes };
}

/** (ITU-T H.264 §7.3.2.1.1.1) */
function skipScalingList(bits: BitReader, size: number): void {
  let last = 8;
  let next = 8;
  for (let index = 0; index < size; index++) {
    if (next !== 0) next = (last + bits.signedGolomb() + 256) & 0xff;
    if (next !== 0) last = next;
  }
}

/** The width of a field in slice headers: 4 to 16 bits. */
function readWidth(bits: BitReader): number {
  const width = bits.unsignedGolomb() + 4;
  if (width > 16) throw new FlvError("FLV_BAD_CONFIG", bits.byteOffset, `a field of ${String(width)} bits`);
  return width;
}

function readPictureOrder(bits: BitReader): AvcSliceSyntax["pictureOrder"] {
  const type = bits.unsignedGolomb();
  if (type === 0) return { type, lsbBits: readWidth(bits) };
  if (type === 2) return { type };
  if (type !== 1) throw new FlvError("FLV_BAD_CONFIG", bits.byteOffset, `picture order count type ${String(type)}`);
  const isDeltaAlwaysZero = bits.flag();
  const offsetForNonRefPicture = bits.signedGolomb();
  const offsetForTopToBottomField = bits.signedGolomb();
  const count = bits.unsignedGolomb();
  if (count > 255) throw new FlvError("FLV_BAD_CONFIG", bits.byteOffset, "over 255 frames in a picture order cycle");
  const offsetsForRefFrames = Array.from({ length: count }, () => bits.signedGolomb());
  return { type, isDeltaAlwaysZero, offsetForNonRefPicture, offsetForTopToBottomField, offsetsForRefFrames };
}

function readCrop(bits: BitReader): { horizontal: number; vertical: number } {
  const left = bits.unsignedGolomb();
  const right = bits.unsignedGolomb();
  const top = bits.unsignedGolomb();
  const bottom = bits.unsignedGolomb();
  return { horizontal: left + right, vertical: top + bottom };
}

const EXTENDED_ASPECT_RATIO = 255;

/** Pixel shapes by aspect_ratio_idc (ITU-T H.264 Table E-1). */
const pixelAspectRatios: readonly number[] = [
  1,
  1,
  12 / 11,
  10 / 11,
  16 / 11,
  40 / 33,
  24 / 11,
  20 / 11,
  32 / 11,
  80 / 33,
  18 / 11,
  15 / 11,
  64 / 33,
  160 / 99,
  4 / 3,
  3 / 2,
  2,
];

/** Reads aspect_ratio_info, (ITU-T H.264 §E.1.1). */
function readPixelAspectRatio(bits: BitReader): number {
  if (!bits.flag()) return 1;
  const idc = bits.bits(8);
  if (idc !== EXTENDED_ASPECT_RATIO) return pixelAspectRatios[idc] ?? 1;
  const width = bits.bits(16);
  const height = bits.bits(16);
  return width > 0 && height > 0 ? width / height : 1;
}

/** (ITU-T H.264 §E.1.1) */
function readVui(bits: BitReader): { pixelAspectRatio: number; frameRate?: number; reorderDepth?: number } {
  const pixelAspectRatio = readPixelAspectRatio(bits);
  if (bits.flag()) bits.skip(1); // overscan
  if (bits.flag()) {
    bits.skip(4); // video_format, video_full_range_flag
    if (bits.flag()) bits.skip(24); // colour description
  }
  if (bits.flag()) {
    bits.unsignedGolomb(); // chroma_sample_loc_type
    bits.unsignedGolomb();
  }
  const frameRate = bits.flag() ? readFrameRate(bits) : undefined;
  const hasNalHrd = bits.flag();
  if (hasNalHrd) skipHrd(bits);
  const hasVclHrd = bits.flag();
  if (hasVclHrd) skipHrd(bits);
  if (hasNalHrd || hasVclHrd) bits.skip(1); // low_delay_hrd_flag
  bits.skip(1); // pic_struct_present_flag
  const reorderDepth = bits.flag() ? readReorderDepth(bits) : undefined;
  return {
    pixelAspectRatio,
    ...(frameRate === undefined ? {} : { frameRate }),
    ...(reorderDepth === undefined ? {} : { reorderDepth }),
  };
}

/** Two ticks make a frame, whether or not its fields are coded apart. */
function readFrameRate(bits: BitReader): number | undefined {
  const unitsInTick = bits.bits(32);
  const timeScale = bits.bits(32);
  bits.skip(1); // fixed_frame_rate_flag
  return unitsInTick > 0 && timeScale > 0 ? timeScale / (2 * unitsInTick) : undefined;
}

/** (ITU-T H.264 §E.1.2) */
function skipHrd(bits: BitReader): void {
  const count = bits.unsignedGolomb() + 1;
  if (count > 32) throw new FlvError("FLV_BAD_CONFIG", bits.byteOffset, "over 32 coded picture buffers");
  bits.skip(8); // bit_rate_scale, cpb_size_scale
  for (let index = 0; index < count; index++) {
    bits.unsignedGolomb();
    bits.unsignedGolomb();
    bits.skip(1);
  }
  bits.skip(20);
}

function readReorderDepth(bits: BitReader): number {
  bits.skip(1); // motion_vectors_over_pic_boundaries_flag
  for (let field = 0; field < 4; field++) bits.unsignedGolomb();
  return Math.min(bits.unsignedGolomb(), 16); // 16 frames is all a decoded picture buffer may hold
}
