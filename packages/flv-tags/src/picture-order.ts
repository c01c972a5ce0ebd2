import type { AvcSliceHeader } from "./avc-slice.ts";
import type { AvcSliceSyntax } from "./avc-sps.ts";

/**
 * Counts pictures in the order they are shown (ITU-T H.264 §8.2.1). The count starts anew at each IDR picture.
 * Memory management operation 5, which restarts it elsewhere, is not looked for: next to no encoder sends it.
 */
export class PictureOrder {
  #msb = 0;
  #lsb = 0;
  #frameNum = 0;
  #frameNumOffset = 0;

  /** The picture order count of the frame that `slice` begins. Frames must come in decode order. */
  next(slice: AvcSliceHeader, syntax: AvcSliceSyntax): number {
    if (slice.isIdr) {
      this.#msb = 0;
      this.#lsb = 0;
      this.#frameNumOffset = 0;
    } else if (slice.frameNum < this.#frameNum) this.#frameNumOffset += 2 ** syntax.frameNumBits;
    this.#frameNum = slice.frameNum;
    const { pictureOrder } = syntax;
    switch (pictureOrder.type) {
      case 0:
        return this.#fromLsb(slice, 2 ** pictureOrder.lsbBits);
      case 1:
        return this.#fromCycle(slice, pictureOrder);
      case 2:
        return 2 * (this.#frameNumOffset + slice.frameNum) - (slice.isReference ? 0 : 1);
    }
  }

  /** (ITU-T H.264 §8.2.1.1) */
  #fromLsb(slice: AvcSliceHeader, range: number): number {
    const { pictureOrderLsb: lsb } = slice;
    let msb = this.#msb;
    if (lsb < this.#lsb && this.#lsb - lsb >= range / 2) msb += range;
    else if (lsb > this.#lsb && lsb - this.#lsb > range / 2) msb -= range;
    if (slice.isReference) {
      this.#msb = msb;
      this.#lsb = lsb;
    }
    return msb + lsb + Math.min(0, slice.deltaBottom);
  }

  /** (ITU-T H.264 §8.2.1.2) */
  #fromCycle(slice: AvcSliceHeader, cycle: AvcSliceSyntax["pictureOrder"] & { readonly type: 1 }): number {
    const { offsetsForRefFrames: offsets } = cycle;
    let absoluteFrameNum = offsets.length > 0 ? this.#frameNumOffset + slice.frameNum : 0;
    if (!slice.isReference && absoluteFrameNum > 0) absoluteFrameNum -= 1;
    let expected = slice.isReference ? 0 : cycle.offsetForNonRefPicture;
    if (absoluteFrameNum > 0) {
      const wholeCycles = Math.floor((absoluteFrameNum - 1) / offsets.length);
      const rest = ((absoluteFrameNum - 1) % offsets.length) + 1;
      expected += wholeCycles * sum(offsets) + sum(offsets.slice(0, rest));
    }
    const top = expected + slice.deltas[0];
    const bottom = top + cycle.offsetForTopToBottomField + slice.deltas[1];
    if (slice.field === "none") return Math.min(top, bottom);
    return slice.field === "top" ? top : bottom;
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** As many B pictures as encoders put in a row; the picture coded before them is shown behind them. */
const MAX_WAITING = 16;

interface Waiting<Frame> {
  readonly frame: Frame;
  readonly order: number;
  place: number | undefined; // when shown, counted in frames from the start
}

/**
 * Turns picture order counts into places on the screen, as a decoder does that holds `depth` frames back.
 * Only the order of the counts matters, so encoders may count in ones, twos or with gaps. Frames leave in decode order.
 * At most 16 wait: the first of more is placed behind the lower ones that are there, whatever may still come.
 */
export class ShowOrder<Frame> {
  #waiting: Waiting<Frame>[] = [];
  #nextPlace = 0;

  /** Adds a frame in decode order. `isFresh`: all frames before it are shown before it. */
  add(
    frame: Frame,
    order: number,
    isFresh: boolean,
    depth: number,
    onFrame: (frame: Frame, place: number) => void,
  ): void {
    if (isFresh) this.flush(onFrame);
    this.#waiting.push({ frame, order, place: undefined });
    this.#placeAllBut(depth, onFrame);
  }

  /** Lets all frames go. */
  flush(onFrame: (frame: Frame, place: number) => void): void {
    this.#placeAllBut(0, onFrame);
  }

  #placeAllBut(depth: number, onFrame: (frame: Frame, place: number) => void): void {
    let unplaced = this.#waiting.filter(({ place }) => place === undefined);
    const isFull = this.#waiting.length > MAX_WAITING;
    while (unplaced.length > depth || (isFull && this.#waiting[0]?.place === undefined)) {
      const first = unplaced.reduce((least, entry) => (entry.order < least.order ? entry : least));
      first.place = this.#nextPlace++;
      unplaced = unplaced.filter((entry) => entry !== first);
    }
    for (let head = this.#waiting[0]; head?.place !== undefined; head = this.#waiting[0]) {
      this.#waiting.shift();
      onFrame(head.frame, head.place);
    }
  }
}
