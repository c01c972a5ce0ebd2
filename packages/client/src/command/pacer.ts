import type { FlvTag } from "@rtmp/flv-tags";
import { isKeyFrame } from "@rtmp/flv-tags";
import type { Clock } from "./clock.ts";
import { MediaTime } from "./media-time.ts";

/** Tells when frames are due if the first went out on time. */
export class Pacer {
  readonly #clock: Clock;
  readonly #time = new MediaTime();
  #startedAt: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds until the frame is due; negative when it is late. */
  untilDue(timestamp: number): number {
    this.#startedAt ??= this.#clock.now();
    return this.#startedAt + this.#time.elapsed(timestamp) - this.#clock.now();
  }
}

/** So late that viewers are better served by a jump than by the delay. */
const maxLateMs = 5000;

/** Leaves video out while a push is too late, and begins again with a key frame. Sound goes on. */
export class LateFrameGate {
  #isSkipping = false;

  /** Whether to send a frame that is `lateMs` late. */
  admits(frame: FlvTag, lateMs: number): boolean {
    if (frame.type !== "video") return true;
    if (lateMs > maxLateMs) this.#isSkipping = true;
    else if (isKeyFrame(frame.payload)) this.#isSkipping = false;
    return !this.#isSkipping;
  }
}
