import { createConnection } from "node:net";
import type { Socket } from "node:net";
import { ClientSession } from "@rtmp/session";

/** A client over a real socket that resolves when it has heard a status code or seen the end. */
export class SocketClient {
  readonly socket: Socket;
  readonly session: ClientSession;
  readonly codes: string[] = [];
  /** The last byte of every audio and video message. */
  readonly frames: number[] = [];
  #waiting: (() => void)[] = [];
  closed = false;

  constructor(port: number) {
    this.session = new ClientSession({
      onEvent: (event) => {
        if (event.type === "status") this.codes.push(event.status.code);
        if (event.type === "media") this.frames.push(event.message.payload.at(-1) ?? -1);
      },
    });
    this.socket = createConnection({ port, host: "127.0.0.1" });
    this.socket.on("data", (bytes) => {
      this.session.push(bytes);
      this.flush();
      this.#wake();
    });
    this.socket.on("error", () => undefined);
    this.socket.on("close", () => {
      this.closed = true;
      this.#wake();
    });
    this.session.start();
    this.flush();
  }

  flush(): void {
    const output = this.session.takeOutput();
    if (output !== undefined) this.socket.write(output);
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Connects, creates a stream and asks for `what`. */
  begin(what: "publish" | "play", streamKey: string): void {
    this.session.connect({ app: "live", tcUrl: "rtmp://127.0.0.1/live" }, () => undefined);
    this.session.createStream((id) => {
      this.session[what](id ?? 0, streamKey);
      this.flush();
    });
    this.flush();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
