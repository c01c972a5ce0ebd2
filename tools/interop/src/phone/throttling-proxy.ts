import { createServer, connect } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";

/** How often the allowance is given out. */
const tickMs = 20;

/** One connection's way to the target. What is not taken from `near` waits in the buffers behind it. */
interface Way {
  readonly near: Socket;
  readonly far: Socket;
  /** Read, and not sent yet. */
  rest: Buffer;
}

/** A TCP proxy on loopback whose way to the target has a width that can be changed, and that can be cut. */
export class ThrottlingProxy implements AsyncDisposable {
  /** Bits a second that all connections together may send to the target. */
  bitsPerSecond: number = Infinity;
  readonly #targetPort: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #ways = new Set<Way>();
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
    const way: Way = { near, far, rest: Buffer.alloc(0) };
    this.#ways.add(way);
    for (const [socket, peer] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        this.#sockets.delete(socket);
        this.#ways.delete(way);
        peer.destroy();
      });
    }
    near.on("readable", () => undefined); // it is read in turns
    near.on("end", () => far.end());
    far.on("data", (bytes: Buffer) => void near.write(bytes));
    if (this.#isDown) far.pause();
  }

  #tick(): void {
    if (this.#isDown) return;
    const perTick = (this.bitsPerSecond / 8) * (tickMs / 1000);
    this.#allowance = Math.min(this.#allowance + perTick, Math.max(perTick, 4096));
    for (const way of this.#ways) {
      if (way.rest.length === 0) way.rest = (way.near.read() as Buffer | null) ?? way.rest;
      const size = Math.min(way.rest.length, Math.floor(this.#allowance));
      if (size === 0) continue;
      this.#allowance -= size;
      way.far.write(way.rest.subarray(0, size));
      way.rest = way.rest.subarray(size);
    }
  }
}
