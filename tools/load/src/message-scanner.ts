// hot
import { MessageTypeId } from "@rtmp/chunk";
import type { RtmpMessage } from "@rtmp/chunk";
import { STAMP_SIZE } from "./stamp.ts";

const INITIAL_CHUNK_SIZE = 128;
const MAX_KEPT_SIZE = 4 * 1024 * 1024;
const EXTENDED = 0xffffff;
const INCOMPLETE = -1;
/** Message header sizes by format (RTMP 1.0 §5.3.1.2). */
const headerSizes: readonly number[] = [11, 7, 3, 0];

/** Who hears of the messages. */
export interface ScanListener {
  /**
   * An audio or video message of `size` bytes has passed; its first two bytes are `first` and `second` (0 if it is shorter). Its
   * last 16 bytes end before `end` of `bytes`, which are good until the listener returns; `end` is -1 if they lie apart.
   */
  onMedia(typeId: number, size: number, first: number, second: number, bytes: Uint8Array, end: number): void;
  /** Any other message, whole. */
  onOther(message: RtmpMessage): void;
}

/** What is known of one chunk stream. */
class ScannedStream {
  readonly id: number;
  messageStreamId = 0;
  typeId = 0;
  size = 0;
  received = 0;
  timeField = 0;
  first = 0;
  second = 0;
  /** Of a message that is neither audio nor video. */
  kept: Uint8Array | undefined;

  constructor(id: number) {
    this.id = id;
  }
}

/**
 * Follows chunks (RTMP 1.0 §5.3) without taking media out of them: thousands of viewers need to know that a message has come, how
 * long it is and how it ends, not to have it. It believes the server; what is no chunk stream at all throws an `Error`.
 */
export class MessageScanner {
  readonly #listener: ScanListener;
  readonly #streams: ScannedStream[] = [];
  #current: ScannedStream | undefined;
  #chunkLeft = 0;
  #chunkSize = INITIAL_CHUNK_SIZE;
  /** The beginning of a header that the last piece cut. */
  #cut: Uint8Array | undefined;

  constructor(listener: ScanListener) {
    this.#listener = listener;
  }

  /** Takes bytes from behind the handshake on, in any pieces. Nothing of them is kept by reference. */
  scan(piece: Uint8Array): void {
    const bytes = this.#cut === undefined ? piece : joined(this.#cut, piece);
    this.#cut = undefined;
    let at = 0;
    while (at < bytes.length) {
      if (this.#current === undefined) {
        const payloadAt = this.#readHeader(bytes, at);
        if (payloadAt === INCOMPLETE) {
          this.#cut = bytes.slice(at);
          return;
        }
        at = payloadAt;
      }
      at = this.#passPayload(bytes, at, this.#current!);
    }
  }

  /** Returns where the payload begins, or `INCOMPLETE` with nothing changed. */
  #readHeader(bytes: Uint8Array, start: number): number {
    const first = bytes[start]!;
    const format = first >> 6;
    let id = first & 0x3f;
    let at = start + 1;
    if (id < 2) {
      at += id + 1;
      if (at > bytes.length) return INCOMPLETE;
      id = 64 + bytes[start + 1]! + (id === 1 ? bytes[start + 2]! * 256 : 0);
    }
    const headerEnd = at + headerSizes[format]!;
    if (headerEnd > bytes.length) return INCOMPLETE;
    const stream = this.#stream(id, format);
    const shortTime = format < 3 ? uint24(bytes, at) : Math.min(stream.timeField, EXTENDED);
    const isExtended = shortTime === EXTENDED;
    if (isExtended && headerEnd + 4 > bytes.length) return INCOMPLETE;
    const longTime = isExtended ? uint32(bytes, headerEnd) : shortTime;
    // Some leave it out of format 3; then what stands there is payload.
    const hasLongTime = isExtended && (format < 3 || longTime === stream.timeField);
    if (format < 3) stream.timeField = longTime;
    if (format < 2 && stream.received === 0) {
      stream.size = uint24(bytes, at + 3);
      stream.typeId = bytes[at + 6]!;
      if (format === 0) stream.messageStreamId = uint32LittleEndian(bytes, at + 7);
    }
    if (stream.received === 0) begin(stream);
    this.#current = stream;
    this.#chunkLeft = Math.min(this.#chunkSize, stream.size - stream.received);
    return hasLongTime ? headerEnd + 4 : headerEnd;
  }

  #stream(id: number, format: number): ScannedStream {
    for (const stream of this.#streams) if (stream.id === id) return stream;
    if (format > 1) throw new Error(`chunk stream ${id} begins with format ${format}`);
    const stream = new ScannedStream(id);
    this.#streams.push(stream);
    return stream;
  }

  /** Returns where the next chunk begins, or the end of `bytes`. */
  #passPayload(bytes: Uint8Array, at: number, stream: ScannedStream): number {
    const size = Math.min(this.#chunkLeft, bytes.length - at);
    const { received, kept } = stream;
    if (kept !== undefined) kept.set(bytes.subarray(at, at + size), received);
    else if (received < 2) {
      if (received === 0 && size > 0) stream.first = bytes[at]!;
      if (received + size > 1) stream.second = bytes[at + 1 - received]!;
    }
    stream.received += size;
    this.#chunkLeft -= size;
    const end = at + size;
    if (this.#chunkLeft === 0) {
      this.#current = undefined;
      if (stream.received === stream.size) this.#finish(stream, bytes, size >= STAMP_SIZE ? end : -1);
    }
    return end;
  }

  #finish(stream: ScannedStream, bytes: Uint8Array, end: number): void {
    const { kept, typeId, size, first, second } = stream;
    stream.received = 0;
    if (kept === undefined) {
      this.#listener.onMedia(typeId, size, first, second, bytes, end);
      return;
    }
    stream.kept = undefined;
    if (typeId === MessageTypeId.SetChunkSize) this.#chunkSize = Math.max(1, uint32(kept, 0) & 0x7fff_ffff);
    else if (typeId === MessageTypeId.Abort) this.#abort(uint32(kept, 0));
    const { id: chunkStreamId, messageStreamId } = stream;
    this.#listener.onOther({ chunkStreamId, messageStreamId, typeId, timestamp: stream.timeField, payload: kept });
  }

  #abort(chunkStreamId: number): void {
    const aborted = this.#streams.find(({ id }) => id === chunkStreamId);
    if (aborted !== undefined) aborted.received = 0;
  }
}

function begin(stream: ScannedStream): void {
  const { typeId, size } = stream;
  stream.first = 0;
  stream.second = 0;
  if (typeId === MessageTypeId.Audio || typeId === MessageTypeId.Video) return void (stream.kept = undefined);
  if (size > MAX_KEPT_SIZE) throw new Error(`a message of type ${typeId} with ${size} bytes`);
  stream.kept = new Uint8Array(size);
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const whole = new Uint8Array(head.length + tail.length);
  whole.set(head);
  whole.set(tail, head.length);
  return whole;
}

function uint24(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
}

function uint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | uint24(bytes, at + 1)) >>> 0;
}

function uint32LittleEndian(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}
