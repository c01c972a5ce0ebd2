import { MessageTypeId } from "@rtmp/chunk";
import type { RtmpMessage } from "@rtmp/chunk";
import { parseDataMessage } from "@rtmp/session";
import type { BusLink } from "./bus-link.ts";
import type { JoinState } from "./gop-cache.ts";
import type { LiveStream, StreamPublisher } from "./live-stream.ts";

/** A stream that was asked for: the link it comes on, and the number it has there. */
export interface BusSource {
  readonly link: BusLink;
  readonly relayId: number;
}

/**
 * A stream that this loop has viewers of: while another loop publishes it, this is its publisher here.
 *
 * When the stream moves to another loop, what still comes from the old one counts until the new one says that it
 * publishes; viewers see one publisher follow the other, as if both were here.
 */
export class StreamCopy implements StreamPublisher {
  readonly isRemote = true;
  readonly stream: LiveStream;
  /** The loop that publishes, as far as is known. */
  owner: number | undefined;
  /** The newest that is known, of the directory: what was offered before that is over. */
  tenure = 0;
  /** Where messages are taken from. */
  source: BusSource | undefined;
  /** Has been asked, and has not said yet that it publishes. */
  next: BusSource | undefined;
  /** Viewers have been told of the publisher who is about to come. */
  #isAnnounced = false;

  constructor(stream: LiveStream) {
    this.stream = stream;
  }

  get isPublishing(): boolean {
    return this.stream.publisher === this;
  }

  /** A publisher of this loop has taken the stream over. */
  replaced(): void {
    this.#isAnnounced = false;
  }

  /** The publisher of this loop has to give way to one of another loop: viewers stay, and are told now. */
  announce(): void {
    this.stream.publish(this);
    this.#isAnnounced = true;
  }

  /** The loop that the stream comes from says that it is published. */
  begin(): void {
    if (!this.#isAnnounced || !this.isPublishing) this.stream.publish(this);
    this.#isAnnounced = false;
  }

  /** What a viewer gets there who joins follows, up to `joined`. */
  join(state: JoinState): void {
    this.begin();
    this.stream.catchUp(state);
  }

  joined(): void {
    if (this.isPublishing) this.stream.caughtUp();
  }

  /** It is not published any more. */
  end(): void {
    this.#isAnnounced = false;
    this.stream.unpublish(this);
  }

  take(message: RtmpMessage): void {
    if (!this.isPublishing) return;
    const { typeId, timestamp, payload } = message;
    if (typeId !== MessageTypeId.DataAmf0) return this.stream.push(typeId, timestamp, payload);
    const data = parseDataMessage(message);
    if (data !== undefined) this.stream.pushData(data.name, data.values, timestamp, data.body);
  }
}
