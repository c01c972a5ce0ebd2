// hot
import { connect } from "node:net";
import type { Socket } from "node:net";
import { MessageTypeId } from "@rtmp/chunk";
import type { RtmpMessage } from "@rtmp/chunk";
import { ClientSession } from "@rtmp/session";
import type { ClientSessionEvent, RtmpUrl } from "@rtmp/session";
import { isSequenceHeader } from "./media-loop.ts";
import { monotonicUs } from "./monotonic-clock.ts";
import { MIN_STAMPED_SIZE, readStampTime } from "./stamp.ts";
import type { Viewer, ViewerListener } from "./viewer.ts";
import type { ViewerMeter } from "./viewer-meter.ts";

const BUFFER_LENGTH_MS = 1000;
/** One for all: what a socket has read is used up before the next one reads. */
const readBuffer = Buffer.allocUnsafe(256 * 1024);

/** A viewer that costs as little as can be: it counts what comes, and looks at the time of its stamp. */
export class LightViewer implements Viewer {
  readonly stream: number;
  readonly meter: ViewerMeter;
  readonly #session: ClientSession;
  readonly #socket: Socket;
  readonly #listener: ViewerListener;
  #nowUs = 0;
  #isOver = false;

  /** Begins to connect at once. */
  constructor(url: RtmpUrl, stream: number, meter: ViewerMeter, listener: ViewerListener) {
    this.stream = stream;
    this.meter = meter;
    this.#listener = listener;
    this.#session = new ClientSession({ onEvent: (event) => this.#receive(event) });
    this.#socket = connect({
      host: url.host,
      port: url.port,
      noDelay: true,
      onread: {
        buffer: readBuffer,
        callback: (size) => {
          this.#read(size);
          return true;
        },
      },
    });
    this.#socket.on("error", (error) => this.#lose(error));
    this.#socket.on("close", () => this.#lose(new Error("the server closed the connection")));
    this.#session.start();
    this.#play(url);
    this.#flush();
  }

  close(): void {
    this.#isOver = true;
    this.#socket.resetAndDestroy(); // leaves no port behind that must wait
  }

  #play({ app, tcUrl, streamKey }: RtmpUrl): void {
    const session = this.#session;
    session.connect({ app, tcUrl, flashVer: "LNX 9,0,124,2" }, (reply) => {
      if (reply.isError) return this.#refuse(reply.status.code);
      session.createStream((messageStreamId) => {
        if (messageStreamId === undefined) return this.#refuse("createStream");
        session.play(messageStreamId, streamKey);
        session.setBufferLength(messageStreamId, BUFFER_LENGTH_MS);
      });
    });
  }

  #read(size: number): void {
    if (this.#isOver) return;
    this.#nowUs = monotonicUs();
    try {
      this.#session.push(readBuffer.subarray(0, size));
    } catch (error) {
      this.#lose(error);
      this.#socket.destroy();
      return;
    }
    this.#flush();
  }

  #flush(): void {
    const output = this.#session.takeOutput();
    if (output !== undefined) this.#socket.write(output);
  }

  #receive(event: ClientSessionEvent): void {
    if (event.type === "media") this.#count(event.message);
    else if (event.type === "status") {
      const { code, level } = event.status;
      if (code === "NetStream.Play.Start") this.#listener.onPlaying();
      else if (level === "error") this.#refuse(code);
    }
  }

  #count({ typeId, payload }: RtmpMessage): void {
    const isVideo = typeId === MessageTypeId.Video;
    if (isSequenceHeader(isVideo ? "video" : "audio", payload)) return;
    const isTimed = isVideo && payload.length >= MIN_STAMPED_SIZE;
    this.meter.receive(payload.length, isTimed ? readStampTime(payload, payload.length) : 0, this.#nowUs);
  }

  #refuse(word: string): void {
    this.#lose(new Error(`the server refused: ${word}`));
    this.#socket.destroy();
  }

  #lose(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#listener.onLost(error);
  }
}
