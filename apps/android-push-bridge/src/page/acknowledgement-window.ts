/** What an acknowledgement has told. */
export interface Acknowledged {
  /** From sending the newest acknowledged frame to hearing of it, without the time it was held, in milliseconds. */
  readonly roundTripMs: number;
  /** What was newly acknowledged. */
  readonly byteCount: number;
}

interface SentFrame {
  readonly sentAtMs: number;
  readonly byteCount: number;
}

/** Remembers when each media frame of one connection was given to the socket until the bridge acknowledges it. */
export class AcknowledgementWindow {
  readonly #sent: SentFrame[] = [];
  /** Frames before it are acknowledged; they are cut off in one go now and then. */
  #head = 0;
  #acknowledgedFrames = 0;
  #unacknowledgedBytes = 0;

  /** What was sent and not acknowledged, in bytes. */
  get unacknowledgedBytes(): number {
    return this.#unacknowledgedBytes;
  }

  /** Notes that a media frame was given to the socket. */
  sent(byteCount: number, nowMs: number): void {
    this.#sent.push({ sentAtMs: nowMs, byteCount });
    this.#unacknowledgedBytes += byteCount;
  }

  /**
   * Takes `frameCount` and `heldMs` of an acknowledgement. Returns `undefined` if it acknowledges nothing new or claims
   * frames that were never sent.
   */
  acknowledge(frameCount: number, heldMs: number, nowMs: number): Acknowledged | undefined {
    const count = (frameCount - this.#acknowledgedFrames) >>> 0;
    if (count === 0 || count > this.#sent.length - this.#head) return undefined;
    const newest = this.#sent[this.#head + count - 1]!;
    let byteCount = 0;
    for (let index = this.#head; index < this.#head + count; index += 1) byteCount += this.#sent[index]!.byteCount;
    this.#head += count;
    this.#acknowledgedFrames = frameCount >>> 0;
    this.#unacknowledgedBytes -= byteCount;
    if (this.#head >= 256) {
      this.#sent.splice(0, this.#head);
      this.#head = 0;
    }
    return { roundTripMs: Math.max(0, nowMs - newest.sentAtMs - heldMs), byteCount };
  }

  /** How long ago the oldest frame that is not acknowledged was sent; 0 if there is none. */
  oldestAgeMs(nowMs: number): number {
    const oldest = this.#sent[this.#head];
    return oldest === undefined ? 0 : Math.max(0, nowMs - oldest.sentAtMs);
  }
}
