import type { Clock } from "@rtmp/reactor";
import { FrameKind, decodeFrame, encodeFrame } from "../protocol/frame.ts";
import type { Frame } from "../protocol/frame.ts";
import { MAX_WORDS_BYTES } from "../protocol/limits.ts";
import { PROTOCOL_VERSION, decodeWords, encodeAcknowledgement, encodeWords } from "../protocol/words.ts";
import type { Hello, OutputState, Refusal, RefusalCode, Welcome } from "../protocol/words.ts";
import type { BridgeLog } from "./bridge-log.ts";
import type { FrameConnection, FrameReceiver } from "./frame-connection.ts";
import type { PhoneStream } from "./phone-stream.ts";
import { readHello } from "./read-hello.ts";
import { readReport } from "./read-report.ts";
import type { StreamFeed } from "./stream-source.ts";

/** What a sender's connection needs of the bridge. */
export interface SenderOptions {
  readonly connection: FrameConnection;
  readonly clock: Clock;
  readonly log: BridgeLog;
  readonly limits: SenderLimits;
  /** The stream that a token opens. */
  readonly streamFor: (token: string) => PhoneStream | undefined;
  /** The sender has said a good Hello. */
  readonly onAdmitted: () => void;
  /** The connection is over. */
  readonly onEnd: () => void;
}

/** What senders are held to. */
export interface SenderLimits {
  readonly maxFrameBytes: number;
  readonly helloTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly acknowledgeEveryMs: number;
  readonly graceMs: number;
}

/** A sender that does not take its acknowledgements is not there any more. */
const MOST_UNSENT_BYTES = 1024 * 1024;

/** One sender's connection: its Hello, its frames, its acknowledgements (docs/bridge-protocol.md). */
export class Sender implements FrameReceiver {
  readonly #options: SenderOptions;
  #feed: StreamFeed | undefined;
  #isEnded = false;
  #lastHeardMs: number;
  #receivedBytes = 0; // when it was last looked at
  #cancelTimer: () => void;

  constructor(options: SenderOptions) {
    const { clock, limits } = options;
    this.#options = options;
    this.#lastHeardMs = clock.now();
    this.#cancelTimer = clock.schedule(limits.helloTimeoutMs, () =>
      this.end("BRIDGE_NO_HELLO", "no Hello came in time"),
    );
  }

  receive(bytes: Uint8Array): void {
    if (this.#isEnded) return;
    const { limits } = this.#options;
    const most = this.#feed === undefined ? MAX_WORDS_BYTES : limits.maxFrameBytes;
    if (bytes.length > most) {
      this.end("BRIDGE_FRAME_TOO_LARGE", `a frame of ${bytes.length} bytes, where ${most} are the most`);
      return;
    }
    const frame = decodeFrame(bytes);
    if (frame === undefined) {
      this.end("BRIDGE_BAD_FRAME", "not a frame");
      return;
    }
    if (this.#feed === undefined) this.#open(frame);
    else this.#take(frame, this.#feed);
  }

  fail(code: "BRIDGE_BAD_FRAME" | "BRIDGE_FRAME_TOO_LARGE", detail: string): void {
    this.end(code, detail);
  }

  closed(): void {
    this.#finish();
  }

  /** Says why, and closes the connection. Twice is fine. */
  end(code: RefusalCode, detail: string): void {
    if (this.#isEnded) return;
    const { connection, log } = this.#options;
    const refusal: Refusal = { code, detail };
    this.#sendWords(FrameKind.Refusal, refusal);
    log.info({ code, detail, remoteAddress: connection.remoteAddress }, "a sender's connection is closed");
    this.#finish();
    connection.close(code);
  }

  #finish(why: "lost" | "ended" = "lost"): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#cancelTimer();
    this.#feed?.detach(why);
    this.#options.onEnd();
  }

  #open(frame: Frame): void {
    if (frame.kind !== FrameKind.Hello) {
      this.end("BRIDGE_NO_HELLO", "the first frame is not Hello");
      return;
    }
    const words = decodeWords(frame.payload);
    if (words === undefined) {
      this.end("BRIDGE_BAD_FRAME", "a Hello that is no JSON object");
      return;
    }
    if (words.version !== PROTOCOL_VERSION) {
      this.end("BRIDGE_UNSUPPORTED_VERSION", `this bridge speaks version ${PROTOCOL_VERSION}`);
      return;
    }
    const hello = readHello(words);
    if (hello === undefined) {
      this.end("BRIDGE_BAD_FRAME", "a Hello without token, session or clock");
      return;
    }
    const stream = this.#options.streamFor(hello.token);
    if (stream === undefined) {
      this.end("BRIDGE_BAD_TOKEN", "no stream has this token");
      return;
    }
    this.#admit(hello, stream);
  }

  #admit(hello: Hello, stream: PhoneStream): void {
    const { limits, onAdmitted } = this.#options;
    const { acknowledgeEveryMs, graceMs, maxFrameBytes } = limits;
    this.#cancelTimer();
    onAdmitted();
    const welcome: Welcome = {
      version: PROTOCOL_VERSION,
      stream: stream.name,
      acknowledgeEveryMs,
      graceMs,
      maxFrameBytes,
    };
    this.#sendWords(FrameKind.Welcome, welcome);
    this.#feed = stream.attach({
      device: hello.device,
      session: hello.session,
      clock: hello.clock,
      requestKeyFrame: () => this.#send(encodeFrame({ kind: FrameKind.KeyFrameRequest })),
      onOutput: (state) => this.#sendWords(FrameKind.Output, state),
      end: (code, detail) => this.end(code, detail),
    });
    this.#scheduleAcknowledgement();
  }

  #take(frame: Frame, feed: StreamFeed): void {
    if (frame.kind === FrameKind.Goodbye) {
      this.#finish("ended");
      this.#options.connection.close("goodbye");
      return;
    }
    if (frame.kind === FrameKind.Report) {
      const words = frame.payload.length > MAX_WORDS_BYTES ? undefined : decodeWords(frame.payload);
      if (words === undefined) this.end("BRIDGE_BAD_FRAME", "a Report that is no short JSON object");
      else feed.report(readReport(words));
      return;
    }
    try {
      feed.push(frame);
    } catch (error) {
      this.end("BRIDGE_BAD_MEDIA", error instanceof Error ? error.message : String(error));
    }
  }

  #scheduleAcknowledgement(): void {
    const { clock, limits } = this.#options;
    this.#cancelTimer = clock.schedule(limits.acknowledgeEveryMs, () => {
      this.#acknowledge();
      if (!this.#isEnded) this.#scheduleAcknowledgement();
    });
  }

  #acknowledge(): void {
    const { clock, limits, connection } = this.#options;
    const feed = this.#feed;
    if (feed === undefined) return;
    const now = clock.now();
    // A large picture on a thin network may take longer than anybody may be silent.
    if (connection.receivedBytes !== this.#receivedBytes) this.#lastHeardMs = now;
    this.#receivedBytes = connection.receivedBytes;
    if (now - this.#lastHeardMs > limits.idleTimeoutMs) {
      this.end("BRIDGE_IDLE", `nothing came for ${limits.idleTimeoutMs} ms`);
      return;
    }
    if (connection.unsentBytes > MOST_UNSENT_BYTES) {
      this.end("BRIDGE_IDLE", "acknowledgements are not taken");
      return;
    }
    const payload = encodeAcknowledgement({
      frameCount: feed.takenFrames() >>> 0,
      heldMs: Math.min(Math.round(now - feed.newestTakenAtMs()), 0xffff_ffff),
      unsentBytes: feed.unsentBytes(),
    });
    this.#send(encodeFrame({ kind: FrameKind.Acknowledgement, payload }));
  }

  #sendWords(kind: FrameKind, words: Welcome | OutputState | Refusal): void {
    this.#send(encodeFrame({ kind, payload: encodeWords(words) }));
  }

  #send(frame: Uint8Array): void {
    if (!this.#isEnded) this.#options.connection.send(frame);
  }
}
