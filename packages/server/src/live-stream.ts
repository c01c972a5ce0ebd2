import type { Amf0Value } from "@rtmp/amf0";
import { MessageTypeId } from "@rtmp/chunk";
import type { Timer, TimerSource } from "@rtmp/reactor";
import type { CacheBudget } from "./cache-budget.ts";
import { GopCache } from "./gop-cache.ts";
import type { GopCacheLimits } from "./gop-cache.ts";
import { metadataRole, roleOf } from "./message-role.ts";
import type { MessageRole } from "./message-role.ts";
import { StreamTimeline } from "./stream-timeline.ts";
import type { StreamTrack } from "./stream-tracks.ts";
import { PayloadArena } from "./payload-arena.ts";
import { SharedMessage } from "./shared-message.ts";
import { Subscriber } from "./subscriber.ts";
import type { SubscriberTransport } from "./subscriber.ts";
import type { SubscriberLimits } from "./subscriber-gate.ts";

/** One who sends a live stream. */
export interface StreamPublisher {
  /** Ends it because another has taken the stream over. */
  replaced(): void;
}

/** What a live stream may keep and how slow its viewers may be. */
export interface LiveStreamOptions {
  readonly gopCache: GopCacheLimits;
  /** What all streams together may keep. */
  readonly cacheBudget: CacheBudget;
  readonly subscriber: SubscriberLimits;
  /** Monotonic time in ms. */
  readonly now: () => number;
  readonly timers: TimerSource;
  /** How long sound waits for the picture that follows, so that both leave in one write, in ms; 0 is not at all. */
  readonly maxHoldMs: number;
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
  readonly #arena = new PayloadArena();
  readonly #timeline = new StreamTimeline();
  readonly #subscribers = new Set<Subscriber>();
  #publisher: StreamPublisher | undefined;
  #metadata: Amf0Value;
  #hadPublisher = false;
  #nextSequence = 0;
  #lastMediaAt = 0;
  #publishedAt = 0;
  #held: SharedMessage[] = [];
  #holdTimer: Timer | undefined;
  #messagesIn = 0;
  #bytesIn = 0;
  /** Of viewers who have left. */
  #skippedMessages = 0;

  constructor(streamPath: string, options: LiveStreamOptions) {
    this.streamPath = streamPath;
    this.#options = options;
    this.#cache = new GopCache(options.gopCache, options.cacheBudget);
  }

  /** Who publishes now, if anybody does. */
  get publisher(): StreamPublisher | undefined {
    return this.#publisher;
  }

  /** How many watch or wait. */
  get subscriberCount(): number {
    return this.#subscribers.size;
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
      subscribers: this.#subscribers.size,
      messagesIn: this.#messagesIn,
      bytesIn: this.#bytesIn,
      skippedMessages: [...this.#subscribers].reduce(
        (sum, { skippedMessages }) => sum + skippedMessages,
        this.#skippedMessages,
      ),
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
    const replaced = this.#publisher;
    this.#publisher = publisher;
    this.#metadata = undefined;
    this.#cache.clear();
    replaced?.replaced();
    const now = this.#options.now();
    if (this.#hadPublisher && this.#subscribers.size > 0) {
      this.#timeline.resume(now - this.#lastMediaAt);
      this.#forEach((subscriber) => subscriber.restart());
    } else this.#timeline.start();
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
    this.#publisher = undefined;
    this.#metadata = undefined;
    this.#cache.clear();
    this.#forEach((subscriber) => subscriber.transport.unpublished());
    if (this.isIdle) this.#options.onIdle?.(this);
  }

  /** Takes audio or video from the publisher. The payload belongs to the stream from now on. */
  push(typeId: number, timestamp: number, payload: Uint8Array): void {
    const role = roleOf(typeId, payload);
    const message = this.#nextMessage(typeId, timestamp, this.#arena.own(payload), role);
    const hadVideo = this.#cache.hasVideo;
    const isJoinPoint = this.#cache.add(message);
    if (this.#cache.hasVideo && !hadVideo) this.#forEach((subscriber) => subscriber.videoBegins());
    if (role.kind === "audio" && this.#cache.hasVideo && this.#options.maxHoldMs > 0) this.#hold(message);
    else this.#broadcast(message, isJoinPoint);
  }

  /** Takes a data message from the publisher; `body` begins with `name`. The body belongs to the stream from now on. */
  pushData(name: string, values: readonly Amf0Value[], timestamp: number, body: Uint8Array): void {
    if (name === "@clearDataFrame") {
      this.#metadata = undefined;
      this.#cache.clearMetadata();
      return;
    }
    const isMetadata = name === "onMetaData";
    const role = isMetadata ? metadataRole : roleOf(MessageTypeId.DataAmf0, body);
    const message = this.#nextMessage(MessageTypeId.DataAmf0, timestamp, body, role);
    if (isMetadata) {
      this.#metadata = values[0];
      this.#cache.setMetadata(message);
    } else this.#cache.add(message);
    this.#broadcast(message, !this.#cache.hasVideo);
  }

  /** Adds a viewer: it gets what is kept at once, and everything after it without gap or duplicate. */
  subscribe(transport: SubscriberTransport): Subscriber {
    this.#releaseHeld(); // the newcomer finds it in the cache
    const subscriber = new Subscriber(transport, this.#cache, this.#options.subscriber);
    if (this.#publisher !== undefined) subscriber.begin();
    this.#subscribers.add(subscriber);
    return subscriber;
  }

  /** Takes a viewer away. Twice is fine. */
  unsubscribe(subscriber: Subscriber): void {
    subscriber.close();
    if (this.#subscribers.delete(subscriber)) this.#skippedMessages += subscriber.skippedMessages;
    if (this.isIdle) this.#options.onIdle?.(this);
  }

  #nextMessage(typeId: number, timestamp: number, payload: Uint8Array, role: MessageRole): SharedMessage {
    this.#lastMediaAt = this.#options.now();
    this.#messagesIn++;
    this.#bytesIn += payload.length;
    const streamTimestamp = this.#timeOf(timestamp, role);
    return new SharedMessage({ typeId, timestamp: streamTimestamp, payload }, this.#nextSequence++, role);
  }

  #timeOf(timestamp: number, role: MessageRole): number {
    if (role === metadataRole) return 0; // ffmpeg takes metadata with any other time for a subtitle
    return role.isHeader || role.kind === "data"
      ? this.#timeline.ofHeader(timestamp)
      : this.#timeline.ofFrame(timestamp);
  }

  /** Sound leaves with the next picture: a write costs far more than what is in it. */
  #hold(message: SharedMessage): void {
    if (this.#subscribers.size === 0) return;
    this.#held.push(message);
    this.#holdTimer ??= this.#options.timers.after(this.#options.maxHoldMs, () => this.#releaseHeld());
  }

  #releaseHeld(): void {
    if (this.#held.length === 0) return;
    this.#holdTimer?.cancel();
    this.#holdTimer = undefined;
    const held = this.#held;
    this.#held = [];
    for (const message of held) this.#offerToAll(message, false);
  }

  #broadcast(message: SharedMessage, isJoinPoint: boolean): void {
    this.#releaseHeld();
    this.#offerToAll(message, isJoinPoint);
  }

  #offerToAll(message: SharedMessage, isJoinPoint: boolean): void {
    const now = this.#lastMediaAt;
    for (const subscriber of this.#subscribers) {
      try {
        subscriber.offer(message, isJoinPoint, now);
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
  /** Messages that viewers did not get because they were behind. */
  readonly skippedMessages: number;
  readonly cachedBytes: number;
  /** ms on the stream's timeline. */
  readonly lastTimestamp: number;
  readonly publishedMs: number;
}
