import { MessageTypeId } from "@rtmp/chunk";
import { encodeScriptTag } from "@rtmp/flv-tags";
import type { FlvTag } from "@rtmp/flv-tags";
import type { RtmpUrl } from "@rtmp/session";
import { ClientConnection, parseStreamUrl } from "./client-connection.ts";
import type { ConnectionHandler } from "./client-connection.ts";
import type { PublishOptions } from "./options.ts";

/** A stream that is being published. Write to it, or pipe into `writable`. */
export interface Publisher extends AsyncDisposable {
  /** The same as a web stream: closing it closes the connection, aborting it cuts the connection. */
  readonly writable: WritableStream<FlvTag>;
  /** Everything given to the socket, in bytes, the handshake included. */
  readonly bytesSent: number;
  /**
   * Sends a tag; the payload is copied before the call returns. Metadata goes out as `@setDataFrame`, so that the server keeps it for
   * viewers who come later. Resolves when the socket wants more: waiting for it is the backpressure.
   *
   * Rejects with what ended the connection, with `CLIENT_CLOSED` after `close`, and with a `TypeError` or `RangeError`
   * for a tag that RTMP cannot carry, which leaves the stream as it was.
   */
  write(tag: FlvTag): Promise<void>;
  /** Sends what is left, ends the stream with FCUnpublish and deleteStream and closes the connection. More calls do nothing. */
  close(): Promise<void>;
}

/**
 * Publishes a stream at an `rtmp:` or `rtmps:` URL; resolves when the server has said `NetStream.Publish.Start`.
 *
 * Rejects with a `RejectedError` if the server says no, a `ClientError` if it cannot be reached or does not answer in
 * time, the signal's reason on abort, and a `TypeError` or `RangeError` for a URL or an option that is none.
 */
export async function publish(url: string, options: PublishOptions = {}): Promise<Publisher> {
  const streamUrl = parseStreamUrl(url);
  options.signal?.throwIfAborted();
  const publisher = new LivePublisher(streamUrl, options);
  await publisher.started;
  return publisher;
}

const setDataFrame = encodeScriptTag("@setDataFrame");
const onMetaData = encodeScriptTag("onMetaData");

class LivePublisher implements Publisher, ConnectionHandler {
  readonly writable: WritableStream<FlvTag>;
  readonly #connection: ClientConnection;
  readonly #streamKey: string;
  #controller: WritableStreamDefaultController | undefined;

  constructor(url: RtmpUrl, options: PublishOptions) {
    this.#streamKey = url.streamKey;
    this.writable = new WritableStream<FlvTag>({
      start: (controller) => {
        this.#controller = controller;
      },
      write: (tag) => this.write(tag),
      close: () => this.close(),
      abort: (reason) => this.#connection.fail(reason),
    });
    const request = { role: "publish", publishType: options.publishType ?? "live" } as const;
    this.#connection = new ClientConnection(url, request, options, this);
  }

  get started(): Promise<unknown> {
    return this.#connection.started;
  }

  get bytesSent(): number {
    return this.#connection.bytesSent;
  }

  async write(tag: FlvTag): Promise<void> {
    const connection = this.#connection;
    connection.throwIfEnded();
    if (tag.isEncrypted === true) throw new TypeError("an encrypted tag cannot be sent over RTMP");
    connection.session.sendMedia(connection.messageStreamId, typeIdOf(tag), tag.timestamp, messageBody(tag));
    if (connection.flush()) return;
    await connection.drained();
    connection.throwIfEnded();
  }

  async close(): Promise<void> {
    const { session, messageStreamId, isEnded } = this.#connection;
    if (!isEnded) {
      session.call("FCUnpublish", [this.#streamKey]);
      session.deleteStream(messageStreamId);
    }
    await this.#connection.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  onEvent(): void {
    // Statuses that matter to a publisher end the connection before they come here.
  }

  onEnd(reason?: { readonly error: unknown }): void {
    if (reason !== undefined) this.#controller?.error(reason.error);
  }
}

function typeIdOf(
  tag: FlvTag,
): typeof MessageTypeId.Audio | typeof MessageTypeId.Video | typeof MessageTypeId.DataAmf0 {
  switch (tag.type) {
    case "audio":
      return MessageTypeId.Audio;
    case "video":
      return MessageTypeId.Video;
    case "script":
      return MessageTypeId.DataAmf0;
  }
}

function messageBody({ type, payload }: FlvTag): Uint8Array {
  if (type !== "script" || !onMetaData.every((byte, at) => payload[at] === byte)) return payload;
  const body = new Uint8Array(setDataFrame.length + payload.length);
  body.set(setDataFrame);
  body.set(payload, setDataFrame.length);
  return body;
}
