import type { Amf0Value } from "@rtmp/amf0";
import { MessageTypeId, addTimestamp, timestampDistance } from "@rtmp/chunk";
import { GopCache } from "./gop-cache.ts";
import type { GopCacheLimits } from "./gop-cache.ts";
import { roleOf } from "./message-role.ts";
import type { MessageRole } from "./message-role.ts";
import { describeTracks } from "./stream-tracks.ts";
import type { StreamTrack } from "./stream-tracks.ts";
import { SharedMessage } from "./shared-message.ts";
import { Subscriber } from "./subscriber.ts";
import type { SubscriberTransport } from "./subscriber.ts";
import type { SubscriberLimits } from "./subscriber-gate.ts";

/** One who sends a live stream. */
export interface StreamPublisher {
  /** The connection it comes from. */
  readonly connectionId: number;
  /** Ends it because another has taken the stream over. */
  replaced(): void;
}

/** What a live stream may keep and how slow its viewers may be. */
export interface LiveStreamOptions {
  readonly gopCache: GopCacheLimits;
  readonly subscriber: SubscriberLimits;
  /** Monotonic time in ms. */
  readonly now: () => number;
  /** Told when nobody publishes or watches the stream any more. */
  readonly onIdle?: (stream: LiveStream) => void;
  /** Told when a subscriber throws; the others go on. */
  readonly onError: (error: unknown) => void;
}

const metadataRole: MessageRole = { kind: "data", trackId: 0, isHeader: true, isKeyFrame: false, headerNames: [] };
/** What the timeline moves on by, at most, when a publisher comes back to viewers who waited. */
const maxGapMs = 1000;
/** So far above the floor, a new publisher's tracks have found their order. */
const settledMs = 10_000;

/** A stream being relayed: its publisher, its subscribers, and what somebody who joins now needs. */
export class LiveStream {
  /** `app/streamKey`. */
  readonly streamPath: string;
  readonly #options: LiveStreamOptions;
  readonly #cache: GopCache;
  readonly #subscribers = new Set<Subscriber>();
  #publisher: StreamPublisher | undefined;
  #metadata: Amf0Value;
  #hadPublisher = false;
  #nextSequence = 0;
  #lastTimestamp = 0;
  #lastMediaAt = 0;
  #publishedAt = 0;
  #timestampOffset: number | undefined = 0;
  /** Nothing goes out before this while a new publisher settles in. */
  #timestampFloor: number | undefined;
  #messagesIn = 0;
  #bytesIn = 0;
  /** Of viewers who have left. */
  #skippedMessages = 0;

  constructor(streamPath: string, options: LiveStreamOptions) {
    this.streamPath = streamPath;
    this.#options = options;
    this.#cache = new GopCache(options.gopCache);
  }

  get publisher(): StreamPublisher | undefined {
    return this.#publisher;
  }

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

  /** What the publisher sends, by its sequence headers; read anew at each call. */
  get tracks(): readonly StreamTrack[] {
    return describeTracks(this.#cache.headerMessages);
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
      lastTimestamp: this.#lastTimestamp,
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
    const replaced = this.#publisher;
    this.#publisher = publisher;
    this.#metadata = undefined;
    this.#cache.clear();
    replaced?.replaced();
    const now = this.#options.now();
    if (this.#hadPublisher && this.#subscribers.size > 0) {
      const gap = Math.max(1, Math.min(maxGapMs, Math.round(now - this.#lastMediaAt)));
      this.#timestampFloor = addTimestamp(this.#lastTimestamp, gap);
      this.#timestampOffset = undefined;
      this.#forEach((subscriber) => subscriber.restart());
    } else {
      this.#timestampFloor = undefined;
      this.#timestampOffset = 0;
    }
    this.#hadPublisher = true;
    this.#publishedAt = now;
    this.#lastMediaAt = now;
    this.#messagesIn = 0;
    this.#bytesIn = 0;
  }

  /** The publisher has gone, if it is `publisher`. Subscribers stay and wait for the next. */
  unpublish(publisher: StreamPublisher): void {
    if (this.#publisher !== publisher) return;
    this.#publisher = undefined;
    this.#metadata = undefined;
    this.#cache.clear();
    this.#forEach((subscriber) => subscriber.transport.unpublished());
    if (this.isIdle) this.#options.onIdle?.(this);
  }

  /** Takes audio or video from the publisher. The payload belongs to the stream from now on. */
  push(typeId: number, timestamp: number, payload: Uint8Array): void {
    const role = roleOf(typeId, payload);
    const message = this.#nextMessage(typeId, timestamp, payload, role);
    if (role.kind === "video" && !this.#cache.hasVideo) this.#forEach((subscriber) => subscriber.videoBegins());
    this.#broadcast(message, this.#cache.add(message));
  }

  /** Takes a data message from the publisher; `body` begins with `name`. The body belongs to the stream from now on. */
  pushData(name: string, values: readonly Amf0Value[], timestamp: number, body: Uint8Array): void {
    if (name === "@clearDataFrame") {
      this.#metadata = undefined;
      return;
    }
    const isMetadata = name === "onMetaData";
    const role = isMetadata ? metadataRole : roleOf(MessageTypeId.DataAmf0, body);
    const message = this.#nextMessage(MessageTypeId.DataAmf0, timestamp, body, role);
    if (isMetadata) {
      this.#metadata = values[0];
      this.#cache.setMetadata(message);
    } else this.#cache.add(message);
    this.#broadcast(message, false);
  }

  /** Adds a viewer: it gets what is kept at once, and everything after it without gap or duplicate. */
  subscribe(transport: SubscriberTransport): Subscriber {
    const subscriber = new Subscriber(transport, this.#options.subscriber);
    if (this.#publisher !== undefined) subscriber.begin(this.#cache, this.#lastTimestamp);
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
    const streamTimestamp = this.#onTimeline(timestamp, role);
    return new SharedMessage({ typeId, timestamp: streamTimestamp, payload }, this.#nextSequence++, role);
  }

  /** Continues the timeline that the viewers have seen: it never goes back when another publisher comes. */
  #onTimeline(timestamp: number, role: MessageRole): number {
    const floor = this.#timestampFloor;
    if (floor !== undefined) {
      // Headers come with 0 while the frames behind them may start anywhere.
      if (role === metadataRole) return 0; // as at the beginning of any stream
      if (this.#timestampOffset === undefined && (role.isHeader || role.kind === "data")) return floor;
      this.#timestampOffset ??= (floor - timestamp) >>> 0;
    }
    let streamTimestamp = addTimestamp(timestamp, this.#timestampOffset ?? 0);
    const aboveFloor = floor === undefined ? 0 : timestampDistance(floor, streamTimestamp);
    if (floor !== undefined && aboveFloor < 0) streamTimestamp = floor;
    if (aboveFloor > settledMs) this.#timestampFloor = undefined;
    if (!role.isHeader) this.#lastTimestamp = streamTimestamp;
    return streamTimestamp;
  }

  #broadcast(message: SharedMessage, isJoinPoint: boolean): void {
    const isStart = isJoinPoint || !this.#cache.hasVideo;
    const now = this.#lastMediaAt;
    for (const subscriber of this.#subscribers) {
      try {
        subscriber.offer(message, isStart, this.#cache, now);
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
  /** Messages that viewers did not get because they were behind or had paused. */
  readonly skippedMessages: number;
  readonly cachedBytes: number;
  /** ms on the stream's timeline. */
  readonly lastTimestamp: number;
  readonly publishedMs: number;
}
