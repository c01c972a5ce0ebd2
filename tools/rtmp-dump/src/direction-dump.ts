import { ChunkReader, MessageTypeId, splitAggregate } from "@rtmp/chunk";
import type { RtmpMessage } from "@rtmp/chunk";
import { describeMessage, typeName } from "./describe-message.ts";

const HANDSHAKE_SIZE = 3073;
/** From so many bytes on, a handshake and a first chunk can be told apart. */
const FIRST_LOOK = 12;
const LONGEST_LINE = 400;
/** A capture is shown even where a server would have closed the connection. */
const limits = { maxMessageSize: 0xff_ffff, maxChunkStreams: 1024, maxBufferedBytes: 64 * 1024 * 1024 };

/** Shows one direction of a connection. It never throws: bytes that break the protocol are a line too, the last one. */
export class DirectionDump {
  readonly #onLine: (text: string) => void;
  readonly #reader = new ChunkReader(limits);
  #first: Uint8Array | undefined = new Uint8Array(0); // until it is known what they are
  #handshakeLeft = 0;
  #received = 0;
  #isBroken = false;

  constructor(onLine: (text: string) => void) {
    this.#onLine = onLine;
  }

  /** All bytes taken so far. */
  get received(): number {
    return this.#received;
  }

  /** Takes the next bytes, cut anywhere; the very first may be a handshake's or a chunk's. */
  push(bytes: Uint8Array): void {
    this.#received += bytes.length;
    let rest = bytes;
    if (this.#first !== undefined) {
      rest = new Uint8Array([...this.#first, ...bytes]);
      this.#first = rest.length < FIRST_LOOK ? rest : undefined;
      if (this.#first !== undefined) return;
      if (isHandshake(rest)) this.#beginHandshake(rest);
    }
    const skipped = Math.min(this.#handshakeLeft, rest.length);
    this.#handshakeLeft -= skipped;
    if (!this.#isBroken && skipped < rest.length) this.#read(rest.subarray(skipped));
  }

  /** Says what is missing at the end. */
  end(): void {
    const open = this.#reader.bufferedBytes;
    if (this.#handshakeLeft > 0) this.#onLine("ends inside the handshake");
    else if (open > 0 && !this.#isBroken) this.#onLine(`ends inside a message, ${open} bytes of it are there`);
  }

  #beginHandshake(bytes: Uint8Array): void {
    const time = new DataView(bytes.buffer).getUint32(1);
    this.#onLine(`handshake version=${String(bytes[0])} time=${time} program=${bytes.subarray(5, 9).join(".")}`);
    this.#handshakeLeft = HANDSHAKE_SIZE;
  }

  #read(bytes: Uint8Array): void {
    try {
      this.#reader.push(bytes, (message) => this.#show(message));
    } catch (error) {
      this.#isBroken = true;
      this.#onLine(`broken: ${error instanceof Error ? error.message : String(error)}; the rest is not shown`);
    }
  }

  #show(message: RtmpMessage): void {
    const { chunkStreamId, messageStreamId, typeId, timestamp, payload } = message;
    const header = `${typeName(typeId)} chunkStreamId=${chunkStreamId} messageStreamId=${messageStreamId}`;
    const line = `${header} timestamp=${timestamp} size=${payload.length} ${describeMessage(message)}`.trimEnd();
    this.#onLine(line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE - 1)}…` : line);
    if (typeId === MessageTypeId.Aggregate) splitAggregate(message, (part) => this.#show(part));
  }
}

/** A handshake begins with 3, as a chunk on chunk stream 3 does; but that would be a command on message stream 0. */
function isHandshake(bytes: Uint8Array): boolean {
  const isCommand = bytes[7] === MessageTypeId.CommandAmf0 || bytes[7] === MessageTypeId.CommandAmf3;
  return bytes[0] === 3 && !(isCommand && bytes.subarray(8, 12).every((byte) => byte === 0));
}
