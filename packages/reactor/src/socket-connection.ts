import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { CoalescingConnection, type ConnectionEnvironment } from "./coalescing-connection.ts";

/** A socket's connection lies on the socket, so that all sockets share their listeners instead of having five each. */
const connectionOf = Symbol("connection");

interface ServedSocket extends Socket {
  [connectionOf]?: SocketConnection;
}

/** A connection over a socket that was accepted. */
export class SocketConnection extends CoalescingConnection {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly #socket: ServedSocket;

  constructor(id: number, socket: Socket, remoteAddress: string, environment: ConnectionEnvironment) {
    super(id, environment);
    this.remoteAddress = remoteAddress;
    this.remotePort = socket.remotePort ?? 0;
    this.#socket = socket;
    this.#socket[connectionOf] = this;
    socket.on("error", SocketConnection.#onError);
    socket.on("close", SocketConnection.#onClose);
    socket.on("drain", SocketConnection.#onDrain);
  }

  /** Asked for when it is wanted: nearly nobody does, and each answer is kept by Node. */
  get localPort(): number {
    return this.#socket.localPort ?? 0;
  }

  static readonly #onError = function (this: ServedSocket, error: Error): void {
    this[connectionOf]?.onTransportError(error);
  };

  static readonly #onClose = function (this: ServedSocket): void {
    this[connectionOf]?.onTransportClose();
  };

  static readonly #onDrain = function (this: ServedSocket): void {
    this[connectionOf]?.onTransportDrain();
  };

  static readonly #onData = function (this: ServedSocket, bytes: Buffer): void {
    this[connectionOf]?.onData(bytes);
  };

  static readonly #onEnd = function (this: ServedSocket): void {
    this[connectionOf]?.onPeerEnd();
  };

  protected get transportUnsentBytes(): number {
    return this.#socket.writableLength;
  }

  protected write(bytes: Uint8Array): boolean {
    return this.#socket.write(bytes);
  }

  protected writeEach(blocks: readonly Uint8Array[]): boolean {
    const socket = this.#socket;
    socket.cork();
    for (const block of blocks) socket.write(block);
    socket.uncork();
    return !socket.writableNeedDrain;
  }

  protected startReading(): void {
    this.#socket.on("data", SocketConnection.#onData);
    if (this.#socket.readableEnded) this.onPeerEnd();
    else this.#socket.on("end", SocketConnection.#onEnd);
  }

  protected pauseReading(): void {
    this.#socket.pause();
  }

  protected resumeReading(): void {
    this.#socket.resume();
  }

  protected finish(): void {
    this.#socket.end();
    this.#socket.resume();
  }

  protected drop(isLossy: boolean): void {
    const socket = this.#socket;
    // A reset frees at once what the kernel keeps for a peer that does not read, some MB; without it that stays for minutes.
    if (isLossy && !socket.destroyed && !(socket instanceof TLSSocket)) socket.resetAndDestroy();
    else socket.destroy();
  }
}
