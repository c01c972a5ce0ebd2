import type { Amf0Value } from "@rtmp/amf0";
import { MessageTypeId } from "@rtmp/chunk";
import type { Timer, TimerSource } from "@rtmp/reactor";
import type { CacheBudget } from "./cache-budget.ts";
import type { Counters } from "./counters.ts";
import { GopCache } from "./gop-cache.ts";
import type { GopCacheLimits, JoinState } from "./gop-cache.ts";
import { metadataRole, roleOf } from "./message-role.ts";
import type { MessageRole } from "./message-role.ts";
import type { Repair } from "./repair/repair.ts";
import { StreamTimeline } from "./stream-timeline.ts";
import type { StreamTrack } from "./stream-tracks.ts";
import { WireMemory } from "./wire-memory.ts";
import type { RtmpFormat } from "./wire-format.ts";
import { MessageRun } from "./message-run.ts";
import { SharedMessage } from "./shared-message.ts";
import { Subscriber } from "./subscriber.ts";
import type { SubscriberTransport } from "./subscriber.ts";
import type { SubscriberLimits } from "./subscriber-gate.ts";

/** One who sends a live stream. */
export interface StreamPublisher {
  /**
   * The stream comes from another loop, which has put it on a timeline and held its sound back already; `flush` follows
   * what comes at once. Anybody may replace it.
   */
  readonly isRemote?: boolean;
  /** What the server mends of its media. */
  readonly repairs?: readonly Repair[];
  /** Ends it because another has taken the stream over. */
  replaced(): void;
}

/** Told of what matters to other loops. */
export interface LiveStreamWatcher {
  /** The first viewer has come, or the last one has left. */
  audienceChanged(stream: LiveStream, hasViewers: boolean): void;
  /** Somebody publishes the stream now; viewers are not told yet. */
  publisherChanged(stream: LiveStream, publisher: StreamPublisher): void;
}

/** What a live stream may keep and how slow its viewers may be. */
export interface LiveStreamOptions {
  readonly gopCache: GopCacheLimits;
  /** What RTMP viewers get, and what is kept. */
  readonly format: RtmpFormat;
  /** What all streams together may keep. */
  readonly cacheBudget: CacheBudget;
  readonly subscriber: SubscriberLimits;
  readonly counters: Counters;
  /** Monotonic time in ms. */
  readonly now: () => number;
  readonly timers: TimerSource;
  /** How long sound waits for the picture that follows, so that both leave in one write, in ms; 0 is not at all. */
  readonly maxHoldMs: number;
  readonly watcher?: LiveStreamWatcher | undefined;
  /** Told when nobody publishes or watches the stream any more. */
  readonly onIdle?: (stream: LiveStream) => void;
  /** Told when a subscriber throws; the others go on. */
  readonly onError: (error: unknown) => void;
}

/** A stream being relayed: its publisher, its subscribers, and what somebody who joins now needs. */
export class LiveStream {
  /** `app/streamKey`. */
  readonly streamPath: string;
  readonly #options: LiveStreamOptions;
  readonly #cache: GopCache;
  readonly #memory: WireMemory;
  readonly #timeline = new StreamTimeline();
  readonly #subscribers = new Set<Subscriber>();
  /** Subscribers that are other loops. */
  #relayCount = 0;
  #publisher: StreamPublisher | undefined;
  #metadata: Amf0Value;
  #hadPublisher = false;
  #nextSequence = 0;
  #lastMediaAt = 0;
  #publishedAt = 0;
  /** What has been kept of the stream elsewhere and is on its way here; viewers get it all at once. */
  #past: { readonly state: JoinState; readonly messages: SharedMessage[] } | undefined;
  #held: SharedMessage[] = [];
  #holdTimer: Timer | undefined;
  #messagesIn = 0;
  #bytesIn = 0;
  /** Of viewers who have left. */
  #skippedMessages = 0;
  #messagesOut = 0;

  constructor(streamPath: string, options: LiveStreamOptions) {
    this.streamPath = streamPath;
    this.#options = options;
    this.#cache = new GopCache(options.gopCache, options.cacheBudget, options.format);
    this.#memory = new WireMemory(options.format);
  }

  /** Who publishes now, if anybody does. */
  get publisher(): StreamPublisher | undefined {
    return this.#publisher;
  }

  /** How many watch or wait here; other loops do not count. */
  get subscriberCount(): number {
    return this.#subscribers.size - this.#relayCount;
  }

  /** Nobody publishes and nobody watches. */
  get isIdle(): boolean {
    return this.#publisher === undefined && this.#subscribers.size === 0;
  }

  /** The value behind `onMetaData`, as the publisher last sent it. */
  get metadata(): Amf0Value {
    return this.#metadata;
  }

  /** What the publisher sends, by its sequence headers. */
  get tracks(): readonly StreamTrack[] {
    return this.#cache.tracks;
  }

  /** Figures since the publisher came. */
  get figures(): LiveStreamFigures {
    return {
      subscribers: this.subscriberCount,
      messagesIn: this.#messagesIn,
      bytesIn: this.#bytesIn,
      ...this.#sums(),
      cachedBytes: this.#cache.byteLength,
      lastTimestamp: this.#timeline.present,
      publishedMs: this.#publisher === undefined ? 0 : this.#options.now() - this.#publishedAt,
    };
  }

  /** How long the publisher has sent nothing, in ms. */
  get silentMs(): number {
    return this.#options.now() - this.#lastMediaAt;
  }

  /**
   * Takes a publisher. If the stream has one it is told that it is replaced, and the viewers go on with the new one
   * without having been sent away.
   */
  publish(publisher: StreamPublisher): void {
    this.#releaseHeld();
    this.#past = undefined;
    const replaced = this.#publisher;
    this.#publisher = publisher;
    this.#metadata = undefined;
    this.#cache.clear();
    if (replaced !== publisher) replaced?.replaced();
    this.#options.watcher?.publisherChanged(this, publisher);
    const now = this.#options.now();
    const isReturn = this.#hadPublisher && this.#subscribers.size > 0;
    if (isReturn) this.#timeline.resume(now - this.#lastMediaAt);
    else this.#timeline.start();
    this.#forEach((subscriber) => subscriber.start(isReturn));
    this.#hadPublisher = true;
    this.#publishedAt = now;
    this.#lastMediaAt = now;
    this.#messagesIn = 0;
    this.#bytesIn = 0;
  }

  /** The publisher has gone, if it is `publisher`. Subscribers stay and wait for the next. */
  unpublish(publisher: StreamPublisher): void {
    if (this.#publisher !== publisher) return;
    this.#releaseHeld();
    this.#past = undefined;
    this.#publisher = undefined;
    this.#metadata = undefined;
    this.#cache.clear();
    this.#forEach((subscriber) => subscriber.transport.unpublished());
    if (this.isIdle) this.#options.onIdle?.(this);
  }

  /** What a viewer who joins now would get, as far as the messages themselves do not tell. */
  get joinState(): JoinState {
    return this.#cache.joinState;
  }

  /** What the publisher pushes now is what a viewer gets who joins elsewhere, where `state` was read, up to `caughtUp`. */
  catchUp(state: JoinState): void {
    this.#past = { state, messages: [] };
  }

  /** The viewers begin, as if they had joined there. */
  caughtUp(): void {
    const past = this.#past;
    if (past === undefined) return;
    this.#past = undefined;
    this.#cache.restore(past.messages, past.state);
    this.#forEach((subscriber) => subscriber.begin());
  }

  /** Takes audio or video from the publisher. The payload belongs to the stream from now on. */
  push(typeId: number, timestamp: number, payload: Uint8Array): void {
    const role = roleOf(typeId, payload);
    // A header is kept as it came, without whatever else lies around it.
    const message = this.#nextMessage(typeId, timestamp, role.isHeader ? new Uint8Array(payload) : payload, role);
    if (this.#past !== undefined) {
      this.#past.messages.push(message);
      return;
    }
    const hadVideo = this.#cache.hasVideo;
    const isJoinPoint = this.#cache.add(message);
    if (this.#cache.hasVideo && !hadVideo) this.#forEach((subscriber) => subscriber.videoBegins());
    if (this.#waits(message, isJoinPoint)) this.#hold(message);
    else this.#broadcast(message, isJoinPoint);
  }

  /** From another loop much comes at once: gives viewers what has come. */
  flush(): void {
    this.#releaseHeld();
  }

  /** Takes a data message from the publisher; `body` begins with `name`. The body belongs to the stream from now on. */
  pushData(name: string, values: readonly Amf0Value[], timestamp: number, body: Uint8Array): void {
    if (name === "@clearDataFrame") {
      this.#metadata = undefined;
      this.#cache.clearMetadata();
      this.#forEach((subscriber) => subscriber.transport.metadataCleared?.());
      return;
    }
    const isMetadata = name === "onMetaData";
    const role = isMetadata ? metadataRole : roleOf(MessageTypeId.DataAmf0, body);
    const message = this.#nextMessage(MessageTypeId.DataAmf0, timestamp, body, role);
    if (isMetadata) this.#metadata = values[0];
    if (this.#past !== undefined) {
      this.#past.messages.push(message);
      return;
    }
    if (isMetadata) this.#cache.setMetadata(message);
    else this.#cache.add(message);
    this.#broadcast(message, !this.#cache.hasVideo);
  }

  /** Adds a viewer: it gets what is kept at once, and everything after it without gap or duplicate. */
  subscribe(transport: SubscriberTransport, limits: SubscriberLimits = this.#options.subscriber): Subscriber {
    this.#releaseHeld(); // the newcomer finds it in the cache
    const subscriber = new Subscriber(transport, this.#cache, limits);
    if (this.#publisher !== undefined && this.#past === undefined) subscriber.begin();
    this.#subscribers.add(subscriber);
    if (transport.isRelay === true) this.#relayCount++;
    else if (this.subscriberCount === 1) this.#options.watcher?.audienceChanged(this, true);
    return subscriber;
  }

  /** Takes a viewer away. Twice is fine. */
  unsubscribe(subscriber: Subscriber): void {
    subscriber.close();
    if (this.#subscribers.delete(subscriber)) this.#gone(subscriber);
    if (this.isIdle) this.#options.onIdle?.(this);
  }

  /** Messages that those who are here now have got, viewers and other loops. */
  sentNow(): { readonly toViewers: number; readonly toLoops: number } {
    let toViewers = 0;
    let toLoops = 0;
    for (const { transport, sentMessages } of this.#subscribers) {
      if (transport.isRelay === true) toLoops += sentMessages;
      else toViewers += sentMessages;
    }
    return { toViewers, toLoops };
  }

  /** Over the viewers of now and those who have left. */
  #sums(): Pick<LiveStreamFigures, "skippedMessages" | "messagesOut"> {
    let skippedMessages = this.#skippedMessages;
    let messagesOut = this.#messagesOut;
    for (const subscriber of this.#subscribers) {
      if (subscriber.transport.isRelay === true) continue;
      skippedMessages += subscriber.skippedMessages;
      messagesOut += subscriber.sentMessages;
    }
    return { skippedMessages, messagesOut };
  }

  #gone({ transport, skippedMessages, sentMessages }: Subscriber): void {
    const { counters } = this.#options;
    if (transport.isRelay === true) {
      this.#relayCount--;
      counters.messagesRelayed += sentMessages;
      return;
    }
    this.#skippedMessages += skippedMessages;
    this.#messagesOut += sentMessages;
    counters.messagesOut += sentMessages;
    if (this.subscriberCount === 0) this.#options.watcher?.audienceChanged(this, false);
  }

  #nextMessage(typeId: number, timestamp: number, payload: Uint8Array, role: MessageRole): SharedMessage {
    this.#lastMediaAt = this.#options.now();
    this.#messagesIn++;
    if (this.#publisher?.isRemote !== true) this.#options.counters.messagesIn++;
    this.#bytesIn += payload.length;
    const header = { typeId, timestamp: this.#timeOf(timestamp, role), sequence: this.#nextSequence++, role };
    if (!this.#cache.isKeeping && this.#subscribers.size === 0) return new SharedMessage(header, payload);
    if (role.isKeyFrame) this.#memory.startBlock();
    const bytes = this.#memory.encode({ typeId, timestamp: header.timestamp, payload });
    return new SharedMessage(header, payload, this.#options.format, bytes);
  }

  #timeOf(timestamp: number, role: MessageRole): number {
    if (role === metadataRole) return 0; // ffmpeg takes metadata with any other time for a subtitle
    return role.isHeader || role.kind === "data"
      ? this.#timeline.ofHeader(timestamp)
      : this.#timeline.ofFrame(timestamp);
  }

  /** Sound leaves with the next picture, and what comes from another loop with all that comes at once: a write costs more than what is in it. */
  #waits({ role }: SharedMessage, isJoinPoint: boolean): boolean {
    if (!this.#cache.hasVideo || isJoinPoint) return false;
    return this.#publisher?.isRemote === true || (role.kind === "audio" && this.#options.maxHoldMs > 0);
  }

  #hold(message: SharedMessage): void {
    if (this.#subscribers.size === 0) return;
    this.#held.push(message);
    if (this.#publisher?.isRemote === true) return; // `flush` follows
    this.#holdTimer ??= this.#options.timers.after(this.#options.maxHoldMs, () => this.#releaseHeld());
  }

  #releaseHeld(): void {
    if (this.#held.length > 0) this.#offerToAll(false);
  }

  /** What waited goes with it, in one visit to each viewer: with ten thousand of them the visit costs more than the message. */
  #broadcast(message: SharedMessage, isJoinPoint: boolean): void {
    if (this.#subscribers.size === 0) return;
    this.#held.push(message);
    this.#offerToAll(isJoinPoint);
  }

  /** Offers what is held. `isJoinPoint`: a viewer may begin with the last of it. */
  #offerToAll(isJoinPoint: boolean): void {
    this.#holdTimer?.cancel();
    this.#holdTimer = undefined;
    const run = new MessageRun(this.#held);
    this.#held = [];
    const now = this.#lastMediaAt;
    for (const subscriber of this.#subscribers) {
      try {
        subscriber.offer(run, isJoinPoint, now);
      } catch (error) {
        this.#options.onError(error);
      }
    }
  }

  #forEach(visit: (subscriber: Subscriber) => void): void {
    for (const subscriber of this.#subscribers) {
      try {
        visit(subscriber);
      } catch (error) {
        this.#options.onError(error);
      }
    }
  }
}

/** What a live stream counts. */
export interface LiveStreamFigures {
  readonly subscribers: number;
  readonly messagesIn: number;
  readonly bytesIn: number;
  /** Messages that viewers got. */
  readonly messagesOut: number;
  /** Messages that viewers did not get because they were behind. */
  readonly skippedMessages: number;
  readonly cachedBytes: number;
  /** ms on the stream's timeline. */
  readonly lastTimestamp: number;
  readonly publishedMs: number;
}
