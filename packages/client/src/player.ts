import { MessageTypeId } from "@rtmp/chunk";
import type { FlvTag } from "@rtmp/flv-tags";
import type { ClientSessionEvent, RtmpUrl } from "@rtmp/session";
import { ClientConnection, parseStreamUrl } from "./client-connection.ts";
import type { ConnectionHandler } from "./client-connection.ts";
import { checkWhole } from "./options.ts";
import type { PlayOptions } from "./options.ts";
import { TagQueue } from "./tag-queue.ts";

/**
 * A stream that is being played. Iterate it, or read `readable`, not both: each tag is given out once.
 *
 * The iteration ends with the stream; it throws a `ClientError` if the connection is lost, a `RejectedError` if the server ends it with
 * an error, and the signal's reason on abort. Leaving the loop early closes the connection.
 */
export interface Player extends AsyncIterable<FlvTag>, AsyncDisposable {
  /** The same tags as a web stream; cancelling it closes the connection. */
  readonly readable: ReadableStream<FlvTag>;
  /** Everything the server has sent, in bytes, the handshake included. */
  readonly bytesReceived: number;
  /** Drops what has not been read, leaves the stream and closes the connection. More calls do nothing. */
  close(): Promise<void>;
}

/**
 * Plays the stream at an `rtmp:` or `rtmps:` URL; resolves when the server has said `NetStream.Play.Start`.
 *
 * Rejects with a `RejectedError` if the server says no, a `ClientError` if it cannot be reached or does not answer in
 * time, the signal's reason on abort, and a `TypeError` or `RangeError` for a URL or an option that is none.
 */
export async function play(url: string, options: PlayOptions = {}): Promise<Player> {
  const streamUrl = parseStreamUrl(url);
  options.signal?.throwIfAborted();
  const player = new LivePlayer(streamUrl, options);
  await player.started;
  return player;
}

/** Data messages by which the server speaks of itself; the stream is not made of them. */
const serverTalk: ReadonlySet<string> = new Set(["|RtmpSampleAccess", "onStatus"]);

/** Statuses by which a stream ends, as StreamEOF does. */
const endingCodes: ReadonlySet<string> = new Set([
  "NetStream.Play.Complete",
  "NetStream.Play.Stop",
  "NetStream.Play.UnpublishNotify",
]);

class LivePlayer implements Player, ConnectionHandler {
  readonly readable: ReadableStream<FlvTag>;
  readonly #connection: ClientConnection;
  readonly #queue = new TagQueue();
  readonly #maxBufferedBytes: number;
  readonly #signal: AbortSignal | undefined;
  readonly #isWaiting: boolean;
  #isStarted = false;

  constructor(url: RtmpUrl, options: PlayOptions) {
    const { start = -2, bufferLengthMs = 3000, maxBufferedBytes = 4 * 1024 * 1024, wait = false } = options;
    this.#maxBufferedBytes = checkWhole("maxBufferedBytes", maxBufferedBytes, 0);
    this.#isWaiting = wait;
    this.#signal = options.signal;
    this.readable = new ReadableStream<FlvTag>(
      {
        pull: async (controller) => {
          const result = await this.#next();
          if (result.done === true) controller.close();
          else controller.enqueue(result.value);
        },
        cancel: () => this.close(),
      },
      { highWaterMark: 0 },
    );
    const request = { role: "play", start, bufferLengthMs: checkWhole("bufferLengthMs", bufferLengthMs, 0) } as const;
    this.#connection = new ClientConnection(url, request, options, this);
  }

  get started(): Promise<unknown> {
    return this.#connection.started;
  }

  get bytesReceived(): number {
    return this.#connection.session.bytesReceived;
  }

  async close(): Promise<void> {
    this.#queue.clear();
    await this.#leave();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<FlvTag, undefined> {
    return {
      next: () => this.#next(),
      return: async () => {
        await this.close();
        return { done: true, value: undefined };
      },
    };
  }

  onEvent(event: ClientSessionEvent): void {
    switch (event.type) {
      case "media": {
        const { typeId, timestamp, payload } = event.message;
        this.#add({ type: typeId === MessageTypeId.Audio ? "audio" : "video", timestamp, payload });
        return;
      }
      case "data":
        if (serverTalk.has(event.name)) return;
        this.#add({ type: "script", timestamp: event.timestamp, payload: event.body });
        return;
      case "status":
        if (event.status.code === "NetStream.Play.Start") this.#isStarted = true;
        else if (endingCodes.has(event.status.code)) this.#endOfStream();
        return;
      case "stream-eof":
        this.#endOfStream();
        return;
      default:
    }
  }

  onEnd(reason?: { readonly error: unknown }): void {
    if (this.#signal?.aborted === true) this.#queue.clear();
    this.#queue.end(reason);
  }

  #add(tag: FlvTag): void {
    this.#queue.push(tag);
    if (this.#queue.bytes > this.#maxBufferedBytes) this.#connection.pause();
  }

  async #next(): Promise<IteratorResult<FlvTag, undefined>> {
    const next = this.#queue.next();
    if (this.#queue.bytes * 2 <= this.#maxBufferedBytes) this.#connection.resume();
    return next;
  }

  #endOfStream(): void {
    if (this.#isStarted && !this.#isWaiting) void this.#leave();
  }

  #leave(): Promise<unknown> {
    const { session, messageStreamId, isEnded } = this.#connection;
    if (!isEnded) session.deleteStream(messageStreamId);
    return this.#connection.close();
  }
}
