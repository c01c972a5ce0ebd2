import { once } from "node:events";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { smallMessages } from "../media.ts";
import { greeting, wireForm } from "./greeting.ts";

const SECONDS = 600;

/** Publishes a stream of 206 kbit/s, 68 messages a second, each at its time. */
export class LivePublisher {
  readonly #socket: Socket;
  readonly #messages = smallMessages(68 * SECONDS);
  readonly #startedAt = performance.now();
  #position = 0;
  #timer: NodeJS.Timeout | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.resume();
    socket.on("error", () => undefined); // the server ends first
    this.#sendDue();
  }

  static async start(port: number, streamKey: string): Promise<LivePublisher> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    socket.write(greeting("publish", streamKey));
    return new LivePublisher(socket);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#socket.destroy();
  }

  #sendDue(): void {
    const now = performance.now() - this.#startedAt;
    for (;;) {
      const message = this.#messages[this.#position];
      if (message === undefined) return;
      if (message.timestamp > now) {
        this.#timer = setTimeout(() => this.#sendDue(), message.timestamp - now);
        return;
      }
      this.#socket.write(wireForm(message));
      this.#position++;
    }
  }
}
