import { publish } from "@rtmp/client";
import type { Publisher } from "@rtmp/client";
import type { Punctual } from "./due-wheel.ts";
import type { LatencyHistogram } from "./latency-histogram.ts";
import type { MediaLoop } from "./media-loop.ts";
import { monotonicUs } from "./monotonic-clock.ts";
import { writeStamp } from "./stamp.ts";
import type { SteadyWindow } from "./steady-window.ts";
import type { LastSequences } from "./stream-verifier.ts";

/** So many messages may wait for the socket; then the publisher falls behind, as an encoder would. */
const MAX_UNSETTLED = 64;
const RETRY_US = 2000;

/** What the publishers of a process share. */
export interface PublisherShare {
  readonly media: MediaLoop;
  readonly window: SteadyWindow;
  /** How much later than due messages are sent. */
  readonly lag: LatencyHistogram;
}

/** Sends the media on one stream in real time, each message with a stamp. It is asked to by a `DueWheel`. */
export class StampedPublisher implements Punctual {
  readonly stream: number;
  /** When the first round began, in µs of `monotonicUs`. */
  readonly startedUs: number = monotonicUs();
  /** Messages sent in the steady window. */
  windowFrames = 0;
  readonly #share: PublisherShare;
  readonly #publisher: Publisher;
  readonly #onLost: (error: unknown) => void;
  readonly #last = { audio: -1, video: -1 };
  #unsettled = 0;
  #frame = 0;
  #roundStartMs = 0;
  #isOver = false;

  private constructor(stream: number, publisher: Publisher, share: PublisherShare, onLost: (error: unknown) => void) {
    this.stream = stream;
    this.#publisher = publisher;
    this.#share = share;
    this.#onLost = onLost;
    for (const { type, payload } of share.media.headers) this.#write(type, 0, payload);
  }

  /** Resolves when the server has let it publish and the headers are on their way. Rejects as `publish` does. */
  static async open(
    url: string,
    stream: number,
    share: PublisherShare,
    options: { readonly connectTimeoutMs: number; readonly signal: AbortSignal },
    onLost: (error: unknown) => void,
  ): Promise<StampedPublisher> {
    const publisher = await publish(url, { ...options, enhanced: share.media.isEnhanced });
    return new StampedPublisher(stream, publisher, share, onLost);
  }

  /** The last sequence number of each track. */
  get last(): LastSequences {
    return { ...this.#last };
  }

  /** Sends what is due. */
  work(nowUs: number): number | undefined {
    if (this.#isOver) return undefined;
    const { media, window, lag } = this.#share;
    for (;;) {
      if (this.#unsettled >= MAX_UNSETTLED) return nowUs + RETRY_US;
      const frame = media.frames[this.#frame]!;
      const timestamp = this.#roundStartMs + frame.timestamp;
      const dueUs = this.startedUs + timestamp * 1000;
      if (dueUs > nowUs) return dueUs;
      const { type, payload, checksumBefore } = frame;
      if (checksumBefore !== undefined) {
        writeStamp(payload, checksumBefore, { timeUs: nowUs, sequence: ++this.#last[type], stream: this.stream });
      }
      this.#write(type, timestamp >>> 0, payload);
      if (window.has(nowUs)) {
        this.windowFrames++;
        lag.add(nowUs - dueUs);
      }
      if (++this.#frame < media.frames.length) continue;
      this.#frame = 0;
      this.#roundStartMs += media.durationMs;
    }
  }

  /** Sends no more and stays connected. */
  pause(): void {
    this.#isOver = true;
  }

  /** Leaves in good order. */
  async close(): Promise<void> {
    this.#isOver = true;
    await this.#publisher.close();
  }

  /** The client copies the payload before `write` returns, so its memory serves every publisher. */
  #write(type: "audio" | "video" | "script", timestamp: number, payload: Uint8Array): void {
    this.#unsettled++;
    this.#publisher.write({ type, timestamp, payload }).then(this.#settle, this.#lose);
  }

  readonly #settle = (): void => {
    this.#unsettled--;
  };

  readonly #lose = (error: unknown): void => {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#onLost(error);
  };
}
