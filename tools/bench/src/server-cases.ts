import type { Connection, ConnectionHandler } from "@rtmp/reactor";
import { createRtmpServer } from "@rtmp/server";
import type { RtmpServer } from "@rtmp/server";
import { greeting, wireForm } from "./fanout/greeting.ts";
import type { BenchCase } from "./measure.ts";
import { smallMessages } from "./media.ts";

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
  #handler: ConnectionHandler | undefined;

  open(handler: ConnectionHandler): void {
    this.#handler = handler;
  }

  send(bytes: Uint8Array): boolean {
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
    const messages = smallMessages(67); // the last is a picture, with which all sound before it leaves
    const stage = new Stage(viewerCount);
    const wire = messages.map(wireForm);
    const byteCount = wire.reduce((size, bytes) => size + bytes.length, 0) * viewerCount;
    return {
      name: `one publisher, ${viewerCount} viewer${viewerCount === 1 ? "" : "s"}, 370 bytes each`,
      byteCount,
      messageCount: messages.length * viewerCount,
      contenders: [{ name: "@rtmp/server, a delivered message", run: () => stage.relay(wire) }],
      verify(result) {
        if (result !== byteCount) throw new Error(`delivers ${String(result)} bytes of ${byteCount}`);
      },
      close: () => stage.close(),
    };
  });
}

class Stage {
  readonly #server: RtmpServer = createRtmpServer();
  readonly #publisher: CountingConnection;
  readonly #viewers: readonly CountingConnection[];

  constructor(viewerCount: number) {
    this.#publisher = this.#connect("publish");
    this.#viewers = Array.from({ length: viewerCount }, () => this.#connect("play"));
  }

  /** Sends what the publisher says and returns how many bytes the viewers got. */
  relay(wire: readonly Uint8Array[]): number {
    const before = this.#bytesWritten();
    for (const bytes of wire) this.#publisher.receive(bytes);
    return this.#bytesWritten() - before;
  }

  close(): void {
    for (const connection of [this.#publisher, ...this.#viewers]) connection.destroy("measured");
    void this.#server.close();
  }

  #bytesWritten(): number {
    return this.#viewers.reduce((sum, { bytesWritten }) => sum + bytesWritten, 0);
  }

  #connect(commandName: "publish" | "play"): CountingConnection {
    const connection = new CountingConnection();
    this.#server.serve(connection);
    connection.receive(greeting(commandName, "s"));
    return connection;
  }
}
