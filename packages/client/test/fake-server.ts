import { once } from "node:events";
import { createServer as createTcpServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { MessageTypeId, encodeMessage } from "@rtmp/chunk";
import type { FlvTag } from "@rtmp/flv-tags";
import { ServerSession, commandMessage } from "@rtmp/session";
import type { ServerSessionEvent } from "@rtmp/session";

const chunkSize = 60_000;
const typeIds = { audio: MessageTypeId.Audio, video: MessageTypeId.Video, script: MessageTypeId.DataAmf0 } as const;
const mediaChunkStreamIds = { audio: 4, script: 5, video: 6 } as const;
/** One that the session's own writer does not use. */
const extraChunkStreamId = 9;

/** The events that ask for a decision. */
export type Request = ServerSessionEvent & { readonly type: "connect" | "publish" | "play" };

export interface FakeServerOptions {
  readonly host?: string;
  /** With it the server speaks TLS. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Answers requests. Default: yes to all. */
  readonly decide?: (request: Request, peer: FakePeer) => void;
}

/** One client of the fake server, and what it did. */
export class FakePeer {
  readonly socket: Socket;
  readonly session: ServerSession;
  /** Type of every event, in order. */
  readonly log: string[] = [];
  readonly requests: Request[] = [];
  /** Of the socket. */
  readonly errors: Error[] = [];
  /** What a publisher sent. */
  readonly tags: FlvTag[] = [];
  /** The first megabyte of what the client sent, as Latin-1 text. */
  wire = "";
  bytesSent = 0;
  playStreamId = 0;
  readonly closed: Promise<unknown>;
  readonly #changed: (() => void)[] = [];

  constructor(socket: Socket, decide: (request: Request, peer: FakePeer) => void) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.once("close", resolve));
    this.session = new ServerSession({ now: () => 0, onEvent: (event) => this.#receive(event, decide) });
    socket.on("error", (error) => this.errors.push(error));
    socket.on("data", (bytes) => {
      if (this.wire.length < 1_000_000) this.wire += bytes.toString("latin1");
      this.session.push(bytes);
      this.flush();
      for (const check of [...this.#changed]) check();
    });
  }

  /** Resolves as soon as `condition` holds; it is looked at after every read. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (!condition()) return;
        const index = this.#changed.indexOf(check);
        if (index >= 0) this.#changed.splice(index, 1);
        resolve();
      };
      this.#changed.push(check);
      check();
    });
  }

  flush(): void {
    const bytes = this.session.takeOutput();
    if (bytes !== undefined) this.#write(bytes);
  }

  /** Sends tags to a client that plays. */
  send(...tags: readonly FlvTag[]): void {
    for (const { type, timestamp, payload } of tags) {
      const message = {
        chunkStreamId: mediaChunkStreamIds[type],
        messageStreamId: this.playStreamId,
        typeId: typeIds[type],
        timestamp,
        payload,
      };
      this.#write(encodeMessage(message, chunkSize));
    }
  }

  /** Sends a command that the session would not send by itself. */
  sendCommand(...values: Parameters<typeof commandMessage>): void {
    this.flush();
    this.#write(encodeMessage({ ...commandMessage(...values), chunkStreamId: extraChunkStreamId }, chunkSize));
  }

  unpublish(): void {
    this.session.notifyUnpublish(this.playStreamId);
    this.flush();
  }

  #write(bytes: Uint8Array): void {
    this.bytesSent += bytes.length;
    this.socket.write(bytes);
  }

  #receive(event: ServerSessionEvent, decide: (request: Request, peer: FakePeer) => void): void {
    this.log.push(event.type);
    switch (event.type) {
      case "connect":
      case "publish":
      case "play":
        if (event.type === "play") this.playStreamId = event.messageStreamId;
        this.requests.push(event);
        decide(event, this);
        return;
      case "media": {
        const { typeId, timestamp, payload } = event.message;
        this.tags.push({ type: typeId === MessageTypeId.Audio ? "audio" : "video", timestamp, payload });
        return;
      }
      case "data":
        this.tags.push({ type: "script", timestamp: event.timestamp, payload: event.body });
        return;
      default:
    }
  }
}

/** A server on the loopback that does what a test tells it to. */
export class FakeServer implements AsyncDisposable {
  readonly peers: FakePeer[] = [];
  readonly #server: Server;
  readonly #options: FakeServerOptions;
  readonly #waiting: ((peer: FakePeer) => void)[] = [];
  #seen = 0;

  private constructor(options: FakeServerOptions) {
    const { decide = ({ decision }: Request): void => decision.accept(), tls } = options;
    const accept = (socket: Socket): void => {
      const peer = new FakePeer(socket, decide);
      this.peers.push(peer);
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#seen += 1;
      next(peer);
    };
    this.#options = options;
    this.#server = tls === undefined ? createTcpServer(accept) : createTlsServer(tls, accept);
    this.#server.on("tlsClientError", () => undefined);
  }

  static async listen(options: FakeServerOptions = {}): Promise<FakeServer> {
    const server = new FakeServer(options);
    server.#server.listen(0, options.host ?? "127.0.0.1");
    await once(server.#server, "listening");
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The address of a stream on this server. */
  url(host = "127.0.0.1"): string {
    const protocol = this.#options.tls === undefined ? "rtmp" : "rtmps";
    return `${protocol}://${host}:${this.port}/live/stream0`;
  }

  /** The next client that has not been handed out yet. */
  nextPeer(): Promise<FakePeer> {
    const peer = this.peers[this.#seen];
    if (peer === undefined) return new Promise((resolve) => this.#waiting.push(resolve));
    this.#seen += 1;
    return Promise.resolve(peer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { socket } of this.peers) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Lets the event loop turn: what could have happened by now has happened. */
export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}
