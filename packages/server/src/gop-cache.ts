import { SharedMessage } from "./shared-message.ts";

/** How much of a stream is kept for viewers who join. */
export interface GopCacheLimits {
  /** Bytes of payload, with an allowance for each message. 0 keeps nothing. */
  readonly maxBytes: number;
  /** Length in ms of the timeline that is kept. */
  readonly maxDurationMs: number;
}

/** What a message costs beside its payload: the objects around it, its wire header. */
const messageOverhead = 256;
/** Distinct headers kept, and bytes of all of them: more than any encoder has, less than an attacker wants. */
const maxHeaders = 64;
const maxHeaderBytes = 1024 * 1024;

/**
 * Remembers what a viewer who joins in the middle needs: metadata, the headers of every track, and everything since the
 * newest key frame. A GOP that outgrows its limits is not kept at all: none is better than one with a hole.
 */
export class GopCache {
  readonly #limits: GopCacheLimits;
  #metadata: SharedMessage | undefined;
  readonly #headers = new Map<string, SharedMessage>();
  #headerBytes = 0;
  /** The headers as they were when the oldest message kept came. */
  #gopHeaders: readonly SharedMessage[] = [];
  #messages: SharedMessage[] = [];
  #bytes = 0;
  /** Video track → sequence of its newest key frame kept. */
  readonly #keyFrames = new Map<number, number>();
  #defaultTrackId = -1;

  constructor(limits: GopCacheLimits) {
    this.#limits = limits;
  }

  /** Payload bytes kept, each message's overhead included. */
  get byteLength(): number {
    return this.#bytes + this.#headerBytes;
  }

  /** The newest headers of every track. */
  get headerMessages(): IterableIterator<SharedMessage> {
    return this.#headers.values();
  }

  /** Whether there has been any video: if so, viewers start at a key frame. */
  get hasVideo(): boolean {
    return this.#defaultTrackId >= 0;
  }

  setMetadata(message: SharedMessage): void {
    this.#metadata = message;
    this.#append(message);
  }

  /** Takes the next message of the stream. Returns whether a viewer may begin with it. */
  add(message: SharedMessage): boolean {
    const { role } = message;
    if (role.isHeader) this.#rememberHeader(message);
    if (role.kind === "video" && (this.#defaultTrackId < 0 || role.trackId < this.#defaultTrackId)) {
      this.#defaultTrackId = role.trackId;
    }
    const isJoinPoint = role.isKeyFrame && role.trackId === this.#defaultTrackId;
    if (isJoinPoint) this.#startGop(message);
    else if (role.isKeyFrame && this.#messages.length > 0) this.#keyFrames.set(role.trackId, message.sequence);
    this.#append(message, isJoinPoint);
    return isJoinPoint;
  }

  /** What a viewer who joins now gets first, in order. `timestamp` is the stream's own, for headers without a GOP. */
  join(timestamp: number): readonly SharedMessage[] {
    if (this.#messages.length === 0) return this.#headersAt(timestamp);
    const start = this.#keyFrames.get(this.#defaultTrackId) ?? 0;
    const gop = this.#messages.filter(({ role, sequence }) => {
      if (role.kind !== "video" || role.isHeader) return sequence >= start;
      return sequence >= (this.#keyFrames.get(role.trackId) ?? Number.POSITIVE_INFINITY);
    });
    return [...this.#gopHeaders, ...gop];
  }

  /** The headers of now, for a viewer who resumes at `timestamp`. */
  headers(timestamp: number): readonly SharedMessage[] {
    return this.#headersAt(timestamp);
  }

  /** Whether `join` begins with a key frame's GOP. */
  get hasGop(): boolean {
    return this.#messages.length > 0;
  }

  /** Forgets everything: the publisher has gone. */
  clear(): void {
    this.#metadata = undefined;
    this.#headers.clear();
    this.#headerBytes = 0;
    this.#defaultTrackId = -1;
    this.#dropGop();
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
    this.#gopHeaders = this.#headersAt(keyFrame.timestamp);
    this.#messages = this.#messages.filter((message) => message.sequence >= oldest);
    this.#bytes = this.#messages.reduce((bytes, message) => bytes + cost(message), 0);
  }

  #append(message: SharedMessage, isFirst = false): void {
    if (this.#limits.maxBytes === 0 || (this.#messages.length === 0 && !isFirst)) return;
    this.#messages.push(message);
    this.#bytes += cost(message);
    const first = this.#messages[0] ?? message;
    const isTooLong = ((message.timestamp - first.timestamp) | 0) > this.#limits.maxDurationMs;
    if (this.#bytes > this.#limits.maxBytes || isTooLong) this.#dropGop();
  }

  #dropGop(): void {
    this.#messages = [];
    this.#bytes = 0;
    this.#gopHeaders = [];
    this.#keyFrames.clear();
  }

  #rememberHeader(message: SharedMessage): void {
    for (const name of message.role.headerNames) {
      const before = this.#headers.get(name);
      const bytes = this.#headerBytes + message.payload.length - (before?.payload.length ?? 0);
      if (bytes > maxHeaderBytes || (before === undefined && this.#headers.size >= maxHeaders)) continue;
      this.#headerBytes = bytes;
      this.#headers.set(name, message);
    }
  }

  #headersAt(timestamp: number): readonly SharedMessage[] {
    const headers = new Set(this.#headers.values()); // one message may be the header of several tracks
    const stamped = [...headers].map((header) => restamped(header, timestamp));
    // ffmpeg takes metadata for a subtitle unless it comes with timestamp 0.
    return this.#metadata === undefined ? stamped : [restamped(this.#metadata, 0), ...stamped];
  }
}

function restamped({ typeId, payload, sequence, role }: SharedMessage, timestamp: number): SharedMessage {
  return new SharedMessage({ typeId, timestamp, payload }, sequence, role);
}

function cost(message: SharedMessage): number {
  return message.payload.length + messageOverhead;
}
