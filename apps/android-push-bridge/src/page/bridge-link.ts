import { decodeFrame, encodeFrame, FrameKind } from "../protocol/frame.ts";
import {
  decodeAcknowledgement,
  decodeWords,
  encodeWords,
  PROTOCOL_VERSION,
  type Acknowledgement,
  type OutputState,
  type Refusal,
  type Report,
} from "../protocol/words.ts";
import { Backoff } from "./backoff.ts";
import { readOutputState, readRefusal, readWelcome, type WelcomeLimits } from "./bridge-words.ts";
import type { LinkCondition } from "./worker-messages.ts";

/** Who is spoken to, and as whom. */
export interface BridgeLinkOptions {
  readonly url: string;
  readonly token: string;
  readonly session: string;
  readonly device: string;
}

/** What the link tells its owner. */
export interface BridgeLinkListener {
  onCondition(condition: LinkCondition): void;
  /** The bridge takes media from now on; configs first. */
  onWelcome(limits: WelcomeLimits): void;
  onAcknowledgement(acknowledgement: Acknowledgement): void;
  onKeyFrameRequest(): void;
  onOutput(output: OutputState): void;
  /** The bridge does not want this sender any more; the link is closed and stays so. */
  onRefusal(refusal: Refusal): void;
}

/** Acknowledgements come four times a second: a socket that is silent for this long is dead, whatever it says. */
const SILENCE_MS = 5000;
/** After these the same sender is welcome again in a while. */
const passing = new Set(["BRIDGE_IDLE", "BRIDGE_CLOSING", "BRIDGE_TOO_MANY_CONNECTIONS"]);

/** A sender's connection to the bridge, which comes back by itself until it is closed or refused. */
export class BridgeLink {
  readonly #options: BridgeLinkOptions;
  readonly #listener: BridgeLinkListener;
  readonly #backoff = new Backoff(Math.random);
  #socket: WebSocket | undefined;
  #isWelcome = false;
  #isClosed = false;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #silenceTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: BridgeLinkOptions, listener: BridgeLinkListener) {
    this.#options = options;
    this.#listener = listener;
    this.#connect();
  }

  /** Whether media may be sent. */
  get isWelcome(): boolean {
    return this.#isWelcome;
  }

  /** What the socket has not passed on, in bytes. */
  get unsentBytes(): number {
    return this.#socket?.bufferedAmount ?? 0;
  }

  /** Sends a frame; it is lost if there is no connection. */
  send(frame: Uint8Array<ArrayBuffer>): void {
    if (this.#isWelcome) this.#socket?.send(frame);
  }

  /** Sends what the sender tells about itself. */
  report(report: Report): void {
    this.send(encodeFrame({ kind: FrameKind.Report, payload: encodeWords(report) }));
  }

  /** The phone has a network again: what waits for the next attempt need not. */
  online(): void {
    if (this.#isClosed || this.#socket !== undefined) return;
    clearTimeout(this.#retryTimer);
    this.#connect();
  }

  /** Says goodbye and closes. Twice is fine. */
  close(): void {
    if (this.#isClosed) return;
    this.send(encodeFrame({ kind: FrameKind.Goodbye }));
    this.#end();
  }

  #end(): void {
    this.#isClosed = true;
    clearTimeout(this.#retryTimer);
    this.#drop();
    this.#listener.onCondition("idle");
  }

  #connect(): void {
    this.#listener.onCondition("connecting");
    const socket = new WebSocket(this.#options.url);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    this.#expectWords();
    socket.addEventListener("open", () => {
      const { token, session, device } = this.#options;
      const hello = encodeWords({ version: PROTOCOL_VERSION, token, session, clock: "common", device });
      socket.send(encodeFrame({ kind: FrameKind.Hello, payload: hello }));
    });
    socket.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
      if (this.#socket === socket && data instanceof ArrayBuffer) this.#receive(new Uint8Array(data));
    });
    socket.addEventListener("close", () => {
      if (this.#socket === socket) this.#lost();
    });
  }

  #receive(bytes: Uint8Array): void {
    this.#expectWords();
    const frame = decodeFrame(bytes);
    if (frame === undefined) return;
    if (frame.kind === FrameKind.KeyFrameRequest) return this.#listener.onKeyFrameRequest();
    if (frame.kind === FrameKind.Acknowledgement) {
      const acknowledgement = decodeAcknowledgement(frame.payload);
      if (acknowledgement !== undefined) this.#listener.onAcknowledgement(acknowledgement);
      return;
    }
    const words = decodeWords(frame.payload);
    if (words === undefined) return;
    if (frame.kind === FrameKind.Welcome) this.#welcomed(readWelcome(words));
    if (frame.kind === FrameKind.Refusal) this.#refused(readRefusal(words));
    if (frame.kind === FrameKind.Output) this.#listener.onOutput(readOutputState(words));
  }

  #welcomed(limits: WelcomeLimits): void {
    this.#backoff.reset();
    this.#isWelcome = true;
    this.#listener.onWelcome(limits);
    this.#listener.onCondition("connected");
  }

  #refused(refusal: Refusal): void {
    if (passing.has(refusal.code)) return this.#lost();
    this.#end();
    this.#listener.onRefusal(refusal);
  }

  #lost(): void {
    this.#drop();
    this.#listener.onCondition("waiting");
    this.#retryTimer = setTimeout(() => this.#connect(), this.#backoff.next());
  }

  /** Forgets the socket, so that nothing it still says is heard. */
  #drop(): void {
    clearTimeout(this.#silenceTimer);
    const socket = this.#socket;
    this.#socket = undefined;
    this.#isWelcome = false;
    socket?.close();
  }

  #expectWords(): void {
    clearTimeout(this.#silenceTimer);
    this.#silenceTimer = setTimeout(() => this.#lost(), SILENCE_MS);
  }
}
