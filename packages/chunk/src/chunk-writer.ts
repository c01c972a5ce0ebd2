// hot
import { checkMessage, chunkedSize, type ChunkFormat, writeChunks } from "./chunk-layout.ts";
import { checkChunkSize, encodeControlMessage, readUint32Body } from "./control.ts";
import { MessageTypeId, type RtmpMessage } from "./message.ts";
import { timestampDistance } from "./timestamp.ts";
import { MAX_UINT24 } from "./wire-integers.ts";

/** How a `ChunkWriter` begins. */
export interface ChunkWriterOptions {
  /** The chunk size that the peer already expects. Default 128, in force until a Set Chunk Size (RTMP 1.0 §5.4.1). */
  readonly chunkSize?: number;
}

/** What the last message on a chunk stream lets the next header leave out. */
interface SentHeader {
  messageStreamId: number;
  typeId: number;
  messageLength: number;
  timestamp: number;
  /** `undefined` behind format 0. */
  timestampDelta: number | undefined;
}

/**
 * Chunks the messages of one connection, leaving out of each header what the peer already knows (RTMP 1.0 §5.3.1.2).
 *
 * The bytes it returns must be sent in the order of the calls, whole, and nothing else on the same chunk streams.
 */
export class ChunkWriter {
  readonly #sent = new Map<number, SentHeader>();
  #chunkSize: number;

  /** Throws a `RangeError` for a chunk size that the wire cannot carry. */
  constructor(options: ChunkWriterOptions = {}) {
    this.#chunkSize = options.chunkSize ?? 128;
    checkChunkSize(this.#chunkSize);
  }

  /** The chunk size in bytes of the next message. */
  get chunkSize(): number {
    return this.#chunkSize;
  }

  /**
   * Returns the chunks of `message`, in new memory.
   *
   * A Set Chunk Size message takes effect for what is written after it. Throws a `RangeError` for a message that the
   * wire cannot carry; the writer then stays as it was.
   */
  write(message: RtmpMessage): Uint8Array {
    checkMessage(message);
    const announcedChunkSize = message.typeId === MessageTypeId.SetChunkSize ? announcedBy(message) : undefined;
    const sent = this.#sent.get(message.chunkStreamId);
    const delta = sent === undefined ? 0 : timestampDistance(sent.timestamp, message.timestamp);
    const format = chooseFormat(message, delta, sent);
    const timeField = format === 0 ? message.timestamp : delta;
    const bytes = new Uint8Array(chunkedSize(message, format, timeField, this.#chunkSize));
    writeChunks(bytes, 0, message, format, timeField, this.#chunkSize);
    this.#remember(message, sent, format === 0 ? undefined : delta);
    this.#chunkSize = announcedChunkSize ?? this.#chunkSize;
    return bytes;
  }

  /** Returns the Set Chunk Size message to send; everything written after it uses the new size. Throws a `RangeError`. */
  setChunkSize(chunkSize: number): Uint8Array {
    return this.write(encodeControlMessage({ kind: "set-chunk-size", chunkSize }));
  }

  #remember(message: RtmpMessage, sent: SentHeader | undefined, timestampDelta: number | undefined): void {
    const { messageStreamId, typeId, timestamp } = message;
    const messageLength = message.payload.length;
    if (sent === undefined) {
      this.#sent.set(message.chunkStreamId, { messageStreamId, typeId, messageLength, timestamp, timestampDelta });
      return;
    }
    sent.messageStreamId = messageStreamId;
    sent.typeId = typeId;
    sent.messageLength = messageLength;
    sent.timestamp = timestamp;
    sent.timestampDelta = timestampDelta;
  }
}

function chooseFormat(message: RtmpMessage, delta: number, sent: SentHeader | undefined): ChunkFormat {
  if (sent === undefined || sent.messageStreamId !== message.messageStreamId) return 0;
  // A delta cannot go back, and peers disagree whether an extended one is a delta.
  if (delta < 0 || delta >= MAX_UINT24) return 0;
  if (sent.messageLength !== message.payload.length || sent.typeId !== message.typeId) return 1;
  // Format 3 never opens the message behind format 0: peers disagree whether the delta is then 0 or the timestamp.
  return sent.timestampDelta === delta ? 3 : 2;
}

function announcedBy(message: RtmpMessage): number {
  if (message.payload.length < 4) throw new RangeError("the payload of Set Chunk Size must have 4 bytes");
  const chunkSize = readUint32Body(message.payload);
  checkChunkSize(chunkSize);
  return chunkSize;
}
