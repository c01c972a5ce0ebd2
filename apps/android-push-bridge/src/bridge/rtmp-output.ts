import { publish } from "@rtmp/client";
import type { Publisher, PublishOptions } from "@rtmp/client";
import type { FlvTag } from "@rtmp/flv-tags";
import type { Clock } from "@rtmp/reactor";
import type { OutputState } from "../protocol/words.ts";

/** Begins an RTMP stream; `publish` of `@rtmp/client`, unless a test has its own. */
export type Publish = (url: string, options: PublishOptions) => Promise<Publisher>;

/** What an output tells its stream. */
export interface OutputEvents {
  /** How far the stream gets has changed. */
  onState(state: OutputState): void;
  /** A new RTMP session takes tags from now on; its server knows nothing yet. */
  onReady(): void;
  /** What waited was too much and is gone; the server has a gap. */
  onGap(): void;
  /** The server said no, and it is no use to ask again; nothing follows. */
  onRefused(code: string, detail: string): void;
}

/** What waits for the server may be so large; beyond it there is a gap. */
export const MAX_UNSENT_BYTES: number = 8 * 1024 * 1024;
const firstRetryMs = 250;
const longestRetryMs = 5000;
/** A server that has not noticed yet that we were cut off may say no for a while. */
const refusalsAreRetriedMs = 20_000;
/** Without a byte taken by the server. */
const idleTimeoutMs = 15_000;

interface Queued {
  readonly tag: FlvTag;
  readonly onTaken: () => void;
}

/** Keeps an RTMP stream up at a server: connects, connects again, and writes what it is given in order. */
export class RtmpOutput {
  readonly #target: string;
  readonly #events: OutputEvents;
  readonly #clock: Clock;
  readonly #publish: Publish;
  #isClosing = false;
  #connecting: AbortController | undefined; // a live session is not aborted: it ends in good order
  readonly #ended: Promise<void>;
  #queue: Queued[] = [];
  #unsentBytes = 0;
  #isLive = false;
  #sessions = 0;
  #lostAtMs: number | undefined;
  #wake: (() => void) | undefined;

  /** Begins to connect at once. */
  constructor(target: string, events: OutputEvents, clock: Clock, publishStream: Publish = publish) {
    this.#target = target;
    this.#events = events;
    this.#clock = clock;
    this.#publish = publishStream;
    this.#ended = this.#run();
  }

  /** Whether the server takes the stream now. */
  get isLive(): boolean {
    return this.#isLive;
  }

  /** What `send` was given and the server's socket has not taken, in bytes. */
  get unsentBytes(): number {
    return this.#unsentBytes;
  }

  /** RTMP sessions that became live. */
  get sessions(): number {
    return this.#sessions;
  }

  /** Sends a tag behind those before it; without a live session it is passed over. `onTaken` is called in either case. */
  send(tag: FlvTag, onTaken: () => void): void {
    if (!this.#isLive) return onTaken();
    if (this.#unsentBytes + tag.payload.length > MAX_UNSENT_BYTES) {
      this.#dropQueue();
      this.#events.onGap();
      return onTaken();
    }
    this.#queue.push({ tag, onTaken });
    this.#unsentBytes += tag.payload.length;
    this.#wake?.();
  }

  /** Sends what waits, ends the stream in good order and resolves when that is done. Twice is fine. */
  close(): Promise<void> {
    this.#isClosing = true;
    this.#connecting?.abort();
    this.#wake?.();
    return this.#ended;
  }

  async #run(): Promise<void> {
    for (let retryMs = firstRetryMs; !this.#isClosing;) {
      this.#events.onState({ state: "connecting" });
      const end = await this.#session();
      this.#isLive = false;
      this.#dropQueue();
      if (end === undefined) return;
      if (end.wasLive) {
        this.#lostAtMs = this.#clock.now();
        retryMs = firstRetryMs;
      }
      const refusal = refusalOf(end.error);
      if (refusal !== undefined && !this.#mayAskAgain()) {
        this.#events.onRefused(refusal.code, refusal.detail);
        return;
      }
      this.#events.onState({ state: "unreachable", detail: sentenceOf(end.error) });
      await this.#sleep(retryMs);
      retryMs = Math.min(retryMs * 2, longestRetryMs);
    }
  }

  /** One RTMP session. Returns what ended it, or `undefined` if that was `close`. */
  async #session(): Promise<{ readonly error: unknown; readonly wasLive: boolean } | undefined> {
    let publisher: Publisher;
    try {
      publisher = await this.#connect();
    } catch (error) {
      return this.#isClosing ? undefined : { error, wasLive: false };
    }
    this.#isLive = true;
    this.#sessions += 1;
    try {
      this.#events.onState({ state: "live" });
      this.#events.onReady();
      await this.#pump(publisher);
      await publisher.close();
      return undefined;
    } catch (error) {
      await publisher.close().catch(() => undefined);
      return { error, wasLive: true };
    }
  }

  async #connect(): Promise<Publisher> {
    const { signal } = (this.#connecting = new AbortController());
    try {
      return await this.#publish(this.#target, { signal, idleTimeoutMs });
    } finally {
      this.#connecting = undefined;
    }
  }

  /** Writes what is queued until `close`, and then what is left. Rejects with what ends the session. */
  async #pump(publisher: Publisher): Promise<void> {
    const failed = publisher.writable.getWriter().closed; // a session can end while nothing is written
    failed.catch(() => undefined);
    for (;;) {
      const [next] = this.#queue;
      if (next !== undefined) {
        await publisher.write(next.tag);
        if (this.#queue[0] !== next) continue; // dropped in the meantime
        this.#queue.shift();
        this.#unsentBytes -= next.tag.payload.length;
        next.onTaken();
      } else if (this.#isClosing) {
        return;
      } else {
        const more = new Promise<void>((resolve) => (this.#wake = resolve));
        await Promise.race([more, failed]);
        this.#wake = undefined;
      }
    }
  }

  #dropQueue(): void {
    const dropped = this.#queue;
    this.#queue = [];
    this.#unsentBytes = 0;
    for (const { onTaken } of dropped) onTaken();
  }

  #mayAskAgain(): boolean {
    return this.#lostAtMs !== undefined && this.#clock.now() - this.#lostAtMs < refusalsAreRetriedMs;
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.schedule(ms, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }
}

/** The server's no, if the error is one. By its shape: several versions of a class may meet in one program. */
function refusalOf(error: unknown): { readonly code: string; readonly detail: string } | undefined {
  if (!(error instanceof Error) || error.name !== "RejectedError" || !("code" in error)) return undefined;
  return { code: String(error.code), detail: error.message };
}

function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message, cause } = error;
  return cause instanceof Error && !message.includes(cause.message) ? `${message}: ${cause.message}` : message;
}
