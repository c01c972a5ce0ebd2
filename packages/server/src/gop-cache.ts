import { timestampDistance } from "@rtmp/chunk";
import { metadataRole } from "./message-role.ts";
import type { MessageRole } from "./message-role.ts";
import type { CacheBudget } from "./cache-budget.ts";
import { describeTracks } from "./stream-tracks.ts";
import type { StreamTrack } from "./stream-tracks.ts";
import { GopLog } from "./gop-log.ts";
import { MessageRun } from "./message-run.ts";
import { SharedMessage } from "./shared-message.ts";
import type { RtmpFormat } from "./wire-format.ts";

/** How much of a stream is kept for viewers who join. */
export interface GopCacheLimits {
  /** Bytes: every message counts as it is sent, with an allowance for what is around it. 0 keeps nothing. */
  readonly maxBytes: number;
  /** Length in ms of the timeline that is kept. */
  readonly maxDurationMs: number;
}

/** What has to be said beside the messages of `join` to make another cache of them. */
export interface JoinState {
  /** How many of them are headers of before the GOP. */
  readonly headerCount: number;
  /** The video track that viewers start with; -1 without video. */
  readonly defaultTrackId: number;
}

/** What a message costs beside its bytes: its place in the log, and its share of memory that is not used up. */
const messageOverhead = 128;
/** Sound alone for so long, by the stream's time, means that the camera is off. */
const noVideoAfterMs = 10_000;
/** Distinct headers kept, and bytes of all of them: more than any encoder has, less than an attacker wants. */
const maxHeaders = 64;
const maxHeaderBytes = 1024 * 1024;

/**
 * Remembers what a viewer who joins in the middle needs: metadata, the headers of every track, and everything since the
 * newest key frame. A GOP that outgrows its limits is not kept at all: none is better than one with a hole.
 */
export class GopCache {
  readonly #limits: GopCacheLimits;
  readonly #budget: CacheBudget;
  #metadata: SharedMessage | undefined;
  readonly #headers = new Map<string, SharedMessage>();
  #headerBytes = 0;
  /** The headers as they were when the oldest message kept came. */
  #gopHeaders: readonly SharedMessage[] = [];
  readonly #log: GopLog;
  /** What `join` last made: many viewers may join between two messages. */
  #joining: MessageRun | undefined;
  #bytes = 0;
  /** Video track → sequence of its newest key frame kept. */
  readonly #keyFrames = new Map<number, number>();
  #defaultTrackId = -1;
  #lastVideoTimestamp = 0;
  #present = 0;
  #tracks: readonly StreamTrack[] | undefined;
  /** The headers as `headersAt` last made them: many viewers may resume at one key frame. */
  #stamped: { readonly timestamp: number; readonly headers: readonly SharedMessage[] } | undefined;

  /** `budget` is shared by all caches of a server; messages are kept in `format`. */
  constructor(limits: GopCacheLimits, budget: CacheBudget, format: RtmpFormat) {
    this.#limits = limits;
    this.#budget = budget;
    this.#log = new GopLog(format);
  }

  /** Whether anything is kept but headers. */
  get isKeeping(): boolean {
    return this.#limits.maxBytes > 0;
  }

  /** Bytes kept, counted as in the limits. */
  get byteLength(): number {
    return this.#bytes + this.#headerBytes;
  }

  /** The tracks that the newest headers describe; read once for each change of a header. */
  get tracks(): readonly StreamTrack[] {
    this.#tracks ??= describeTracks(new Set(this.#headers.values()));
    return this.#tracks;
  }

  /** Whether there is video: if so, viewers start at a key frame. A camera that is off for long is no video. */
  get hasVideo(): boolean {
    return this.#defaultTrackId >= 0;
  }

  /** The time of the newest message that is no header. */
  get present(): number {
    return this.#present;
  }

  setMetadata(message: SharedMessage): void {
    this.#metadata = message;
    this.#stamped = undefined;
    this.#append(message);
  }

  clearMetadata(): void {
    this.#metadata = undefined;
    this.#joining = undefined;
    this.#stamped = undefined;
  }

  /** Takes the next message of the stream. Returns whether a viewer may begin with it. */
  add(message: SharedMessage): boolean {
    const { role } = message;
    if (role.isHeader) this.#rememberHeader(message);
    else this.#present = message.timestamp;
    if (isVideo(role)) this.#noteVideo(message);
    else if (this.hasVideo && timestampDistance(this.#lastVideoTimestamp, message.timestamp) > noVideoAfterMs) {
      this.#defaultTrackId = -1;
      this.#dropGop();
    }
    const isJoinPoint = role.isKeyFrame && role.trackId === this.#defaultTrackId;
    if (isJoinPoint) this.#startGop(message);
    else if (role.isKeyFrame && this.hasGop) this.#keyFrames.set(role.trackId, message.sequence);
    this.#append(message, isJoinPoint);
    return isJoinPoint || !this.hasVideo;
  }

  /** What a viewer who joins now gets first, in order. */
  join(): MessageRun {
    this.#joining ??= new MessageRun(this.#messagesToJoin());
    return this.#joining;
  }

  #messagesToJoin(): readonly SharedMessage[] {
    if (!this.hasGop) return this.headersAt(this.#present);
    const start = this.#keyFrames.get(this.#defaultTrackId) ?? 0;
    const gop = this.#log.messages((role, sequence) => {
      if (role.kind !== "video" || role.isHeader) return sequence >= start;
      return sequence >= (this.#keyFrames.get(role.trackId) ?? Number.POSITIVE_INFINITY);
    });
    return [...this.#gopHeaders, ...gop];
  }

  /** Describes what `join` gives. */
  get joinState(): JoinState {
    const headers = this.hasGop ? this.#gopHeaders : this.headersAt(this.#present);
    return { headerCount: headers.length, defaultTrackId: this.#defaultTrackId };
  }

  /** Becomes as the cache that gave `messages` in `join`, so that whoever joins here gets the same. */
  restore(messages: readonly SharedMessage[], { headerCount, defaultTrackId }: JoinState): void {
    this.clear();
    this.#defaultTrackId = defaultTrackId;
    for (const message of messages) {
      const { role, timestamp } = message;
      if (role === metadataRole) this.#metadata = message;
      else {
        if (role.isHeader) this.#rememberHeader(message);
        this.#present = timestamp;
        if (isVideo(role)) this.#lastVideoTimestamp = timestamp;
      }
    }
    const gop = messages.slice(headerCount);
    if (gop.length === 0) return;
    this.#gopHeaders = messages.slice(0, headerCount);
    for (const { role, sequence } of gop) {
      if (role.isKeyFrame && !this.#keyFrames.has(role.trackId)) this.#keyFrames.set(role.trackId, sequence);
    }
    for (const message of gop) this.#append(message, message === gop[0]);
  }

  /** The headers of now, stamped with `timestamp`, for a viewer who resumes. */
  headersAt(timestamp: number): readonly SharedMessage[] {
    if (this.#stamped?.timestamp === timestamp) return this.#stamped.headers;
    const distinct = new Set(this.#headers.values()); // one message may be the header of several tracks
    const stamped = [...distinct].map((header) => restamped(header, timestamp));
    // ffmpeg takes metadata for a subtitle unless it comes with timestamp 0.
    const headers = this.#metadata === undefined ? stamped : [restamped(this.#metadata, 0), ...stamped];
    this.#stamped = { timestamp, headers };
    return headers;
  }

  /** Whether `join` begins with a key frame's GOP. */
  get hasGop(): boolean {
    return this.#log.length > 0;
  }

  /** The video tracks of which `join` gives a key frame. */
  get joinableTracks(): Iterable<number> {
    return this.#keyFrames.keys();
  }

  /** Forgets everything: the publisher has gone. */
  clear(): void {
    this.#metadata = undefined;
    this.#headers.clear();
    this.#stamped = undefined;
    this.#joining = undefined;
    this.#tracks = undefined;
    this.#headerBytes = 0;
    this.#defaultTrackId = -1;
    this.#dropGop();
  }

  #noteVideo({ role, timestamp }: SharedMessage): void {
    this.#lastVideoTimestamp = timestamp;
    if (this.#defaultTrackId < 0 || role.trackId < this.#defaultTrackId) this.#defaultTrackId = role.trackId;
  }

  #startGop(keyFrame: SharedMessage): void {
    const previous = this.#keyFrames.get(this.#defaultTrackId);
    this.#keyFrames.set(this.#defaultTrackId, keyFrame.sequence);
    let oldest = keyFrame.sequence;
    for (const [trackId, sequence] of this.#keyFrames) {
      // A track that had no key frame in a whole GOP of the default track is not waited for.
      if (previous === undefined || sequence < previous) {
        if (trackId !== this.#defaultTrackId) this.#keyFrames.delete(trackId);
      } else oldest = Math.min(oldest, sequence);
    }
    this.#setBytes(this.#log.dropBefore(oldest, cost));
    this.#gopHeaders = this.headersAt(this.#log.firstTimestamp ?? keyFrame.timestamp);
  }

  #append(message: SharedMessage, isFirst = false): void {
    this.#joining = undefined;
    if (!this.isKeeping || (!this.hasGop && !isFirst)) return;
    this.#log.push(message);
    this.#setBytes(this.#bytes + cost(this.#log.lastSize));
    const first = this.#log.firstTimestamp ?? message.timestamp;
    const isTooLong = ((message.timestamp - first) | 0) > this.#limits.maxDurationMs;
    if (this.#bytes > this.#limits.maxBytes || isTooLong || this.#budget.isExceeded) this.#dropGop();
  }

  #dropGop(): void {
    this.#log.clear();
    this.#joining = undefined;
    this.#setBytes(0);
    this.#gopHeaders = [];
    this.#keyFrames.clear();
  }

  #setBytes(bytes: number): void {
    this.#budget.add(bytes - this.#bytes);
    this.#bytes = bytes;
  }

  #rememberHeader(message: SharedMessage): void {
    for (const name of message.role.headerNames) {
      const before = this.#headers.get(name);
      const bytes = this.#headerBytes + message.payload.length - (before?.payload.length ?? 0);
      if (bytes > maxHeaderBytes || (before === undefined && this.#headers.size >= maxHeaders)) continue;
      this.#headerBytes = bytes;
      this.#headers.set(name, message);
      this.#stamped = undefined;
      this.#tracks = undefined;
    }
  }
}

function restamped({ typeId, payload, sequence, role }: SharedMessage, timestamp: number): SharedMessage {
  return new SharedMessage({ typeId, timestamp, sequence, role }, payload);
}

/** Whether the message makes the stream one with video. */
function isVideo({ kind, isHeader, isKeyFrame, isInterFrame }: MessageRole): boolean {
  return kind === "video" && (isHeader || isKeyFrame || isInterFrame);
}

function cost(size: number): number {
  return size + messageOverhead;
}
