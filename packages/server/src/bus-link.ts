import { decode, encode } from "@rtmp/amf0";
import { ChunkReader, MessageTypeId, encodeControlMessage, encodeMessage } from "@rtmp/chunk";
import type { RtmpMessage } from "@rtmp/chunk";
import type { CloseReason, Connection } from "@rtmp/reactor";
import { ChunkStreamId } from "@rtmp/session";

/** What one loop says to another about one stream, beside its messages. */
export type BusCommand =
  /** To the loop that publishes: send me `streamPath` under this number. */
  | { readonly name: "play"; readonly streamPath: string }
  /** From the loop that is about to publish `streamPath`: I send it under this number. `tenure` is the directory's. */
  | { readonly name: "offer"; readonly streamPath: string; readonly tenure: number }
  /** To the loop that publishes: no more of it. */
  | { readonly name: "closeStream" }
  /** A publisher has come. */
  | { readonly name: "published" }
  /** There is a publisher, and what a viewer gets who joins follows, up to `joined`. */
  | { readonly name: "joining"; readonly headerCount: number; readonly defaultTrackId: number }
  | { readonly name: "joined" }
  /** The publisher has left; another may come. */
  | { readonly name: "unpublished" }
  /** The stream goes on, but from another loop. */
  | { readonly name: "moved" }
  /** Of the whole link: every stream of mine has ended, and nothing follows. */
  | { readonly name: "over" };

/** What a link tells. `relayId` is the number that a stream has on the link, given by who asked for it or offered it. */
export interface BusLinkEvents {
  command(link: BusLink, relayId: number, command: BusCommand): void;
  media(link: BusLink, message: RtmpMessage): void;
  /** All that has come at once has been told. */
  read(link: BusLink): void;
  /** There is room again after `isCongested`. */
  drain(link: BusLink): void;
  closed(link: BusLink): void;
}

/** What a link needs to know. */
export interface BusLinkOptions {
  readonly chunkSize: number;
  /** With more than this unsent, a stream that is asked for has to wait with what it has kept. */
  readonly congestedAboveBytes: number;
  /** Told when a link that stands is given up. */
  readonly onError: (error: unknown) => void;
}

/** Why links end in the course of things: loops are replaced, die, and close. */
const ordinaryReasons: ReadonlySet<string> = new Set([
  "closed-by-peer",
  "connection-reset",
  "socket-error",
] satisfies CloseReason[]);

/** The longest message there can be (RTMP 1.0 §5.3.1.2.1): what clients may send has been seen to already. */
const maxMessageSize = 0xff_ffff;

/**
 * The bus between two loops: RTMP chunks over one connection, in both directions, so that a stream's messages go to
 * another loop in the very bytes that viewers get. Commands travel between them on the command chunk stream.
 */
export class BusLink {
  /** The loop at the other end; 0 is the first process. */
  readonly loop: number;
  readonly #connection: Connection;
  readonly #options: BusLinkOptions;
  readonly #events: BusLinkEvents;
  readonly #reader: ChunkReader;
  #isClosed = false;

  constructor(loop: number, connection: Connection, options: BusLinkOptions, events: BusLinkEvents) {
    this.loop = loop;
    this.#connection = connection;
    this.#options = options;
    this.#events = events;
    this.#reader = new ChunkReader({ maxMessageSize });
  }

  /** Begins to read, and says in which pieces it writes. */
  open(): void {
    const report = (message: RtmpMessage): void => this.#receive(message);
    this.#connection.open({
      data: (bytes) => {
        this.#reader.push(bytes, report);
        this.#events.read(this);
      },
      drain: () => this.#events.drain(this),
      close: (reason) => {
        this.#isClosed = true;
        if (!ordinaryReasons.has(reason)) this.#options.onError(new Error(`to loop ${this.loop}: ${reason}`));
        this.#events.closed(this);
      },
    });
    const { chunkSize } = this.#options;
    this.#connection.send(encodeMessage(encodeControlMessage({ kind: "set-chunk-size", chunkSize }), 128));
  }

  get isOpen(): boolean {
    return !this.#isClosed && !this.#connection.closed;
  }

  /** Bytes that the other loop has not taken. */
  get unsentBytes(): number {
    return this.#connection.unsentBytes;
  }

  /** Whether the other loop is so far behind that it should not be given more than it must. */
  get isCongested(): boolean {
    return this.#connection.unsentBytes > this.#options.congestedAboveBytes;
  }

  command(relayId: number, command: BusCommand): void {
    this.send(this.#message(relayId, MessageTypeId.CommandAmf0, ChunkStreamId.Command, encode({ ...command })));
  }

  /** A data message that no viewer gets. */
  data(relayId: number, body: Uint8Array): void {
    this.send(this.#message(relayId, MessageTypeId.DataAmf0, ChunkStreamId.Data, body));
  }

  /** Queues bytes that are whole chunks of the announced size. */
  send(bytes: Uint8Array): void {
    this.#connection.send(bytes);
  }

  /** Gives the link up; it is made anew. */
  destroy(reason: string): void {
    this.#connection.destroy(reason);
  }

  #message(messageStreamId: number, typeId: number, chunkStreamId: number, payload: Uint8Array): Uint8Array {
    return encodeMessage({ chunkStreamId, messageStreamId, typeId, timestamp: 0, payload }, this.#options.chunkSize);
  }

  #receive(message: RtmpMessage): void {
    switch (message.typeId) {
      case MessageTypeId.SetChunkSize:
        return;
      case MessageTypeId.CommandAmf0: {
        // The other end is this program: what it says has the shape that it was given.
        const command = decode(message.payload) as unknown as BusCommand;
        this.#events.command(this, message.messageStreamId, command);
        return;
      }
      default:
        this.#events.media(this, message);
    }
  }
}
