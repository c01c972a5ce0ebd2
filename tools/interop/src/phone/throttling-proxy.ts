import { createServer, connect } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";

/** How often the allowance is given out. */
const tickMs = 20;

/** A TCP proxy on loopback whose way to the target has a width that can be changed, and that can be cut. */
export class ThrottlingProxy implements AsyncDisposable {
  /** Bits a second that all connections together may send to the target. */
  bitsPerSecond: number = Infinity;
  readonly #targetPort: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #waiting: { readonly bytes: Buffer; readonly to: Socket; readonly from: Socket }[] = [];
  readonly #timer: NodeJS.Timeout;
  #allowance = 0;
  #isDown = false;

  constructor(targetPort: number) {
    this.#targetPort = targetPort;
    this.#server = createServer((socket) => this.#accept(socket));
    this.#timer = setInterval(() => this.#tick(), tickMs);
  }

  /** Listens and says on which port. */
  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  /** Cuts every connection; new ones are taken. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** While it is down nothing moves on connections that are there, and new ones get no answer. */
  setDown(isDown: boolean): void {
    this.#isDown = isDown;
    for (const socket of this.#sockets)
      if (isDown) socket.pause();
      else socket.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.cut();
    await closed;
  }

  #accept(near: Socket): void {
    const far = connect(this.#targetPort, "127.0.0.1");
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      this.#sockets.add(socket);
      socket.on("error", () => undefined);
      if (this.#isDown) socket.pause();
    }
    this.#join(near, far);
    far.on("data", (bytes: Buffer) => void near.write(bytes));
    near.on("data", (bytes: Buffer) => {
      near.pause(); // until these have had their turn: what follows waits in the sender's buffers
      this.#waiting.push({ bytes, to: far, from: near });
    });
  }

  #join(near: Socket, far: Socket): void {
    for (const [socket, peer] of [
      [near, far],
      [far, near],
    ] as const) {
      socket.on("close", () => {
        this.#sockets.delete(socket);
        peer.destroy();
      });
    }
  }

  #tick(): void {
    if (this.#isDown) return;
    const perTick = (this.bitsPerSecond / 8) * (tickMs / 1000);
    this.#allowance = Math.min(this.#allowance + perTick, Math.max(perTick, 4096));
    while (this.#allowance > 0) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      const size = Math.min(next.bytes.length, Math.ceil(this.#allowance));
      this.#allowance -= size;
      next.to.write(next.bytes.subarray(0, size));
      if (size < next.bytes.length) this.#waiting.unshift({ ...next, bytes: next.bytes.subarray(size) });
      else if (!this.#isDown) next.from.resume();
    }
  }
}
