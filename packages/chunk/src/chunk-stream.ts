// hot
import type { PayloadMemory } from "./payload-memory.ts";

/** What a message may reserve before its bytes have come. */
const FIRST_RESERVE = 512;
const NO_BYTES = new Uint8Array(0);

/** The reading side of one chunk stream: the last header it carried and the message being put together. */
export class ChunkStream {
  readonly id: number;
  /** The chunk stream of the same connection that was opened before this one. */
  readonly older: ChunkStream | undefined;
  messageStreamId = 0;
  typeId = 0;
  messageLength = 0;
  /** Of the message in flight, or else of the last one. */
  timestamp = 0;
  /** The last timestamp or delta of a format 0, 1 or 2 header: what a format 3 chunk repeats (RTMP 1.0 §5.3.1.2.4). */
  timeField = 0;
  /** Whether `timeField` came as an extended timestamp, which format 3 chunks then repeat (RTMP 1.0 §5.3.1.3). */
  isTimeFieldExtended = false;
  /** Whether a message has begun and is not whole yet. */
  isInMessage = false;
  /** Payload bytes of the message in flight that have come. */
  received = 0;
  readonly #memory: PayloadMemory;
  #payload: Uint8Array = NO_BYTES;

  constructor(id: number, memory: PayloadMemory, older: ChunkStream | undefined) {
    this.id = id;
    this.older = older;
    this.#memory = memory;
  }

  beginMessage(timestamp: number): void {
    this.timestamp = timestamp;
    this.isInMessage = true;
  }

  /** Copies `size` bytes of `source` behind what has come. The caller never passes more than the message lacks. */
  append(source: Uint8Array, at: number, size: number): void {
    const needed = this.received + size;
    if (needed > this.#payload.length) this.#reserve(needed);
    if (size < 32) for (let i = 0; i < size; i++) this.#payload[this.received + i] = source[at + i]!;
    else this.#payload.set(source.subarray(at, at + size), this.received);
    this.received = needed;
  }

  /** Ends the message and hands its payload over. */
  takePayload(): Uint8Array {
    const payload = this.#payload;
    this.endMessage();
    return payload;
  }

  /** Ends the message; whatever came of its payload is forgotten. */
  endMessage(): void {
    this.isInMessage = false;
    this.received = 0;
    this.#payload = NO_BYTES;
  }

  // The length is a claim: memory follows the bytes that came, twofold at most, and ends at exactly the claim.
  #reserve(needed: number): void {
    const wanted = Math.max(needed, this.#payload.length * 2, FIRST_RESERVE);
    const grown = this.#memory.allocate(Math.min(this.messageLength, wanted), this.typeId);
    if (this.received > 0) grown.set(this.#payload.subarray(0, this.received));
    this.#payload = grown;
  }
}
