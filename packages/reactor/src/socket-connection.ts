import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { CoalescingConnection, type ConnectionEnvironment } from "./coalescing-connection.ts";

/** A connection over a socket that was accepted. */
export class SocketConnection extends CoalescingConnection {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localPort: number;
  readonly #socket: Socket;

  constructor(id: number, socket: Socket, remoteAddress: string, environment: ConnectionEnvironment) {
    super(id, environment);
    this.remoteAddress = remoteAddress;
    this.remotePort = socket.remotePort ?? 0;
    this.localPort = socket.localPort ?? 0;
    this.#socket = socket;
    socket.on("error", (error) => this.onTransportError(error));
    socket.on("close", () => this.onTransportClose());
    socket.on("drain", () => this.onTransportDrain());
  }

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
    this.#socket.on("data", (bytes) => this.onData(bytes));
    if (this.#socket.readableEnded) this.onPeerEnd();
    else this.#socket.on("end", () => this.onPeerEnd());
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
