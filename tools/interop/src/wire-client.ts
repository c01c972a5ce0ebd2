import { connect } from "node:net";
import type { Socket } from "node:net";
import { MessageTypeId } from "@rtmp/chunk";
import type { FlvTag } from "@rtmp/flv-tags";
import { ClientSession, parseRtmpUrl } from "@rtmp/session";
import type { ClientSessionEvent, RtmpUrl } from "@rtmp/session";

const typeIds = {
  audio: MessageTypeId.Audio,
  video: MessageTypeId.Video,
  script: MessageTypeId.DataAmf0,
} as const;

/**
 * A client of our own, for what no real client does: stay when the publisher leaves, or send timestamps of one's
 * choice. It records what it hears.
 */
export class WireClient implements Disposable {
  /** Every status code, in order. */
  readonly codes: string[] = [];
  /** Every audio and video message, in order. */
  readonly tags: FlvTag[] = [];
  readonly #url: RtmpUrl;
  readonly #socket: Socket;
  readonly #session: ClientSession;
  #messageStreamId = 0;
  #failure: Error | undefined;
  readonly #listeners = new Set<() => void>();

  private constructor(url: string) {
    this.#url = parseRtmpUrl(url);
    this.#session = new ClientSession({ onEvent: (event) => this.#onEvent(event) });
    this.#socket = connect(this.#url.port, this.#url.host);
    this.#socket.on("data", (bytes) => this.#run(() => this.#session.push(bytes)));
    this.#socket.on("error", (error) => this.#fail(error));
    this.#socket.on("close", () => this.#fail(new Error(`the server closed the connection: ${this.codes.join(", ")}`)));
    this.#run(() => this.#session.start());
  }

  /** Resolves when the server has said that the stream at `url` is being played. */
  static async play(url: string): Promise<WireClient> {
    const client = new WireClient(url);
    client.#open((messageStreamId) => client.#session.play(messageStreamId, client.#url.streamKey));
    await client.until(() => client.codes.includes("NetStream.Play.Start"));
    return client;
  }

  /** Resolves when the server has let us publish at `url`. */
  static async publish(url: string): Promise<WireClient> {
    const client = new WireClient(url);
    client.#open((messageStreamId) => client.#session.publish(messageStreamId, client.#url.streamKey));
    await client.until(() => client.codes.includes("NetStream.Publish.Start"));
    return client;
  }

  /** Resolves as soon as `isTrue` holds after something came in; rejects when the connection ends before. */
  until(isTrue: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (isTrue()) resolve();
        else if (this.#failure === undefined) return;
        else reject(this.#failure);
        this.#listeners.delete(look);
      };
      this.#listeners.add(look);
      look();
    });
  }

  /** Publishes one tag. */
  send({ type, timestamp, payload }: FlvTag): void {
    this.#run(() => this.#session.sendMedia(this.#messageStreamId, typeIds[type], timestamp, payload));
  }

  /** Leaves when everything sent has gone out. */
  leave(): void {
    this.#socket.end();
  }

  /** The same as `leave`. */
  [Symbol.dispose](): void {
    this.leave();
  }

  #open(ask: (messageStreamId: number) => void): void {
    const { app, tcUrl } = this.#url;
    this.#run(() => {
      this.#session.connect({ app, tcUrl }, () => {
        this.#session.createStream((messageStreamId) => {
          if (messageStreamId === undefined) return this.#fail(new Error("createStream was refused"));
          this.#messageStreamId = messageStreamId;
          ask(messageStreamId);
        });
      });
    });
  }

  #onEvent(event: ClientSessionEvent): void {
    if (event.type === "status") this.codes.push(event.status.code);
    if (event.type !== "media") return;
    const { typeId, timestamp, payload } = event.message;
    this.tags.push({ type: typeId === MessageTypeId.Audio ? "audio" : "video", timestamp, payload });
  }

  #run(step: () => void): void {
    try {
      step();
      const output = this.#session.takeOutput();
      if (output !== undefined) this.#socket.write(output);
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
      this.#socket.destroy();
    }
    for (const listener of [...this.#listeners]) listener();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const listener of [...this.#listeners]) listener();
  }
}
