import { concat, hex, u8 } from "@rtmp/testkit";
import { BitFields, protect } from "./bit-fields.ts";

const startCode = hex("000001");

/** Puts a start code before each NAL unit. */
export function stream(...nalUnits: readonly Uint8Array[]): Uint8Array {
  return concat(...nalUnits.flatMap((nalUnit) => [startCode, nalUnit]));
}

export interface SpsOptions {
  readonly id?: number;
  readonly profileIdc?: number;
  readonly constraints?: number;
  readonly orderType?: 0 | 1 | 2;
  readonly refFrames?: number;
  readonly isFrameMbsOnly?: boolean;
  /** `num_units_in_tick` and `time_scale`. */
  readonly timing?: readonly [number, number];
  readonly reorderDepth?: number;
}

/** A sequence parameter set of 32x32 pixels with 4-bit frame numbers and 5-bit picture order counts. */
export function sps(options: SpsOptions = {}): Uint8Array {
  const { id = 0, profileIdc = 77, constraints = 0, orderType = 0, refFrames = 2, isFrameMbsOnly = true } = options;
  const fields = new BitFields().bits(0x67, 8).bits(profileIdc, 8).bits(constraints, 8).bits(30, 8);
  fields.ue(id).ue(0).ue(orderType);
  if (orderType === 0) fields.ue(1);
  if (orderType === 1) fields.bits(0, 1).se(-1, 0).ue(1).se(4);
  fields
    .ue(refFrames)
    .bits(0, 1)
    .ue(1, isFrameMbsOnly ? 1 : 0);
  fields.bits(isFrameMbsOnly ? 1 : 0, 1);
  if (!isFrameMbsOnly) fields.bits(0, 1);
  fields.bits(1, 1).bits(0, 1);
  const { timing, reorderDepth } = options;
  if (timing === undefined && reorderDepth === undefined) return protect(fields.bits(0, 1).bytes());
  fields.bits(1, 1).bits(0, 4);
  fields.bits(timing === undefined ? 0 : 1, 1);
  if (timing !== undefined) fields.bits(timing[0], 32).bits(timing[1], 32).bits(1, 1);
  fields.bits(0, 3);
  fields.bits(reorderDepth === undefined ? 0 : 1, 1);
  if (reorderDepth !== undefined) fields.bits(1, 1).ue(0, 0, 9, 9, reorderDepth, 4);
  return protect(fields.bytes());
}

/** A picture parameter set. `isFieldOrdered` makes frames carry the order of their bottom field. */
export function pps(id = 0, spsId = 0, isFieldOrdered = false): Uint8Array {
  return new BitFields()
    .bits(0x68, 8)
    .ue(id, spsId)
    .bits(0, 1)
    .bits(isFieldOrdered ? 1 : 0, 1)
    .ue(0)
    .bytes();
}

export interface SliceOptions {
  readonly isIdr?: boolean;
  readonly isReference?: boolean;
  readonly firstMacroblock?: number;
  readonly ppsId?: number;
  readonly frameNum?: number;
  /** Only in streams whose sequence parameter set allows fields. */
  readonly field?: "none" | "top" | "bottom";
  readonly idrPicId?: number;
  /** `pic_order_cnt_lsb`; left out for types 1 and 2. */
  readonly order?: number;
  /** `delta_pic_order_cnt[0]`, for type 1. */
  readonly delta?: number;
  /** A byte to tell slices apart by. */
  readonly mark?: number;
}

/** A slice whose picture data is one byte, `mark`. */
export function slice(options: SliceOptions = {}): Uint8Array {
  const { isIdr = false, isReference = true, firstMacroblock = 0, ppsId = 0, frameNum = 0, mark = 0xaa } = options;
  const fields = new BitFields().bits((isReference ? 0x60 : 0) | (isIdr ? 5 : 1), 8);
  fields.ue(firstMacroblock, 7, ppsId).bits(frameNum, 4);
  if (options.field === "none") fields.bits(0, 1);
  else if (options.field !== undefined) fields.bits(1, 1).bits(options.field === "bottom" ? 1 : 0, 1);
  if (isIdr) fields.ue(options.idrPicId ?? 0);
  if (options.order !== undefined) fields.bits(options.order, 5);
  if (options.delta !== undefined) fields.se(options.delta);
  return concat(protect(fields.bytes()), u8(mark));
}
