import { publish } from "@rtmp/client";
import type { Publisher, PublishOptions } from "@rtmp/client";
import type { FlvTag } from "@rtmp/flv-tags";
import type { Clock } from "@rtmp/reactor";
import type { OutputState } from "../protocol/words.ts";
import { withoutSecrets } from "./stream-name.ts";

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
/** And so many tags: the smallest cost far more memory than their bytes. */
const MAX_UNSENT_TAGS = 8192;
const firstRetryMs = 250;
const longestRetryMs = 5000;
/** A server that has not noticed yet that we were cut off may say no for a while. */
const refusalsAreRetriedMs = 20_000;
/** A session that ends sooner is no reason to come back quickly. */
const shortSessionMs = 5000;
/** Without a byte taken by the server. */
const idleTimeoutMs = 15_000;
/** How long what waits may take to be sent once the stream has ended. */
const drainLimitMs = 4000;
const LONGEST_DETAIL = 500;

interface Queued {
  readonly tag: FlvTag;
  readonly onTaken: (() => void) | undefined;
}

/** What an output is made with. */
export interface RtmpOutputOptions {
  readonly target: string;
  readonly events: OutputEvents;
  readonly clock: Clock;
  /** `publish` of @rtmp/client unless given. */
  readonly publish?: Publish | undefined;
  /** The end of the output before: two sessions of one stream would be in each other's way. Must not reject. */
  readonly after: Promise<unknown>;
  /** When that one was last live, if it ever was. */
  readonly lastLiveAtMs?: number | undefined;
}

/** Keeps an RTMP stream up at a server: connects, connects again, and writes what it is given in order. */
export class RtmpOutput {
  readonly #target: string;
  readonly #events: OutputEvents;
  readonly #clock: Clock;
  readonly #publish: Publish;
  #isClosing = false;
  #session: AbortController | undefined;
  #cancelDrainLimit: (() => void) | undefined;
  readonly #ended: Promise<void>;
  #queue: Queued[] = [];
  #unsentBytes = 0;
  #isLive = false;
  #sessions = 0;
  #lastLiveAtMs: number | undefined;
  #wake: (() => void) | undefined;

  /** Connects as soon as the output before has ended. */
  constructor({ target, events, clock, publish: publishStream = publish, after, lastLiveAtMs }: RtmpOutputOptions) {
    this.#lastLiveAtMs = lastLiveAtMs;
    this.#target = target;
    this.#events = events;
    this.#clock = clock;
    this.#publish = publishStream;
    this.#ended = this.#run(after).finally(() => this.#cancelDrainLimit?.());
  }

  /** Whether the server takes the stream now. */
  get isLive(): boolean {
    return this.#isLive;
  }

  /** When the stream was last live, here or in the output before; `undefined` if never. */
  get lastLiveAtMs(): number | undefined {
    return this.#isLive ? this.#clock.now() : this.#lastLiveAtMs;
  }

  /** What `send` was given and the server's socket has not taken, in bytes. */
  get unsentBytes(): number {
    return this.#unsentBytes;
  }

  /** RTMP sessions that became live. */
  get sessions(): number {
    return this.#sessions;
  }

  /**
   * Sends the tags of a frame, all or none, behind those before it; without a live session they are passed over.
   * `onTaken` is called once in either case.
   */
  send(tags: readonly FlvTag[], onTaken: () => void): void {
    if (!this.#isLive) return onTaken();
    const size = tags.reduce((sum, { payload }) => sum + payload.length, 0);
    if (this.#unsentBytes + size > MAX_UNSENT_BYTES || this.#queue.length + tags.length > MAX_UNSENT_TAGS) {
      this.#dropQueue();
      this.#events.onGap();
      return onTaken();
    }
    for (const [index, tag] of tags.entries()) {
      this.#queue.push({ tag, onTaken: index === tags.length - 1 ? onTaken : undefined });
    }
    this.#unsentBytes += size;
    this.#wake?.();
  }

  /** Sends what waits, though not for long, ends the stream in good order and resolves when that is done. Twice is fine. */
  close(): Promise<void> {
    if (this.#isClosing) return this.#ended;
    this.#isClosing = true;
    const abort = (): void => this.#session?.abort();
    if (this.#isLive) this.#cancelDrainLimit = this.#clock.schedule(drainLimitMs, abort);
    else abort();
    this.#wake?.();
    return this.#ended;
  }

  async #run(after: Promise<unknown>): Promise<void> {
    this.#events.onState({ state: "connecting" });
    await after;
    let retryMs = firstRetryMs;
    for (let isOver = this.#isClosing; !isOver; isOver = this.#isClosing) {
      const startedAtMs = this.#clock.now();
      const end = await this.#runSession();
      this.#isLive = false;
      this.#dropQueue();
      if (end === undefined) return;
      if (end.wasLive) {
        this.#lastLiveAtMs = this.#clock.now();
        if (this.#lastLiveAtMs - startedAtMs >= shortSessionMs) retryMs = firstRetryMs;
      }
      const refusal = refusalOf(end.error);
      if (refusal !== undefined && !this.#mayAskAgain()) {
        this.#events.onRefused(refusal.code, this.#shown(refusal.detail));
        return;
      }
      this.#events.onState({ state: "unreachable", detail: this.#shown(sentenceOf(end.error)) });
      await this.#pause(retryMs);
      retryMs = Math.min(retryMs * 2, longestRetryMs);
    }
  }

  /** Waits before the next attempt, and says that it begins unless the output was closed. */
  async #pause(ms: number): Promise<void> {
    await this.#sleep(ms);
    if (!this.#isClosing) this.#events.onState({ state: "connecting" });
  }

  /** One RTMP session. Returns what ended it, or `undefined` if that was `close`. */
  async #runSession(): Promise<{ readonly error: unknown; readonly wasLive: boolean } | undefined> {
    let publisher: Publisher;
    try {
      publisher = await this.#connect();
    } catch (error) {
      return this.#endBy(error, false);
    }
    try {
      if (!this.#isClosing) this.#begin();
      await this.#pump(publisher);
      await publisher.close();
      return undefined;
    } catch (error) {
      await publisher.close().catch(() => undefined);
      return this.#endBy(error, true);
    }
  }

  #connect(): Promise<Publisher> {
    this.#session = new AbortController();
    return this.#publish(this.#target, { signal: this.#session.signal, idleTimeoutMs });
  }

  /** What ends a session that is to end anyway is nobody's business. */
  #endBy(error: unknown, wasLive: boolean): { readonly error: unknown; readonly wasLive: boolean } | undefined {
    return this.#isClosing ? undefined : { error, wasLive };
  }

  #begin(): void {
    this.#isLive = true;
    this.#sessions += 1;
    this.#events.onState({ state: "live" });
    this.#events.onReady();
  }

  /** Writes what is queued until `close`, and then what is left. Rejects with what ends the session. */
  async #pump(publisher: Publisher): Promise<void> {
    // A session can end while nothing is written. Listened to once: it lasts as long as the stream.
    const closed = publisher.writable.getWriter().closed;
    const failure = { hasCome: (): boolean => false };
    closed.catch(() => {
      failure.hasCome = () => true;
      this.#wake?.();
    });
    for (;;) {
      if (failure.hasCome()) await closed;
      const [next] = this.#queue;
      if (next !== undefined) {
        await publisher.write(next.tag);
        if (this.#queue[0] !== next) continue; // dropped in the meantime
        this.#queue.shift();
        this.#unsentBytes -= next.tag.payload.length;
        next.onTaken?.();
      } else if (this.#isClosing) {
        return;
      } else {
        await new Promise<void>((resolve) => (this.#wake = resolve));
        this.#wake = undefined;
      }
    }
  }

  #dropQueue(): void {
    const dropped = this.#queue;
    this.#queue = [];
    this.#unsentBytes = 0;
    for (const { onTaken } of dropped) onTaken?.();
  }

  /** What goes to phones and pages: a server's words may be as long as it likes. */
  #shown(words: string): string {
    const shown = withoutSecrets(words, this.#target);
    return shown.length > LONGEST_DETAIL ? `${shown.slice(0, LONGEST_DETAIL)}…` : shown;
  }

  #mayAskAgain(): boolean {
    return this.#lastLiveAtMs !== undefined && this.#clock.now() - this.#lastLiveAtMs < refusalsAreRetriedMs;
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
