import type { ScrcpyTrack } from "./scrcpy-frames.ts";

/** Tracks of one clock begin within a few seconds; clocks that count deep sleep differ by hours. */
const largestSkewMs = 5000;

/**
 * Finds out whether both tracks are stamped by one clock. Scrcpy takes both from the monotonic clock, sound by asking for
 * it, pictures because Android stamps an encoder's input so; a camera driver may do otherwise.
 */
export class ClockComparison {
  readonly #epochs = new Map<ScrcpyTrack, number>();

  /** Takes the first timestamp of each track. Returns `false` once they cannot be of one clock. */
  isCommon(track: ScrcpyTrack, timestampUs: number, nowMs: number): boolean {
    if (!this.#epochs.has(track)) this.#epochs.set(track, nowMs - timestampUs / 1000);
    const [first, second] = this.#epochs.values();
    if (first === undefined || second === undefined) return true;
    return Math.abs(first - second) <= largestSkewMs;
  }
}
