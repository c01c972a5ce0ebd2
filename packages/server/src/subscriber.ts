import type { GopCache } from "./gop-cache.ts";
import type { SharedMessage } from "./shared-message.ts";
import { SubscriberGate } from "./subscriber-gate.ts";
import type { SubscriberLimits } from "./subscriber-gate.ts";
import type { WireFormat } from "./wire-format.ts";

/** Where a subscriber's bytes go, and what it is told. Implemented for RTMP here; anybody may bring another. */
export interface SubscriberTransport {
  readonly format: WireFormat;
  /** Bytes sent that the viewer has not taken, by the best measure there is. */
  bytesBehind(): number;
  /** Queues bytes that nobody will change. */
  send(bytes: Uint8Array): void;
  /** A publisher has come back to a stream that had one before. */
  published(): void;
  /** The publisher has left; another may come. */
  unpublished(): void;
  /** The viewer has fallen behind for good: close it. */
  tooSlow(): void;
  /** The viewer was cut to the next key frame. Called once for each cut. */
  skipping?(): void;
}

/** One who receives a live stream: the gate between the stream's messages and a transport. */
export class Subscriber {
  readonly transport: SubscriberTransport;
  readonly #gate: SubscriberGate;
  #isPaused = false;
  #wantsAudio = true;
  #wantsVideo = true;
  #isClosed = false;
  #skippedMessages = 0;

  constructor(transport: SubscriberTransport, limits: SubscriberLimits) {
    this.transport = transport;
    this.#gate = new SubscriberGate(limits);
  }

  /** Messages this viewer did not get because it was behind or had paused. */
  get skippedMessages(): number {
    return this.#skippedMessages;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Gets nothing any more. */
  close(): void {
    this.#isClosed = true;
  }

  /** Begins with what the stream has kept; without a GOP, with the headers alone, and waits for a key frame. */
  begin(cache: GopCache, timestamp: number): void {
    let bytes = 0;
    for (const message of cache.join(timestamp)) bytes += this.#send(message);
    if (cache.hasGop) this.#gate.open(bytes);
    else if (cache.hasVideo) this.#gate.awaitKeyFrame();
  }

  /** The stream's first video is about to come. */
  videoBegins(): void {
    if (this.#gate.isOpen) this.#gate.awaitFirstKeyFrame();
  }

  /** Takes one message of the stream. `isJoinPoint`: a viewer may begin with it. */
  offer(message: SharedMessage, isJoinPoint: boolean, cache: GopCache, now: number): void {
    if (this.#isPaused || this.#isClosed) return;
    const { transport } = this;
    const bytesBehind = transport.bytesBehind();
    if (this.#gate.isOpen && !this.#gate.isBehind(bytesBehind)) {
      this.#send(message);
      return;
    }
    const wasOpen = this.#gate.isOpen;
    switch (this.#gate.decide(isJoinPoint, message.role, bytesBehind, now)) {
      case "resume":
        for (const header of cache.headers(message.timestamp)) this.#send(header);
        this.#send(message);
        return;
      case "send":
        this.#send(message);
        return;
      case "skip":
        if (this.#gate.hasLost) this.#skippedMessages++;
        if (wasOpen) transport.skipping?.();
        return;
      case "disconnect":
        this.#isClosed = true;
        transport.tooSlow();
    }
  }

  /** A publisher has taken the stream over, or has come back. */
  restart(): void {
    this.#gate.awaitFirstKeyFrame();
    this.transport.published();
  }

  /** While paused nothing is sent; going on is at a key frame, headers first. */
  pause(isPaused: boolean): void {
    if (this.#isPaused && !isPaused) this.#gate.interrupt();
    this.#isPaused = isPaused;
  }

  wantAudio(isWanted: boolean): void {
    this.#wantsAudio = isWanted;
  }

  /** Going on with video is at a key frame, headers first. */
  wantVideo(isWanted: boolean): void {
    if (!this.#wantsVideo && isWanted) this.#gate.interrupt();
    this.#wantsVideo = isWanted;
  }

  #send(message: SharedMessage): number {
    const { kind } = message.role;
    if ((kind === "audio" && !this.#wantsAudio) || (kind === "video" && !this.#wantsVideo)) return 0;
    const bytes = message.bytes(this.transport.format);
    this.transport.send(bytes);
    return bytes.length;
  }
}
