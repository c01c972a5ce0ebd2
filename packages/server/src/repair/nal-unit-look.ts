/** What the NAL units of one message say about the picture they are of. */
export interface NalUnitLook {
  /** Coded slices. */
  readonly sliceCount: number;
  /** Whether the first slice is the first of its picture. */
  readonly isPictureStart: boolean;
  /** Whether there is something that belongs ahead of a picture: parameter sets, SEI, a delimiter. */
  readonly hasLead: boolean;
}

const FRAME = 1;
const AVC = 7;
/** Frame type and codec, AVC packet type, composition time offset. */
export const avcTagHeaderSize = 5;
const lengthSize = 4;
const NON_IDR_SLICE = 1;
const IDR_SLICE = 5;
const leadTypes: ReadonlySet<number> = new Set([6, 7, 8, 9]); // SEI, SPS, PPS, access unit delimiter

/** Whether the message is a coded frame of H.264 in the legacy form. */
export function isAvcFrame(payload: Uint8Array): boolean {
  return payload.length >= avcTagHeaderSize && (payload[0]! & 0x8f) === AVC && payload[1] === FRAME;
}

/** Whether the message is a sequence header of H.264 whose frames have lengths of some other size than four bytes. */
export function hasOddLengths(payload: Uint8Array): boolean {
  return (payload[0]! & 0x8f) === AVC && payload[1] === 0 && payload.length > 9 && (payload[9]! & 3) !== lengthSize - 1;
}

/** Looks at the NAL units of a coded frame without copying them. `undefined` if their lengths do not add up. */
export function lookAtNalUnits(payload: Uint8Array): NalUnitLook | undefined {
  let sliceCount = 0;
  let isPictureStart = false;
  let hasLead = false;
  let at = avcTagHeaderSize;
  while (at < payload.length) {
    const start = at + lengthSize;
    if (start > payload.length) return undefined;
    const size = ((payload[at]! << 24) | (payload[at + 1]! << 16) | (payload[at + 2]! << 8) | payload[at + 3]!) >>> 0;
    at = start + size;
    if (at > payload.length) return undefined;
    if (size === 0) continue;
    const type = payload[start]! & 0x1f;
    if (type === NON_IDR_SLICE || type === IDR_SLICE) {
      // first_mb_in_slice is 0, one bit that is set (ITU-T H.264 §7.3.3, §9.1). A slice without it is taken for a first one.
      if (sliceCount === 0) isPictureStart = size === 1 || payload[start + 1]! >= 0x80;
      sliceCount++;
    } else if (leadTypes.has(type)) hasLead = true;
  }
  return { sliceCount, isPictureStart, hasLead };
}
