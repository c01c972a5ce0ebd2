import { createHash, timingSafeEqual } from "node:crypto";
import { systemClock } from "@rtmp/reactor";
import type { Clock } from "@rtmp/reactor";
import { ACKNOWLEDGE_EVERY_MS, MAX_FRAME_BYTES } from "../protocol/limits.ts";
import type { BridgeLog } from "./bridge-log.ts";
import type { FrameConnection, FrameReceiver } from "./frame-connection.ts";
import { PhoneStream } from "./phone-stream.ts";
import type { Publish } from "./rtmp-output.ts";
import { Sender } from "./sender.ts";
import type { SenderLimits } from "./sender.ts";
import type { StreamStats } from "./stream-figures.ts";
import { streamName } from "./stream-name.ts";
import type { StreamFeed, StreamSource } from "./stream-source.ts";

/** One stream that a phone can feed. */
export interface BridgeStream {
  /** Whoever knows it may feed the stream. */
  readonly token: string;
  /** An `rtmp:` or `rtmps:` URL. */
  readonly target: string;
}

/** What a bridge is made with. */
export interface BridgeOptions {
  readonly streams: readonly BridgeStream[];
  readonly log: BridgeLog;
  /** How long a stream outlives a lost phone. Default 30 000 ms. */
  readonly graceMs?: number;
  /** Longest frame of a sender. Default 4 MiB. */
  readonly maxFrameBytes?: number;
  readonly clock?: Clock;
  readonly publish?: Publish;
}

/** Figures of a bridge. */
export interface BridgeStats {
  readonly connections: number;
  readonly streams: readonly StreamStats[];
}

/** How long a stream outlives a lost phone, in milliseconds, unless it is said. */
export const DEFAULT_GRACE_MS = 30_000;
const helloTimeoutMs = 5000;
const idleTimeoutMs = 15_000;

/** Turns what phones send into RTMP streams. It opens no port: carriers bring connections, sources attach themselves. */
export class Bridge {
  readonly #streams: readonly { readonly digest: Uint8Array; readonly stream: PhoneStream }[];
  readonly #senders = new Set<Sender>();
  readonly #clock: Clock;
  readonly #log: BridgeLog;
  readonly #limits: SenderLimits;
  #closing: Promise<void> | undefined;

  /** Throws a `TypeError` for a target that is no RTMP URL with a stream key. */
  constructor(options: BridgeOptions) {
    const { graceMs = DEFAULT_GRACE_MS, maxFrameBytes = MAX_FRAME_BYTES, clock = systemClock, log, publish } = options;
    this.#clock = clock;
    this.#log = log;
    this.#limits = { maxFrameBytes, graceMs, helloTimeoutMs, idleTimeoutMs, acknowledgeEveryMs: ACKNOWLEDGE_EVERY_MS };
    this.#streams = options.streams.map(({ token, target }) => {
      const name = streamName(target);
      const stream = new PhoneStream({
        target,
        name,
        graceMs,
        clock,
        log,
        ...(publish === undefined ? {} : { publish }),
      });
      return { digest: digestOf(token), stream };
    });
  }

  /** Makes the receiver of a new connection. `onAdmitted` is called when it has said a good Hello. */
  accept(connection: FrameConnection, onAdmitted: () => void = () => undefined): FrameReceiver {
    const sender = new Sender({
      connection,
      clock: this.#clock,
      log: this.#log,
      limits: this.#limits,
      streamFor: (token) => this.#streamFor(token),
      onAdmitted,
      onEnd: () => this.#senders.delete(sender),
    });
    this.#senders.add(sender);
    if (this.#closing !== undefined) sender.end("BRIDGE_CLOSING", "the bridge is stopping");
    return sender;
  }

  /** Attaches a source that needs no connection. Throws a `RangeError` if no stream has this token. */
  attach(token: string, source: StreamSource): StreamFeed {
    const stream = this.#streamFor(token);
    if (stream === undefined) throw new RangeError("no stream has this token");
    return stream.attach(source);
  }

  /** Figures of this moment. */
  stats(): BridgeStats {
    return { connections: this.#senders.size, streams: this.#streams.map(({ stream }) => stream.stats()) };
  }

  /** Ends every connection and every stream in good order; resolves when the servers have heard. Twice is fine. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const ends = this.#streams.map(({ stream }) => stream.close());
    for (const sender of [...this.#senders]) sender.end("BRIDGE_CLOSING", "the bridge is stopping");
    await Promise.all(ends);
  }

  /** Every stream is compared, in a time that says nothing about the token. */
  #streamFor(token: string): PhoneStream | undefined {
    const digest = digestOf(token);
    let found: PhoneStream | undefined;
    for (const candidate of this.#streams) {
      if (timingSafeEqual(candidate.digest, digest)) found = candidate.stream;
    }
    return found;
  }
}

function digestOf(token: string): Uint8Array {
  return createHash("sha256").update(token).digest();
}
