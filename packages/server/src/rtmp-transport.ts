import type { Connection } from "@rtmp/reactor";
import type { ServerSession } from "@rtmp/session";
import type { SubscriberTransport } from "./subscriber.ts";
import { isUsualStream, sendOnStream } from "./wire-format.ts";
import type { WireFormat } from "./wire-format.ts";

/** What a connection does for one of its players. */
export interface RtmpTransportOptions {
  readonly format: WireFormat;
  readonly connection: Connection;
  readonly session: ServerSession;
  readonly messageStreamId: number;
  /** Runs a step of the session and sends what it says. */
  readonly run: (step: () => void) => void;
  readonly onSkip: () => void;
  readonly onTooSlow: () => void;
}

/** An RTMP player as a live stream sees it. */
// hot
export class RtmpTransport implements SubscriberTransport {
  readonly format: WireFormat;
  readonly takesRuns: boolean;
  readonly #connection: Connection;
  readonly #options: RtmpTransportOptions;

  constructor(options: RtmpTransportOptions) {
    this.format = options.format;
    this.takesRuns = isUsualStream(options.messageStreamId);
    this.#connection = options.connection;
    this.#options = options;
  }

  isOpen(): boolean {
    return !this.#connection.closed;
  }

  bytesBehind(): number {
    const connection = this.#connection;
    return Math.max(connection.unsentBytes, this.#options.session.bytesBehind(connection.bytesWritten));
  }

  isMeasured(): boolean {
    return this.#options.session.acknowledges;
  }

  send(bytes: Uint8Array): void {
    if (this.takesRuns) this.#connection.send(bytes);
    else sendOnStream(bytes, this.#options.messageStreamId, (part) => this.#connection.send(part));
  }

  published(isReturn: boolean): void {
    if (!isReturn) return; // the answer to `play` has said it all
    const { session, messageStreamId, run } = this.#options;
    run(() => session.notifyPublish(messageStreamId));
  }

  unpublished(): void {
    const { session, messageStreamId, run } = this.#options;
    run(() => session.notifyUnpublish(messageStreamId));
  }

  skipping(): void {
    this.#options.onSkip();
  }

  tooSlow(): void {
    this.#options.onTooSlow();
  }
}
