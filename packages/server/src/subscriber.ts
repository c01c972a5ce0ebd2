import type { GopCache } from "./gop-cache.ts";
import type { MessageRun } from "./message-run.ts";
import type { SharedMessage } from "./shared-message.ts";
import { SubscriberGate } from "./subscriber-gate.ts";
import type { SubscriberLimits } from "./subscriber-gate.ts";
import type { WireFormat } from "./wire-format.ts";

/** Where a subscriber's bytes go, and what it is told. Implemented for RTMP here; anybody may bring another. */
export interface SubscriberTransport {
  readonly format: WireFormat;
  /** Not a viewer, but another loop that has viewers of the stream. */
  readonly isRelay?: boolean;
  /** Whether bytes can be sent at all. */
  isOpen(): boolean;
  /** Bytes sent that the viewer has not taken, by the best measure there is. */
  bytesBehind(): number;
  /** Whether `bytesBehind` knows what has reached the viewer, and not only what has left us. */
  isMeasured(): boolean;
  /** Queues one message, in bytes that nobody will change. */
  send(bytes: Uint8Array): void;
  /** Whether `send` takes several whole messages at once as well. Default: no. */
  readonly takesRuns?: boolean;
  /** A publisher has come; `isReturn` to a stream that had one before, whose viewers have waited. */
  published(isReturn: boolean): void;
  /** The publisher has left; another may come. */
  unpublished(): void;
  /** The viewer has fallen behind for good: close it. */
  tooSlow(): void;
  /** The viewer was cut to the next key frame. Called once for each cut. */
  skipping?(): void;
  /** The publisher has taken its metadata back: those who join from now on do not get it. */
  metadataCleared?(): void;
}

/** How much a viewer may be sent between two looks at how far it is behind: a look costs more than a message. */
const bytesBetweenLooks = 32 * 1024;

/** More than this is not copied into one piece for those who join. */
const maxJoinedBytes = 256 * 1024;

/** One who receives a live stream: the gate between the stream's messages and a transport. */
export class Subscriber {
  // What every message needs lies together, in front: there are ten thousand of these.
  readonly transport: SubscriberTransport;
  readonly #takesRuns: boolean;
  /** Every message goes to the viewer as it comes, until the next look. */
  #isFlowing = false;
  #bytesSinceLook = 0;
  readonly #cache: GopCache;
  readonly #gate: SubscriberGate;
  /** Video tracks beside the first of which the viewer has had a key frame; most streams have one track. */
  #openTracks: Set<number> | undefined;
  #isPaused = false;
  #wantsAudio = true;
  #wantsVideo = true;
  /** Video is wanted again and waits for a key frame; sound goes on. */
  #awaitsPicture = false;
  #isClosed = false;
  #skippedMessages = 0;
  #sentMessages = 0;

  constructor(transport: SubscriberTransport, cache: GopCache, limits: SubscriberLimits) {
    this.transport = transport;
    this.#takesRuns = transport.takesRuns ?? false;
    this.#cache = cache;
    this.#gate = new SubscriberGate(limits);
  }

  /** Messages this viewer did not get because it was behind. */
  get skippedMessages(): number {
    return this.#skippedMessages;
  }

  /** Messages this viewer got. */
  get sentMessages(): number {
    return this.#sentMessages;
  }

  /** Gets nothing any more. */
  close(): void {
    this.#isFlowing = false;
    this.#isClosed = true;
  }

  /** Begins with what the stream has kept; without a GOP, with the headers alone, and waits for a key frame. */
  begin(): void {
    const cache = this.#cache;
    for (const trackId of cache.joinableTracks) this.#openTrack(trackId);
    const bytes = this.#sendRun(cache.join());
    if (cache.hasGop) this.#gate.open(bytes);
    else if (cache.hasVideo) this.#gate.awaitKeyFrame();
  }

  /** What a viewer gets on joining, in one piece if it may: many may join between two messages. Returns its size. */
  #sendRun(run: MessageRun): number {
    const { transport } = this;
    const { messages } = run;
    if (messages.length === 0 || !transport.isOpen()) return 0;
    const size = messages.reduce((sum, message) => sum + message.bytes(transport.format).length, 0);
    if (this.#takesRuns && this.#wantsAudio && this.#wantsVideo && !this.#awaitsPicture && size <= maxJoinedBytes) {
      this.#sentMessages += messages.length;
      transport.send(run.bytes(transport.format));
      return size;
    }
    let sent = 0;
    for (const message of messages) if (transport.isOpen()) sent += this.#send(message);
    return sent;
  }

  /** The stream's first video is about to come. */
  videoBegins(): void {
    this.#isFlowing = false;
    if (this.#gate.isOpen) this.#gate.awaitFirstKeyFrame();
  }

  /** Takes messages of the stream that leave together. `isJoinPoint`: a viewer may begin with the last of them. */
  offer(run: MessageRun, isJoinPoint: boolean, now: number): void {
    if (this.#isFlowing && this.#takesRuns && run.isOfFirstTrack && this.#bytesSinceLook < bytesBetweenLooks) {
      const bytes = run.bytes(this.transport.format);
      this.#bytesSinceLook += bytes.length;
      this.#sentMessages += run.messages.length;
      this.transport.send(bytes);
      return;
    }
    const { messages } = run;
    for (let i = 0; i < messages.length; i++)
      this.#offerOne(messages[i]!, isJoinPoint && i + 1 === messages.length, now);
  }

  #offerOne(message: SharedMessage, isJoinPoint: boolean, now: number): void {
    const { transport } = this;
    if (this.#isFlowing && this.#bytesSinceLook < bytesBetweenLooks && message.role.trackId === 0) {
      const bytes = message.bytes(transport.format);
      this.#bytesSinceLook += bytes.length;
      this.#sentMessages++;
      transport.send(bytes);
      return;
    }
    if (this.#isPaused || this.#isClosed) return;
    this.#bytesSinceLook = 0;
    this.#isFlowing = false;
    const bytesBehind = transport.bytesBehind();
    if (this.#gate.isForgiving && transport.isMeasured()) this.#gate.forgiveUntil(bytesBehind);
    if (this.#gate.isOpen && !this.#gate.isBehind(bytesBehind)) {
      this.#send(message, isJoinPoint);
      this.#isFlowing = this.#wantsAudio && this.#wantsVideo && !this.#awaitsPicture;
      return;
    }
    const wasOpen = this.#gate.isOpen;
    switch (this.#gate.decide(isJoinPoint, message.role, bytesBehind, now)) {
      case "resume":
        this.#openTracks = undefined;
        for (const header of this.#cache.headersAt(message.timestamp)) this.#send(header);
        this.#send(message, isJoinPoint);
        return;
      case "send":
        this.#send(message, isJoinPoint);
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

  /** A publisher has come; `isReturn`: has taken the stream over, or has come back. */
  start(isReturn: boolean): void {
    if (isReturn) {
      this.#isFlowing = false;
      this.#openTracks = undefined;
      this.#gate.awaitFirstKeyFrame();
    }
    this.transport.published(isReturn);
  }

  /** While paused nothing is sent; going on is at a key frame, headers first. */
  pause(isPaused: boolean): void {
    this.#isFlowing = false;
    if (this.#isPaused && !isPaused) this.#gate.interrupt();
    this.#isPaused = isPaused;
  }

  /** Going on with sound is at once, headers first. */
  wantAudio(isWanted: boolean): void {
    this.#isFlowing = false;
    const isBack = isWanted && !this.#wantsAudio;
    this.#wantsAudio = isWanted;
    if (isBack) this.#sendHeaders("audio");
  }

  /** Going on with video is at a key frame, headers first; sound is not touched. */
  wantVideo(isWanted: boolean): void {
    this.#isFlowing = false;
    const isBack = isWanted && !this.#wantsVideo;
    this.#wantsVideo = isWanted;
    if (!isBack) return;
    this.#awaitsPicture = true;
    this.#openTracks = undefined;
    this.#sendHeaders("video");
  }

  #sendHeaders(kind: "audio" | "video"): void {
    for (const header of this.#cache.headersAt(this.#cache.present)) if (header.role.kind === kind) this.#send(header);
  }

  #send(message: SharedMessage, isJoinPoint = false): number {
    const { role } = message;
    if (role.kind === "audio" ? !this.#wantsAudio : role.kind === "video" && !this.#passesVideo(message, isJoinPoint)) {
      return 0;
    }
    const bytes = message.bytes(this.transport.format);
    this.#sentMessages++;
    this.transport.send(bytes);
    return bytes.length;
  }

  #passesVideo({ role }: SharedMessage, isJoinPoint: boolean): boolean {
    if (!this.#wantsVideo) return false;
    if (role.isKeyFrame) this.#openTrack(role.trackId);
    if (this.#awaitsPicture) {
      if (isJoinPoint) this.#awaitsPicture = false;
      else if (role.isInterFrame) return false;
    }
    return !role.isInterFrame || role.trackId === 0 || (this.#openTracks?.has(role.trackId) ?? false);
  }

  #openTrack(trackId: number): void {
    if (trackId > 0) (this.#openTracks ??= new Set()).add(trackId);
  }
}
