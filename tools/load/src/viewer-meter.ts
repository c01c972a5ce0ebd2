// hot
import type { LatencyHistogram } from "./latency-histogram.ts";
import type { SteadyWindow } from "./steady-window.ts";

/** A viewer that gets nothing for so long has stalled. */
export const STALL_US = 2_000_000;
/** A stamp older than this was not written by a publisher of this run. */
const OLDEST_STAMP_US = 600_000_000;

/** What the viewers of a process share. */
export interface MeterShare {
  readonly window: SteadyWindow;
  readonly latency: LatencyHistogram;
}

/** Counts what one viewer gets. */
export class ViewerMeter {
  /** Frames ever received. */
  frames = 0;
  /** Frames of the steady window. */
  windowFrames = 0;
  /** Their payloads, in bytes. */
  windowBytes = 0;
  readonly #share: MeterShare;
  #lastUs = -Infinity;
  #longestGapUs = 0;

  constructor(share: MeterShare) {
    this.#share = share;
  }

  /** Counts a frame of `size` bytes; `sentUs` is the time of its stamp, or 0 if it shows no latency. */
  receive(size: number, sentUs: number, nowUs: number): void {
    const { window, latency } = this.#share;
    this.frames++;
    if (window.has(nowUs)) {
      this.windowFrames++;
      this.windowBytes += size;
      this.#endGap(nowUs);
      if (sentUs > 0 && nowUs - sentUs < OLDEST_STAMP_US) latency.add(nowUs - sentUs);
    }
    this.#lastUs = nowUs;
  }

  /** Whether the viewer has gone without for too long in the steady window, which is over. */
  hasStalled(): boolean {
    this.#endGap(this.#share.window.toUs);
    return this.#longestGapUs > STALL_US;
  }

  #endGap(nowUs: number): void {
    const gap = nowUs - Math.max(this.#lastUs, this.#share.window.fromUs);
    if (gap > this.#longestGapUs) this.#longestGapUs = gap;
  }
}
