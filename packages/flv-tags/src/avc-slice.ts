import { removeEmulationPrevention } from "./annex-b.ts";
import type { AvcSps } from "./avc-sps.ts";
import { BitReader } from "./bit-reader.ts";

/** The part of a picture parameter set that slice headers depend on (ITU-T H.264 §7.3.2.2). */
export interface AvcPps {
  readonly id: number;
  readonly spsId: number;
  readonly hasBottomFieldOrder: boolean;
}

/** The part of a slice header that tells pictures apart and orders them (ITU-T H.264 §7.3.3). */
export interface AvcSliceHeader {
  readonly isIdr: boolean;
  readonly isReference: boolean;
  readonly firstMacroblock: number;
  readonly ppsId: number;
  readonly frameNum: number;
  readonly field: "none" | "top" | "bottom";
  readonly idrPicId: number;
  readonly pictureOrderLsb: number;
  readonly deltaBottom: number;
  readonly deltas: readonly [number, number];
}

const LONGEST_START = 64; // bytes; the fields read here end long before
const IDR_SLICE = 5;

/** Reads the start of a picture parameter set NAL unit. */
export function parseAvcPps(nalUnit: Uint8Array): AvcPps {
  const bits = new BitReader(removeEmulationPrevention(nalUnit.subarray(1, LONGEST_START)));
  const id = bits.unsignedGolomb();
  const spsId = bits.unsignedGolomb();
  bits.skip(1); // entropy_coding_mode_flag
  return { id, spsId, hasBottomFieldOrder: bits.flag() };
}

/** Reads which picture parameter set a slice uses, before anything is known that the rest of its header needs. */
export function peekSlicePpsId(nalUnit: Uint8Array): number {
  const bits = new BitReader(removeEmulationPrevention(nalUnit.subarray(1, LONGEST_START)));
  bits.unsignedGolomb(); // first_mb_in_slice
  bits.unsignedGolomb(); // slice_type
  return bits.unsignedGolomb();
}

/** Reads the start of a slice NAL unit. */
export function parseAvcSliceHeader(nalUnit: Uint8Array, sps: AvcSps, pps: AvcPps): AvcSliceHeader {
  const { hasSeparateColourPlanes, frameNumBits, isFrameMbsOnly, pictureOrder } = sps.slices;
  const isIdr = (nalUnit[0]! & 0x1f) === IDR_SLICE;
  const bits = new BitReader(removeEmulationPrevention(nalUnit.subarray(1, LONGEST_START)));
  const firstMacroblock = bits.unsignedGolomb();
  bits.unsignedGolomb(); // slice_type
  const ppsId = bits.unsignedGolomb();
  if (hasSeparateColourPlanes) bits.skip(2);
  const frameNum = bits.bits(frameNumBits);
  const isField = !isFrameMbsOnly && bits.flag();
  const field = !isField ? "none" : bits.flag() ? "bottom" : "top";
  const idrPicId = isIdr ? bits.unsignedGolomb() : 0;
  let pictureOrderLsb = 0;
  let deltaBottom = 0;
  const deltas: [number, number] = [0, 0];
  if (pictureOrder.type === 0) {
    pictureOrderLsb = bits.bits(pictureOrder.lsbBits);
    if (pps.hasBottomFieldOrder && !isField) deltaBottom = bits.signedGolomb();
  } else if (pictureOrder.type === 1 && !pictureOrder.isDeltaAlwaysZero) {
    deltas[0] = bits.signedGolomb();
    if (pps.hasBottomFieldOrder && !isField) deltas[1] = bits.signedGolomb();
  }
  return {
    isIdr,
    isReference: (nalUnit[0]! & 0x60) !== 0,
    firstMacroblock,
    ppsId,
    frameNum,
    field,
    idrPicId,
    pictureOrderLsb,
    deltaBottom,
    deltas,
  };
}

/** Whether `next` begins another picture than the one `previous` is of (ITU-T H.264 §7.4.1.2.4). */
export function isNewPicture(previous: AvcSliceHeader, next: AvcSliceHeader): boolean {
  return (
    previous.frameNum !== next.frameNum ||
    previous.ppsId !== next.ppsId ||
    previous.field !== next.field ||
    previous.isReference !== next.isReference ||
    previous.isIdr !== next.isIdr ||
    previous.idrPicId !== next.idrPicId ||
    previous.pictureOrderLsb !== next.pictureOrderLsb ||
    previous.deltaBottom !== next.deltaBottom ||
    previous.deltas[0] !== next.deltas[0] ||
    previous.deltas[1] !== next.deltas[1]
  );
}

/** Whether `next` is the second field of the frame whose first field is `first`. */
export function isSecondField(first: AvcSliceHeader, next: AvcSliceHeader): boolean {
  return (
    first.field !== "none" &&
    next.field !== "none" &&
    first.field !== next.field &&
    first.frameNum === next.frameNum &&
    !next.isIdr
  );
}
