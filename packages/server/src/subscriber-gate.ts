import type { MessageRole } from "./message-role.ts";

/** When a slow viewer loses what. */
export interface SubscriberLimits {
  /** Behind by more than this, a viewer is cut to the next key frame. */
  readonly skipAboveBytes: number;
  /** Behind by more than this, it is disconnected. */
  readonly dropAboveBytes: number;
  /** Cut for longer than this many ms, it is disconnected. */
  readonly maxSkipMs: number;
}

export type GateDecision = "send" | "skip" | "resume" | "disconnect";

/**
 * Keeps a slow viewer from costing memory: it loses whole GOP tails, never a frame in the middle.
 * The answer `"resume"` is `"send"` with headers first.
 */
export class SubscriberGate {
  readonly #limits: SubscriberLimits;
  #isWaiting = true; // a viewer of video always starts on a key frame
  /** The viewer has seen the stream from its beginning: sound passes, and any track's first key frame is a beginning. */
  #isFromStart = true;
  #hasLost = false;
  #skippingSince: number | undefined;
  /**
   * What a viewer got at once when it joined may be more than `skipAboveBytes`. It is forgiven until a measure shows
   * that it has arrived; the socket alone cannot, because the kernel hides megabytes.
   */
  #allowance = 0;

  constructor(limits: SubscriberLimits) {
    this.#limits = limits;
  }

  /** Whether nothing but a fresh look at `bytesBehind` stands between the viewer and the next message. */
  get isOpen(): boolean {
    return !this.#isWaiting;
  }

  /** Whether what the viewer is missing is its own loss, and not what came before it. */
  get hasLost(): boolean {
    return this.#hasLost;
  }

  /** The viewer got `bytes` at once, a key frame first: it goes on from there. */
  open(bytes: number): void {
    this.#isWaiting = false;
    this.#hasLost = false;
    this.#skippingSince = undefined;
    this.#allowance = bytes;
  }

  /** Video begins under the viewer's eyes: it waits for the first key frame and loses no sound. */
  awaitFirstKeyFrame(): void {
    this.#isWaiting = true;
    this.#isFromStart = true;
    this.#hasLost = false;
    this.#skippingSince = undefined;
  }

  /** The viewer comes into the middle of something: it waits for a key frame. */
  awaitKeyFrame(): void {
    this.#isWaiting = true;
    this.#isFromStart = false;
  }

  /** The viewer asked for a break or lost something: it goes on at a key frame, headers first. */
  interrupt(): void {
    this.#isWaiting = true;
    this.#hasLost = true;
  }

  /** Whether something is still forgiven of what the viewer got at once. */
  get isForgiving(): boolean {
    return this.#allowance > 0;
  }

  /** A look that shows what has reached the viewer: once it has caught up, nothing more is forgiven. */
  forgiveUntil(bytesBehind: number): void {
    if (bytesBehind <= this.#limits.skipAboveBytes) this.#allowance = 0;
  }

  /** Whether a viewer that is open has fallen behind too far. */
  isBehind(bytesBehind: number): boolean {
    return bytesBehind > this.#limits.skipAboveBytes + this.#allowance;
  }

  /**
   * Decides on one message. `isJoinPoint`: a viewer of the default track can start here, as with any message of a
   * stream without video.
   */
  decide(isJoinPoint: boolean, role: MessageRole, bytesBehind: number, now: number): GateDecision {
    if (bytesBehind > this.#limits.dropAboveBytes + this.#allowance) return "disconnect";
    const isBehind = this.isBehind(bytesBehind);
    if (isBehind) {
      this.interrupt();
      this.#skippingSince ??= now;
      return now - this.#skippingSince > this.#limits.maxSkipMs ? "disconnect" : "skip";
    }
    if (!this.#isWaiting) return "send";
    if (!isJoinPoint && !(role.isKeyFrame && this.#isFromStart && !this.#hasLost)) {
      const isWelcome = role.isHeader || (this.#isFromStart && !role.isInterFrame);
      return isWelcome && !this.#hasLost ? "send" : "skip";
    }
    const decision = this.#hasLost ? "resume" : "send";
    this.open(0);
    return decision;
  }
}
