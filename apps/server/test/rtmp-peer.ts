import { once } from "node:events";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { MessageTypeId } from "@rtmp/chunk";
import { ClientSession } from "@rtmp/session";
import type { ClientSessionEvent } from "@rtmp/session";
import { hex } from "@rtmp/testkit";

/** A client over a real socket: publishes or plays one stream and remembers what the server says. */
export class RtmpPeer implements Disposable {
  /** Status codes of the stream, in order. */
  readonly codes: string[] = [];
  readonly #socket: Socket;
  readonly #session: ClientSession;
  #messageStreamId = 0;
  #onChange: (() => void)[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#session = new ClientSession({ onEvent: (event) => this.#onEvent(event) });
    socket.on("data", (bytes) => {
      this.#session.push(bytes);
      this.#flush();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.codes.push("closed");
      this.#changed();
    });
  }

  /** Connects and sends `command` for a stream key, which may end with a query. */
  static async open(port: number, app: string, command: "publish" | "play", streamKey: string): Promise<RtmpPeer> {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    const peer = new RtmpPeer(socket);
    const session = peer.#session;
    session.start();
    session.connect({ app, tcUrl: `rtmp://127.0.0.1:${port}/${app}` }, () => {
      session.createStream((messageStreamId = 0) => {
        peer.#messageStreamId = messageStreamId;
        session[command](messageStreamId, streamKey);
      });
    });
    peer.#flush();
    return peer;
  }

  /** Resolves when the server has said `code`; "closed" when it has closed the connection. */
  async hears(code: string): Promise<void> {
    while (!this.codes.includes(code)) {
      await new Promise<void>((resolve) => this.#onChange.push(resolve));
    }
  }

  /** Sends one key frame of AVC. */
  sendKeyFrame(timestamp: number): void {
    this.#session.sendMedia(this.#messageStreamId, MessageTypeId.Video, timestamp, hex("1701000000 0000000165"));
    this.#flush();
  }

  /** Sends one AAC frame of 44.1 kHz stereo with an ADTS header. */
  sendAdts(timestamp: number): void {
    const payload = hex("af01 fff15080015ffc 210049");
    this.#session.sendMedia(this.#messageStreamId, MessageTypeId.Audio, timestamp, payload);
    this.#flush();
  }

  /** Sends bytes that are no RTMP. */
  sendRaw(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  end(): void {
    this.#socket.end();
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #onEvent(event: ClientSessionEvent): void {
    if (event.type === "status") this.codes.push(event.status.code);
    if (event.type === "media") this.codes.push("media");
    this.#changed();
  }

  #changed(): void {
    const waiting = this.#onChange;
    this.#onChange = [];
    for (const resolve of waiting) resolve();
  }

  #flush(): void {
    const output = this.#session.takeOutput();
    if (output !== undefined) this.#socket.write(output);
  }
}
