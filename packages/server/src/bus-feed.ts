import { encode } from "@rtmp/amf0";
import type { BusCommand, BusLink } from "./bus-link.ts";
import type { LiveStream } from "./live-stream.ts";
import type { Subscriber, SubscriberTransport } from "./subscriber.ts";
import type { SubscriberLimits } from "./subscriber-gate.ts";
import { sendOnStream } from "./wire-format.ts";
import type { WireFormat } from "./wire-format.ts";

const clearMetadata = encode("@clearDataFrame", "onMetaData");

/**
 * One stream on its way to one other loop. To the stream it is one more viewer, with the viewers' own bytes and the
 * viewers' own gate: a loop that cannot follow loses whole GOP tails, as a slow viewer does.
 */
export class BusFeed implements SubscriberTransport {
  readonly isRelay = true;
  readonly format: WireFormat;
  readonly streamPath: string;
  readonly link: BusLink;
  readonly #relayId: number;
  readonly #sendBytes: (bytes: Uint8Array) => void;
  #stream: LiveStream | undefined;
  #subscriber: Subscriber | undefined;
  /** The other loop has heard that there is a publisher. */
  #isPublished = false;

  constructor(link: BusLink, relayId: number, streamPath: string, format: WireFormat) {
    this.link = link;
    this.streamPath = streamPath;
    this.format = format;
    this.#relayId = relayId;
    this.#sendBytes = (bytes) => link.send(bytes);
  }

  /** Whether the stream's messages go to the other loop. */
  get isActive(): boolean {
    return this.#subscriber !== undefined;
  }

  /** Gives the other loop what is kept of the stream if `isLive`, somebody publishes it, and everything that follows. */
  activate(stream: LiveStream, limits: SubscriberLimits, isLive: boolean): void {
    if (this.#subscriber !== undefined) return;
    this.#stream = stream;
    if (isLive) this.#tell({ name: "joining", ...stream.joinState });
    this.#subscriber = stream.subscribe(this, limits);
    if (isLive) this.#tell({ name: "joined" });
    this.#isPublished = isLive;
  }

  /** The stream comes from elsewhere from now on. */
  move(): void {
    this.close();
    if (this.#isPublished) this.#tell({ name: "moved" });
    this.#isPublished = false;
  }

  /** Ends it without a word. Twice is fine. */
  close(): void {
    if (this.#subscriber === undefined) return;
    this.#stream?.unsubscribe(this.#subscriber);
    this.#subscriber = undefined;
    this.#stream = undefined;
  }

  isOpen(): boolean {
    return this.link.isOpen;
  }

  bytesBehind(): number {
    return this.link.unsentBytes;
  }

  isMeasured(): boolean {
    return true; // what a link has not taken is all there is; nothing hides behind a network
  }

  send(bytes: Uint8Array): void {
    sendOnStream(bytes, this.#relayId, this.#sendBytes);
  }

  published(): void {
    this.#isPublished = true;
    this.#tell({ name: "published" });
  }

  unpublished(): void {
    this.#isPublished = false;
    this.#tell({ name: "unpublished" });
  }

  metadataCleared(): void {
    this.link.data(this.#relayId, clearMetadata);
  }

  tooSlow(): void {
    this.link.destroy("too-slow");
  }

  #tell(command: BusCommand): void {
    this.link.command(this.#relayId, command);
  }
}
