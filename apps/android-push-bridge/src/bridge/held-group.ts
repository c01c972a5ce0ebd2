import { FrameFlag, FrameKind } from "../protocol/frame.ts";
import type { Frame } from "../protocol/frame.ts";

/** One frame that is kept, and when it came. */
export interface HeldFrame {
  readonly frame: Frame;
  readonly arrivedAtMs: number;
}

/** A group of pictures may be so large; of a larger one nothing is kept. */
const MOST_HELD_BYTES = 4 * 1024 * 1024;
const MOST_HELD_FRAMES = 2000;

/**
 * Keeps what a source has sent since its last key frame, while there is no server to send it to: a source that cannot be
 * asked for another may not make one for a long time, such as a screen that stands still.
 */
export class HeldGroup {
  #frames: HeldFrame[] = [];
  #bytes = 0;

  /** Takes a picture or sound. A key frame takes the place of everything before it; so does a configuration. */
  add(frame: Frame, arrivedAtMs: number): void {
    const isKeyFrame = frame.kind === FrameKind.Video && (frame.flags & FrameFlag.KeyFrame) !== 0;
    if (isKeyFrame || frame.kind === FrameKind.VideoConfig) this.clear();
    const isMedia = frame.kind === FrameKind.Video || frame.kind === FrameKind.Audio;
    if (!isMedia || (!isKeyFrame && this.#frames.length === 0)) return;
    this.#frames.push({ frame, arrivedAtMs });
    this.#bytes += frame.payload.length;
    if (this.#bytes > MOST_HELD_BYTES || this.#frames.length > MOST_HELD_FRAMES) this.clear();
  }

  /** Gives away what is kept. */
  take(): readonly HeldFrame[] {
    const frames = this.#frames;
    this.clear();
    return frames;
  }

  /** Forgets what is kept. */
  clear(): void {
    this.#frames = [];
    this.#bytes = 0;
  }
}
