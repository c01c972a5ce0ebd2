import {
  ChunkReader,
  ChunkWriter,
  MessageTypeId,
  encodeControlMessage,
  parseControlMessage,
  splitAggregate,
} from "@rtmp/chunk";
import type { ControlMessage, RtmpMessage, UserControlEvent } from "@rtmp/chunk";
import type { HandshakeProgress } from "@rtmp/handshake";
import { AckWindow } from "./ack-window.ts";
import { PeerLag } from "./peer-lag.ts";

/** What one connection may cost before it ends with a typed error. */
export interface LinkLimits {
  readonly maxMessageSize?: number;
  readonly maxChunkStreams?: number;
  readonly maxBufferedBytes?: number;
}

interface Handshake {
  push(bytes: Uint8Array): HandshakeProgress;
}

interface LinkOptions {
  readonly handshake: Handshake;
  readonly limits: LinkLimits;
  /** Every message that is neither protocol control nor user control. */
  readonly onMessage: (message: RtmpMessage) => void;
  readonly onHandshakeDone: (scheme: "simple" | "digest") => void;
  readonly onUserControl: (event: UserControlEvent) => void;
}

/** Acknowledge this often if the peer never says how often: some encoders wait for it all the same. */
const defaultPeerWindow = 2_500_000;

/**
 * What both ends of a connection do alike: handshake, chunks, acknowledgements, pings, and output in order.
 * Bytes go in with `push`, bytes come out of `takeOutput`; there is no socket and no clock.
 */
export class MessageLink {
  readonly peerLag: PeerLag = new PeerLag();
  readonly #onUserControl: (event: UserControlEvent) => void;
  readonly #onMediaOrCommand: (message: RtmpMessage) => void;
  readonly #reader: ChunkReader;
  readonly #writer = new ChunkWriter();
  readonly #ackWindow = new AckWindow(defaultPeerWindow);
  readonly #output: Uint8Array[] = [];
  readonly #onMessage: (message: RtmpMessage) => void;
  /** Let go when it is done: it is of no use then, and there are many connections. */
  #handshake: Pick<LinkOptions, "handshake" | "onHandshakeDone"> | undefined;
  #sentWindowSize = 0;
  #bytesReceived = 0;

  constructor(options: LinkOptions) {
    const { handshake, onHandshakeDone } = options;
    this.#handshake = { handshake, onHandshakeDone };
    this.#onMediaOrCommand = options.onMessage;
    this.#onUserControl = options.onUserControl;
    this.#reader = new ChunkReader(options.limits);
    this.#onMessage = (message) => this.#receive(message);
  }

  /** All bytes ever pushed, the handshake included. */
  get bytesReceived(): number {
    return this.#bytesReceived;
  }

  get handshakeDone(): boolean {
    return this.#handshake === undefined;
  }

  /** Takes bytes as the socket gave them. Throws the typed error of the layer that was broken, and again ever after. */
  push(bytes: Uint8Array): void {
    this.#bytesReceived += bytes.length;
    const sequenceNumber = this.#ackWindow.receive(bytes.length);
    let chunks = bytes;
    if (this.#handshake !== undefined) {
      const { handshake, onHandshakeDone } = this.#handshake;
      const progress = handshake.push(bytes);
      if (progress.reply !== undefined) this.#output.push(progress.reply);
      if (!progress.done) return;
      this.#handshake = undefined;
      onHandshakeDone(progress.scheme);
      chunks = progress.rest;
    }
    if (sequenceNumber !== undefined) this.sendControl({ kind: "acknowledgement", sequenceNumber });
    this.#reader.push(chunks, this.#onMessage);
  }

  /** Queues a message. Its payload is copied. */
  send(message: RtmpMessage): void {
    this.#output.push(this.#writer.write(message));
  }

  /** Queues bytes that are on the wire as they are: the handshake, or media encoded elsewhere. */
  sendBytes(bytes: Uint8Array): void {
    this.#output.push(bytes);
  }

  sendControl(control: ControlMessage): void {
    if (control.kind === "window-acknowledgement-size") this.#sentWindowSize = control.windowSize;
    this.send(encodeControlMessage(control));
  }

  /** Announces the chunk size that everything written after it has. */
  setChunkSize(chunkSize: number): void {
    this.#output.push(this.#writer.setChunkSize(chunkSize));
  }

  /** The bytes to write since the last call, in order; `undefined` if there are none. */
  takeOutput(): Uint8Array | undefined {
    const parts = this.#output;
    if (parts.length <= 1) return parts.pop();
    const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    parts.length = 0;
    return whole;
  }

  #receive(message: RtmpMessage): void {
    if (message.typeId === MessageTypeId.Video || message.typeId === MessageTypeId.Audio)
      this.#onMediaOrCommand(message);
    else if (message.typeId === MessageTypeId.Aggregate) splitAggregate(message, this.#onMediaOrCommand);
    else {
      const control = parseControlMessage(message);
      if (control === undefined) this.#onMediaOrCommand(message);
      else this.#receiveControl(control);
    }
  }

  #receiveControl(control: ControlMessage): void {
    switch (control.kind) {
      case "set-chunk-size":
      case "abort":
        return; // the chunk reader has obeyed
      case "acknowledgement":
        this.peerLag.acknowledge(control.sequenceNumber);
        return;
      case "window-acknowledgement-size":
        this.#ackWindow.setWindowSize(control.windowSize);
        return;
      case "set-peer-bandwidth":
        // The answer is our window, if the peer does not have it yet (RTMP 1.0 §5.4.5).
        if (control.windowSize > 0 && control.windowSize !== this.#sentWindowSize) {
          this.sendControl({ kind: "window-acknowledgement-size", windowSize: control.windowSize });
        }
        return;
      case "user-control":
        if (control.event.type === "ping-request") {
          this.sendControl({
            kind: "user-control",
            event: { type: "ping-response", timestamp: control.event.timestamp },
          });
        } else this.#onUserControl(control.event);
    }
  }
}
