import { encode } from "@rtmp/amf0";
import { encodeMessage, MessageTypeId } from "@rtmp/chunk";
import type { FlvTag } from "@rtmp/flv-tags";
import type { Connection, ConnectionHandler } from "@rtmp/reactor";
import { createRtmpServer } from "@rtmp/server";
import type { RtmpServer } from "@rtmp/server";
import { concat, hex } from "@rtmp/testkit";
import type { BenchCase } from "./measure.ts";
import { smallMessages } from "./media.ts";

const CHUNK_SIZE = 65_536;
const HANDSHAKE = concat(hex("03"), new Uint8Array(3072));

let nextId = 1;

/** A peer without a socket: what the server sends is counted and forgotten. */
class CountingConnection implements Connection {
  readonly id: number = nextId++;
  readonly remoteAddress: string = "127.0.0.1";
  readonly remotePort: number = 50_000;
  readonly localPort: number = 1935;
  readonly unsentBytes: number = 0;
  bytesRead = 0;
  bytesWritten = 0;
  closed = false;
  sends = 0;
  #handler: ConnectionHandler | undefined;

  open(handler: ConnectionHandler): void {
    this.#handler = handler;
  }

  send(bytes: Uint8Array): boolean {
    this.sends++;
    this.bytesWritten += bytes.length;
    return true;
  }

  /** The peer sends. */
  receive(bytes: Uint8Array): void {
    this.bytesRead += bytes.length;
    this.#handler?.data(bytes);
  }

  pause(): void {
    // nothing is read that is not given
  }

  resume(): void {
    // nor here
  }

  end(reason: string): void {
    this.destroy(reason);
  }

  destroy(reason: string): void {
    if (this.closed) return;
    this.closed = true;
    this.#handler?.close(reason);
  }
}

/** A publisher's messages through the whole server to its viewers, without the cost of sockets. */
export function serverCases(): BenchCase[] {
  return [1, 100, 1000].map((viewerCount) => {
    const messages = smallMessages(68);
    const stage = new Stage(viewerCount);
    const wire = messages.map(wireForm);
    const byteCount = messages.reduce((size, { payload }) => size + payload.length, 0) * viewerCount;
    return {
      name: `one publisher, ${viewerCount} viewer${viewerCount === 1 ? "" : "s"}, 370 bytes each`,
      byteCount,
      messageCount: messages.length * viewerCount,
      contenders: [{ name: "@rtmp/server, a delivered message", run: () => stage.relay(wire) }],
      verify(result) {
        const expected = messages.length * viewerCount;
        if (result !== expected) throw new Error(`delivers ${String(result)} messages of ${expected}`);
      },
      close: () => stage.close(),
    };
  });
}

function wireForm({ type, timestamp, payload }: FlvTag): Uint8Array {
  const typeId = type === "audio" ? MessageTypeId.Audio : MessageTypeId.Video;
  const chunkStreamId = type === "audio" ? 4 : 6;
  return encodeMessage({ chunkStreamId, messageStreamId: 1, typeId, timestamp, payload }, CHUNK_SIZE);
}

class Stage {
  readonly #server: RtmpServer = createRtmpServer();
  readonly #publisher: CountingConnection;
  readonly #viewers: readonly CountingConnection[];

  constructor(viewerCount: number) {
    this.#publisher = this.#connect("publish");
    this.#viewers = Array.from({ length: viewerCount }, () => this.#connect("play"));
  }

  /** Sends what the publisher says and returns how many messages the viewers got. */
  relay(wire: readonly Uint8Array[]): number {
    const before = this.#sends();
    for (const bytes of wire) this.#publisher.receive(bytes);
    return this.#sends() - before;
  }

  close(): void {
    for (const connection of [this.#publisher, ...this.#viewers]) connection.destroy("measured");
    void this.#server.close();
  }

  #sends(): number {
    return this.#viewers.reduce((sum, { sends }) => sum + sends, 0);
  }

  #connect(commandName: "publish" | "play"): CountingConnection {
    const connection = new CountingConnection();
    this.#server.serve(connection);
    const command = (messageStreamId: number, payload: Uint8Array): Uint8Array =>
      encodeMessage(
        { chunkStreamId: 3, messageStreamId, typeId: MessageTypeId.CommandAmf0, timestamp: 0, payload },
        CHUNK_SIZE,
      );
    connection.receive(HANDSHAKE);
    connection.receive(hex("02 000000 000004 01 00000000 00010000"));
    connection.receive(command(0, encode("connect", 1, { app: "live", tcUrl: "rtmp://127.0.0.1/live" })));
    connection.receive(command(0, encode("createStream", 2, null)));
    connection.receive(command(1, encode(commandName, 3, null, "s", "live")));
    return connection;
  }
}
