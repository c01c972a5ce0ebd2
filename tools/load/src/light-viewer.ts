// hot
import { connect } from "node:net";
import type { Socket } from "node:net";
import { encodeControlMessage, encodeMessage, MessageTypeId, parseControlMessage, splitAggregate } from "@rtmp/chunk";
import type { ControlMessage, RtmpMessage } from "@rtmp/chunk";
import { AckWindow, ClientSession } from "@rtmp/session";
import type { ClientSessionEvent, RtmpUrl } from "@rtmp/session";
import { isSequenceHeader } from "./media-loop.ts";
import { MessageScanner } from "./message-scanner.ts";
import type { ScanListener } from "./message-scanner.ts";
import { monotonicUs } from "./monotonic-clock.ts";
import { MIN_STAMPED_SIZE, readStampTime } from "./stamp.ts";
import type { Viewer, ViewerListener } from "./viewer.ts";
import type { ViewerMeter } from "./viewer-meter.ts";

const BUFFER_LENGTH_MS = 1000;
/** S0, S1 and S2 (RTMP 1.0 §5.2). */
const HANDSHAKE_SIZE = 3073;
/** As in `ClientSession`: acknowledge this often if the server does not say how often. */
const USUAL_WINDOW = 2_500_000;
const CONTROL_CHUNK_SIZE = 128;
/** One for all: what a socket has read is used up before the next one reads. */
const readBuffer = new Uint8Array(256 * 1024);
/** The two bytes that tell what a message is. */
const head = new Uint8Array(2);

/**
 * A viewer that costs as little as can be. It comes in as a `ClientSession`; once it plays, the session goes, and a
 * `MessageScanner` counts what comes and looks at the time of its stamps.
 */
export class LightViewer implements Viewer, ScanListener {
  readonly stream: number;
  readonly meter: ViewerMeter;
  readonly #scanner: MessageScanner = new MessageScanner(this);
  readonly #acks = new AckWindow(USUAL_WINDOW);
  readonly #socket: Socket;
  readonly #listener: ViewerListener;
  /** Until it plays. */
  #session: ClientSession | undefined;
  #handshakeLeft = HANDSHAKE_SIZE;
  #nowUs = 0;
  #isPlaying = false;
  #isOver = false;

  /** Begins to connect at once. */
  constructor(url: RtmpUrl, stream: number, meter: ViewerMeter, listener: ViewerListener) {
    this.stream = stream;
    this.meter = meter;
    this.#listener = listener;
    const onread = { buffer: readBuffer, callback: (size: number): true => this.#read(size) };
    this.#socket = connect({ host: url.host, port: url.port, noDelay: true, onread });
    this.#socket.on("error", (error) => this.#lose(error));
    this.#socket.on("close", () => this.#lose(new Error("the server closed the connection")));
    this.#session = new ClientSession({ onEvent: (event) => this.#receive(event) });
    this.#session.start();
    play(this.#session, url, (word) => this.#refuse(word));
    this.#flush(this.#session);
  }

  close(): void {
    this.#isOver = true;
    this.#socket.resetAndDestroy(); // leaves no port behind that must wait
  }

  onMedia(typeId: number, size: number, first: number, second: number, bytes: Uint8Array, end: number): void {
    head[0] = first;
    head[1] = second;
    const isVideo = typeId === MessageTypeId.Video;
    if (isSequenceHeader(isVideo ? "video" : "audio", head)) return;
    const isTimed = isVideo && size >= MIN_STAMPED_SIZE && end >= 0;
    this.meter.receive(size, isTimed ? readStampTime(bytes, end) : 0, this.#nowUs);
  }

  onOther(message: RtmpMessage): void {
    if (message.typeId === MessageTypeId.Aggregate) {
      splitAggregate(message, ({ typeId, payload }) => {
        this.onMedia(typeId, payload.length, payload[0] ?? 0, payload[1] ?? 0, payload, payload.length);
      });
      return;
    }
    const control = parseControlMessage(message);
    if (control?.kind === "window-acknowledgement-size") this.#acks.setWindowSize(control.windowSize);
    else if (control?.kind === "user-control" && control.event.type === "ping-request" && this.#session === undefined) {
      this.#sendControl({ kind: "user-control", event: { type: "ping-response", timestamp: control.event.timestamp } });
    }
  }

  #read(size: number): true {
    if (this.#isOver) return true;
    this.#nowUs = monotonicUs();
    const bytes = readBuffer.subarray(0, size);
    const sequenceNumber = this.#acks.receive(size);
    try {
      if (this.#session !== undefined) this.#comeIn(this.#session, bytes);
      else if (sequenceNumber !== undefined) this.#sendControl({ kind: "acknowledgement", sequenceNumber });
      if (this.#handshakeLeft === 0) this.#scanner.scan(bytes);
      else this.#scanBehindHandshake(bytes);
    } catch (error) {
      this.#lose(error);
      this.#socket.destroy();
    }
    return true;
  }

  #scanBehindHandshake(bytes: Uint8Array): void {
    const skipped = Math.min(this.#handshakeLeft, bytes.length);
    this.#handshakeLeft -= skipped;
    this.#scanner.scan(bytes.subarray(skipped));
  }

  #comeIn(session: ClientSession, bytes: Uint8Array): void {
    session.push(bytes);
    this.#flush(session);
    if (this.#isPlaying) this.#session = undefined;
  }

  #flush(session: ClientSession): void {
    const output = session.takeOutput();
    if (output !== undefined) this.#socket.write(output);
  }

  /** In a form that does not lean on what the session wrote before. */
  #sendControl(control: ControlMessage): void {
    this.#socket.write(encodeMessage(encodeControlMessage(control), CONTROL_CHUNK_SIZE));
  }

  #receive(event: ClientSessionEvent): void {
    if (event.type !== "status" || this.#isPlaying) return;
    const { code, level } = event.status;
    if (code === "NetStream.Play.Start") {
      this.#isPlaying = true;
      this.#listener.onPlaying();
    } else if (level === "error") this.#refuse(code);
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

function play(session: ClientSession, { app, tcUrl, streamKey }: RtmpUrl, refuse: (word: string) => void): void {
  session.connect({ app, tcUrl, flashVer: "LNX 9,0,124,2" }, (reply) => {
    if (reply.isError) return refuse(reply.status.code);
    session.createStream((messageStreamId) => {
      if (messageStreamId === undefined) return refuse("createStream");
      session.play(messageStreamId, streamKey);
      session.setBufferLength(messageStreamId, BUFFER_LENGTH_MS);
    });
  });
}
