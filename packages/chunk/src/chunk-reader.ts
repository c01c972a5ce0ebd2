// hot
import {
  hasExtendedTimestamp,
  INCOMPLETE,
  messageHeaderEnd,
  readTimeField,
  skipRepeatedTimestamp,
} from "./chunk-header.ts";
import { ChunkStream } from "./chunk-stream.ts";
import { readChunkSize, readUint32Body } from "./control.ts";
import { ChunkError, type ChunkErrorCode } from "./errors.ts";
import { MessageTypeId, type RtmpMessage } from "./message.ts";
import { PayloadMemory } from "./payload-memory.ts";
import { addTimestamp } from "./timestamp.ts";
import { readUint24, readUint32LittleEndian } from "./wire-integers.ts";

/** Limits of a `ChunkReader`: what one peer may cost. */
export interface ChunkReaderOptions {
  /** Longest message taken, in bytes. Default 8 MiB; the wire allows 16 MiB − 1. */
  readonly maxMessageSize?: number;
  /** How many different chunk streams a peer may use. Default 64; real peers use fewer than ten. */
  readonly maxChunkStreams?: number;
  /** Payload bytes that unfinished messages may hold together. Default twice `maxMessageSize`. */
  readonly maxBufferedBytes?: number;
}

const DEFAULT_MAX_MESSAGE_SIZE = 8 * 1024 * 1024;
const DEFAULT_MAX_CHUNK_STREAMS = 64;
/** In force until the first Set Chunk Size (RTMP 1.0 §5.4.1). */
const INITIAL_CHUNK_SIZE = 128;
const NO_BYTES = new Uint8Array(0);

/**
 * Turns the bytes behind the handshake into messages, however TCP cut them (RTMP 1.0 §5.3).
 *
 * It obeys Set Chunk Size and Abort itself, on whatever chunk stream they come, and still reports them.
 * Every payload is copied once, out of the pushed bytes, which the caller may reuse at once.
 */
export class ChunkReader {
  readonly #maxMessageSize: number;
  readonly #maxChunkStreams: number;
  readonly #maxBufferedBytes: number;
  readonly #memory = new PayloadMemory();
  #newestStream: ChunkStream | undefined = undefined; // the others hang on it: real peers use few, and a Map costs more
  #streamCount = 0;
  #lastStream: ChunkStream | undefined = undefined;
  /** The chunk stream whose chunk payload comes next; `undefined`: a chunk header comes next. */
  #current: ChunkStream | undefined = undefined;
  #chunkBytesLeft = 0;
  #chunkSize = INITIAL_CHUNK_SIZE;
  /** The beginning of a header that the last push cut. */
  #cutHeader: Uint8Array = NO_BYTES;
  #chunkOffset = 0;
  #offset = 0;
  #bufferedBytes = 0;
  #failure: Error | undefined = undefined;

  /** Throws a `RangeError` naming the option that is not a positive integer. */
  constructor(options: ChunkReaderOptions = {}) {
    this.#maxMessageSize = limit("maxMessageSize", options.maxMessageSize ?? DEFAULT_MAX_MESSAGE_SIZE);
    this.#maxChunkStreams = limit("maxChunkStreams", options.maxChunkStreams ?? DEFAULT_MAX_CHUNK_STREAMS);
    this.#maxBufferedBytes = limit("maxBufferedBytes", options.maxBufferedBytes ?? this.#maxMessageSize * 2);
  }

  /** The peer's chunk size in bytes, as its last Set Chunk Size left it. */
  get chunkSize(): number {
    return this.#chunkSize;
  }

  /** Bytes pushed since the connection began. */
  get offset(): number {
    return this.#offset;
  }

  /** Payload bytes of unfinished messages that have come. */
  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  /**
   * Reads `bytes` and calls `onMessage` for every message they finish, in order.
   *
   * Throws a `ChunkError` where the bytes break the protocol or a limit; messages finished before that have been
   * reported. After a throw, one by `onMessage` included, the reader is dead: every further push throws the same error.
   * `onMessage` must not push into the same reader.
   */
  push(bytes: Uint8Array, onMessage: (message: RtmpMessage) => void): void {
    if (this.#failure !== undefined) throw this.#failure;
    this.#offset += bytes.length;
    try {
      this.#consume(this.#withCutHeader(bytes), onMessage);
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error("onMessage threw", { cause: error });
      throw error;
    }
  }

  /** Like `push`, with the messages in an array. Those before a fault are lost with the throw: servers use `push`. */
  read(bytes: Uint8Array): RtmpMessage[] {
    const messages: RtmpMessage[] = [];
    this.push(bytes, (message) => messages.push(message));
    return messages;
  }

  #withCutHeader(bytes: Uint8Array): Uint8Array {
    const cut = this.#cutHeader;
    // A Node.js Buffer slices without copying, so work on its plain view.
    if (cut.length === 0) return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    const joined = new Uint8Array(cut.length + bytes.length);
    joined.set(cut);
    joined.set(bytes, cut.length);
    this.#cutHeader = NO_BYTES;
    return joined;
  }

  #consume(source: Uint8Array, onMessage: (message: RtmpMessage) => void): void {
    const sourceOffset = this.#offset - source.length;
    let at = 0;
    while (at < source.length) {
      if (this.#current === undefined) {
        this.#chunkOffset = sourceOffset + at;
        const payloadAt = this.#readHeader(source, at);
        if (payloadAt === INCOMPLETE) {
          this.#cutHeader = source.slice(at);
          return;
        }
        at = payloadAt;
      }
      at = this.#readPayload(source, at, onMessage);
    }
  }

  /** Returns where the chunk's payload begins. Changes nothing unless the header is whole. */
  #readHeader(source: Uint8Array, start: number): number {
    const first = source[start]!;
    const format = first >> 6;
    let id = first & 0x3f;
    let at = start + 1;
    if (id < 2) {
      // Two and three byte forms; ids that a shorter form could carry are taken too (RTMP 1.0 §5.3.1.1).
      at += id + 1;
      if (at > source.length) return INCOMPLETE;
      id = 64 + source[start + 1]! + (id === 1 ? source[start + 2]! * 256 : 0);
    }
    const last = this.#lastStream;
    const stream = last !== undefined && last.id === id ? last : this.#findStream(id);
    if (format < 2) return this.#readFullHeader(source, at, format, id, stream);
    if (stream === undefined) {
      this.#fail(
        "CHUNK_UNKNOWN_PREVIOUS_HEADER",
        `format ${format} on chunk stream ${id}, which has no header to repeat`,
      );
    }
    return format === 2 ? this.#readDeltaHeader(source, at, stream) : this.#readBareHeader(source, at, stream);
  }

  /** Formats 0 and 1 (RTMP 1.0 §5.3.1.2.1, §5.3.1.2.2). */
  #readFullHeader(source: Uint8Array, at: number, format: number, id: number, known: ChunkStream | undefined): number {
    const end = messageHeaderEnd(source, at, format);
    if (end === INCOMPLETE) return INCOMPLETE;
    const timeField = readTimeField(source, at, end);
    const messageLength = readUint24(source, at + 3);
    const typeId = source[at + 6]!;
    if (messageLength > this.#maxMessageSize) {
      this.#fail("CHUNK_MESSAGE_TOO_LARGE", `a message of ${messageLength} bytes, allowed are ${this.#maxMessageSize}`);
    }
    // librtmp may open a chunk stream with format 1: the delta counts from 0 then, and the message stream, unknown, is 0.
    const stream = known ?? this.#openStream(id);
    const messageStreamId = format === 0 ? readUint32LittleEndian(source, at + 7) : stream.messageStreamId;
    const timestamp = format === 0 ? timeField : addTimestamp(stream.timestamp, timeField);
    if (stream.isInMessage) {
      // Only SHOULD the chunks behind the first use format 3: others may repeat the header, but not change it.
      const isSame =
        messageLength === stream.messageLength &&
        typeId === stream.typeId &&
        messageStreamId === stream.messageStreamId &&
        (format === 1 || timestamp === stream.timestamp);
      if (!isSame) this.#fail("CHUNK_HEADER_CHANGED", `a new header inside a message on chunk stream ${id}`);
    } else {
      stream.messageLength = messageLength;
      stream.typeId = typeId;
      stream.messageStreamId = messageStreamId;
      stream.beginMessage(timestamp);
    }
    stream.timeField = timeField;
    stream.isTimeFieldExtended = hasExtendedTimestamp(source, at);
    this.#beginChunk(stream);
    return end;
  }

  /** Format 2 (RTMP 1.0 §5.3.1.2.3). */
  #readDeltaHeader(source: Uint8Array, at: number, stream: ChunkStream): number {
    const end = messageHeaderEnd(source, at, 2);
    if (end === INCOMPLETE) return INCOMPLETE;
    stream.timeField = readTimeField(source, at, end);
    stream.isTimeFieldExtended = hasExtendedTimestamp(source, at);
    if (!stream.isInMessage) stream.beginMessage(addTimestamp(stream.timestamp, stream.timeField));
    this.#beginChunk(stream);
    return end;
  }

  /** Format 3 (RTMP 1.0 §5.3.1.2.4). */
  #readBareHeader(source: Uint8Array, at: number, stream: ChunkStream): number {
    const end = stream.isTimeFieldExtended ? skipRepeatedTimestamp(source, at, stream.timeField) : at;
    if (end === INCOMPLETE) return INCOMPLETE;
    // Behind format 0 the delta is that header's timestamp, as the specification says and as ffmpeg, librtmp, SRS and
    // GStreamer read and write it.
    if (!stream.isInMessage) stream.beginMessage(addTimestamp(stream.timestamp, stream.timeField));
    this.#beginChunk(stream);
    return end;
  }

  #findStream(id: number): ChunkStream | undefined {
    let stream = this.#newestStream;
    while (stream !== undefined && stream.id !== id) stream = stream.older;
    return stream;
  }

  #openStream(id: number): ChunkStream {
    if (this.#streamCount >= this.#maxChunkStreams) {
      this.#fail("CHUNK_TOO_MANY_STREAMS", `chunk stream ${id} is one more than the ${this.#maxChunkStreams} allowed`);
    }
    const stream = new ChunkStream(id, this.#memory, this.#newestStream);
    this.#newestStream = stream;
    this.#streamCount++;
    return stream;
  }

  #beginChunk(stream: ChunkStream): void {
    const size = Math.min(this.#chunkSize, stream.messageLength - stream.received);
    // Counted by the header, not by the bytes, so that the verdict does not depend on how they were cut.
    if (this.#bufferedBytes + size > this.#maxBufferedBytes) {
      this.#fail("CHUNK_TOO_MANY_BUFFERED_BYTES", `unfinished messages hold more than ${this.#maxBufferedBytes} bytes`);
    }
    this.#lastStream = stream;
    this.#current = stream;
    this.#chunkBytesLeft = size;
  }

  /** Returns where the next chunk begins, or the end of `source`. */
  #readPayload(source: Uint8Array, at: number, onMessage: (message: RtmpMessage) => void): number {
    const stream = this.#current!;
    const size = Math.min(this.#chunkBytesLeft, source.length - at);
    stream.append(source, at, size);
    this.#bufferedBytes += size;
    this.#chunkBytesLeft -= size;
    if (this.#chunkBytesLeft === 0) {
      this.#current = undefined;
      if (stream.received === stream.messageLength) {
        this.#bufferedBytes -= stream.messageLength;
        this.#finishMessage(stream, stream.takePayload(), onMessage);
      }
    }
    return at + size;
  }

  #finishMessage(stream: ChunkStream, payload: Uint8Array, onMessage: (message: RtmpMessage) => void): void {
    const { typeId } = stream;
    if (typeId === MessageTypeId.SetChunkSize) this.#chunkSize = readChunkSize(payload, this.#chunkOffset);
    else if (typeId === MessageTypeId.Abort) this.#abort(readUint32Body(payload, this.#chunkOffset));
    onMessage({
      chunkStreamId: stream.id,
      messageStreamId: stream.messageStreamId,
      typeId,
      timestamp: stream.timestamp,
      payload,
    });
  }

  /** Forgets the partial message of a chunk stream, if there is one (RTMP 1.0 §5.4.2). Its header stays known. */
  #abort(chunkStreamId: number): void {
    const stream = this.#findStream(chunkStreamId);
    if (stream === undefined) return;
    this.#bufferedBytes -= stream.received;
    stream.endMessage();
  }

  #fail(code: ChunkErrorCode, detail: string): never {
    throw new ChunkError(code, this.#chunkOffset, detail);
  }
}

function limit(name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 1)
    throw new RangeError(`${name} must be a positive integer, got ${value}`);
  return value;
}
