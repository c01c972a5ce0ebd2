import type { Connection } from "@rtmp/reactor";
import type { RtmpMessage } from "@rtmp/chunk";
import { BusFeed } from "./bus-feed.ts";
import { BusLink } from "./bus-link.ts";
import type { BusCommand, BusLinkEvents, BusLinkOptions } from "./bus-link.ts";
import type { LiveStream, LiveStreamWatcher, StreamPublisher } from "./live-stream.ts";
import { StreamCopy } from "./stream-copy.ts";
import type { BusSource } from "./stream-copy.ts";
import type { ServerCore } from "./server-core.ts";
import type { SubscriberLimits } from "./subscriber-gate.ts";

/** Where a loop says which streams it has viewers of. */
export interface StreamInterest {
  /** Tell me who publishes it, now and whenever that changes: `ownerChanged` is called. */
  watch(streamPath: string): void;
  unwatch(streamPath: string): void;
}

/** What a loop's end of the bus needs. */
export interface StreamBusOptions extends Omit<BusLinkOptions, "congestedAboveBytes"> {
  readonly loop: number;
  readonly interest: StreamInterest;
  /** The loop's streams, and the form of their messages on the bus: the viewers' own. */
  readonly core: () => Pick<ServerCore, "registry" | "rtmpFormat">;
}

const megabyte = 1024 * 1024;

/** When another loop cannot follow: it loses GOP tails as a slow viewer does, and its link is made anew if that does not help. */
export const busLimits: SubscriberLimits = {
  skipAboveBytes: 32 * megabyte,
  dropAboveBytes: 128 * megabyte,
  maxSkipMs: 20_000,
};

/** Streams that are offered are numbered from here on, those that are asked for from 1: they never meet. */
const firstOfferId = 0x8000_0000;

/**
 * One loop's end of the bus: brings in the streams its viewers want from the loops that publish them, once each, and
 * gives its own streams to the loops that ask.
 */
export class StreamBus implements LiveStreamWatcher, BusLinkEvents {
  readonly #options: StreamBusOptions;
  readonly #links = new Map<number, BusLink>();
  /** The streams that this loop has viewers of. */
  readonly #copies = new Map<string, StreamCopy>();
  /** The streams asked for, by link and number. */
  readonly #sources = new Map<BusLink, Map<number, StreamCopy>>();
  /** The streams that other loops ask for, by link and number, and by path. */
  readonly #feeds = new Map<BusLink, Map<number, BusFeed>>();
  readonly #feedsByPath = new Map<string, Set<BusFeed>>();
  /** What has got messages in the read that is under way. */
  readonly #moved = new Set<StreamCopy>();
  /** Links on which nothing follows, and who waits for all of them. */
  readonly #over = new Set<BusLink>();
  #whenOver: (() => void) | undefined;
  #nextRelayId = 1;
  #nextOfferId = firstOfferId;

  constructor(options: StreamBusOptions) {
    this.#options = options;
  }

  /** Streams that come from other loops or go to them, and those that have viewers: nothing is left when all have gone. */
  get size(): number {
    const onLinks = [...this.#sources.values(), ...this.#feeds.values()];
    return onLinks.reduce((size, streams) => size + streams.size, this.#copies.size + this.#feedsByPath.size);
  }

  /** A link to another loop stands. One that stood before is gone, or about to go. */
  addLink(loop: number, connection: Connection): void {
    const link = new BusLink(
      loop,
      connection,
      { ...this.#options, congestedAboveBytes: busLimits.skipAboveBytes },
      this,
    );
    this.#links.set(loop, link);
    this.#sources.set(link, new Map());
    this.#feeds.set(link, new Map());
    link.open();
    for (const copy of this.#copies.values()) this.#follow(copy);
  }

  /**
   * A publisher of this loop is about to begin, and these loops have viewers who wait: they get everything from its
   * first message on, and need not ask. Of a stream that is published here already they have asked for what is kept.
   */
  offer(streamPath: string, loops: readonly number[], tenure: number): void {
    if (isPublishedHere(this.#options.core().registry.get(streamPath))) return;
    for (const loop of loops) {
      const link = this.#links.get(loop);
      if (link === undefined || this.#isFed(link, streamPath)) continue;
      const relayId = this.#nextOfferId++;
      link.command(relayId, { name: "offer", streamPath, tenure });
      this.#addFeed(link, relayId, streamPath);
    }
  }

  /** The directory says which loop publishes the stream. */
  ownerChanged(streamPath: string, owner: number | undefined, tenure: number): void {
    const copy = this.#copies.get(streamPath);
    if (copy === undefined) return;
    copy.owner = owner;
    copy.tenure = Math.max(copy.tenure, tenure);
    if (owner !== undefined && owner !== this.#options.loop) return this.#follow(copy);
    this.#leaveNext(copy);
    // What comes on a link ends there, behind its last message. Without one, nothing else will end it.
    if (copy.source === undefined) this.#endIfNobodyPublishes(copy);
  }

  /**
   * The publisher of this loop has to give way to one of another loop. Its viewers stay, and so do those of other loops.
   */
  giveWay(stream: LiveStream): void {
    const copy = this.#copies.get(stream.streamPath);
    if (copy !== undefined) return copy.announce();
    const nobody = new StreamCopy(stream); // no viewer here will follow it
    stream.publish(nobody);
    stream.unpublish(nobody);
  }

  /**
   * The whole is closing, and no stream is published here any more. Calls `andThen` when that is so on every other loop
   * too and its last messages are here.
   */
  finish(andThen: () => void): void {
    this.#whenOver = andThen;
    for (const link of this.#links.values()) link.command(0, { name: "over" });
    this.#checkOver();
  }

  /** What still comes from other loops ends now, and viewers are told. */
  close(): void {
    for (const copy of this.#copies.values()) {
      this.#leaveAll(copy);
      if (copy.isPublishing) copy.end();
    }
  }

  audienceChanged(stream: LiveStream, hasViewers: boolean): void {
    const { interest } = this.#options;
    const { streamPath } = stream;
    if (hasViewers) {
      this.#copies.set(streamPath, new StreamCopy(stream));
      interest.watch(streamPath);
      return;
    }
    const copy = this.#copies.get(streamPath);
    if (copy === undefined) return;
    this.#copies.delete(streamPath);
    interest.unwatch(streamPath);
    this.#leaveAll(copy);
    if (copy.isPublishing) copy.end();
  }

  publisherChanged(stream: LiveStream, publisher: StreamPublisher): void {
    const feeds = this.#feedsByPath.get(stream.streamPath);
    if (publisher.isRemote === true) {
      for (const feed of feeds ?? []) feed.move(); // a copy is not handed on
      return;
    }
    const copy = this.#copies.get(stream.streamPath);
    if (copy !== undefined) this.#leaveAll(copy);
    for (const feed of feeds ?? []) feed.activate(stream, busLimits, false); // `published` follows, as to all viewers
  }

  command(link: BusLink, relayId: number, command: BusCommand): void {
    if (command.name === "play") return this.#openFeed(link, relayId, command.streamPath);
    if (command.name === "offer") return this.#takeOffer(link, relayId, command);
    if (command.name === "over") {
      this.#over.add(link);
      return this.#checkOver();
    }
    if (command.name === "closeStream") return this.#closeFeed(link, relayId);
    const copy = this.#sources.get(link)?.get(relayId);
    if (copy === undefined) return;
    const isNext = isFrom(copy.next, link, relayId);
    switch (command.name) {
      case "published":
        this.#switchTo(copy, isNext);
        return copy.begin();
      case "joining":
        this.#switchTo(copy, isNext);
        return copy.join(command);
      case "joined":
        return isNext ? undefined : copy.joined();
      case "unpublished":
        if (isNext) return;
        copy.end();
        return this.#follow(copy); // another may have come while its last messages were on their way
      case "moved":
        if (isNext) this.#leaveNext(copy);
        else this.#leaveSource(copy);
        this.#follow(copy); // it may have come back already
        if (copy.source === undefined) this.#endIfNobodyPublishes(copy);
    }
  }

  media(link: BusLink, message: RtmpMessage): void {
    const copy = this.#sources.get(link)?.get(message.messageStreamId);
    if (copy === undefined || !isFrom(copy.source, link, message.messageStreamId)) return;
    copy.take(message);
    this.#moved.add(copy);
  }

  read(): void {
    for (const { stream } of this.#moved) stream.flush();
    this.#moved.clear();
  }

  drain(link: BusLink): void {
    for (const feed of this.#feeds.get(link)?.values() ?? []) {
      if (link.isCongested) return;
      this.#activate(feed);
    }
  }

  closed(link: BusLink): void {
    for (const relayId of [...(this.#feeds.get(link)?.keys() ?? [])]) this.#closeFeed(link, relayId);
    this.#feeds.delete(link);
    const copies = [...new Set(this.#sources.get(link)?.values())];
    this.#sources.delete(link);
    if (this.#links.get(link.loop) === link) this.#links.delete(link.loop);
    for (const copy of copies) {
      if (copy.next?.link === link) copy.next = undefined;
      if (copy.source?.link === link) {
        copy.source = undefined;
        if (copy.isPublishing && copy.next === undefined) copy.end();
      }
      this.#follow(copy);
    }
    this.#over.delete(link);
    this.#checkOver();
  }

  #checkOver(): void {
    if (this.#whenOver === undefined || ![...this.#links.values()].every((link) => this.#over.has(link))) return;
    const andThen = this.#whenOver;
    this.#whenOver = undefined;
    andThen();
  }

  /** Asks the loop that publishes for the stream, unless that has been done or there is no link to it yet. */
  #follow(copy: StreamCopy): void {
    const { owner, stream } = copy;
    if (this.#copies.get(stream.streamPath) !== copy) return; // its last viewer has just left
    if (owner === undefined || owner === this.#options.loop) return;
    const link = this.#links.get(owner);
    if (link === undefined || copy.next?.link === link || (copy.next === undefined && copy.source?.link === link))
      return;
    this.#leaveNext(copy);
    if (copy.source?.link === link) return; // it has come back to where it was
    const relayId = this.#nextRelayId++;
    copy.next = { link, relayId };
    this.#sources.get(link)?.set(relayId, copy);
    link.command(relayId, { name: "play", streamPath: copy.stream.streamPath });
  }

  /** The loop that was asked last publishes now. */
  #switchTo(copy: StreamCopy, isNext: boolean): void {
    if (!isNext) return;
    this.#leaveSource(copy);
    copy.source = copy.next;
    copy.next = undefined;
  }

  /** Nobody publishes the stream, so far as is known, and nothing that would say so is on its way. */
  #endIfNobodyPublishes(copy: StreamCopy): void {
    if (copy.owner === undefined && copy.isPublishing) copy.end();
  }

  #leaveAll(copy: StreamCopy): void {
    this.#leaveSource(copy);
    this.#leaveNext(copy);
  }

  #leaveSource(copy: StreamCopy): void {
    this.#leave(copy.source);
    copy.source = undefined;
  }

  #leaveNext(copy: StreamCopy): void {
    this.#leave(copy.next);
    copy.next = undefined;
  }

  #leave(source: BusSource | undefined): void {
    if (source === undefined) return;
    if (this.#sources.get(source.link)?.delete(source.relayId) === true)
      source.link.command(source.relayId, { name: "closeStream" });
  }

  /** What was asked for meanwhile is not needed: an offer begins with the first message. One that was overtaken is not taken. */
  #takeOffer(link: BusLink, relayId: number, { streamPath, tenure }: BusCommand & { readonly name: "offer" }): void {
    const copy = this.#copies.get(streamPath);
    if (copy === undefined || tenure < copy.tenure) return link.command(relayId, { name: "closeStream" });
    copy.tenure = tenure;
    this.#leaveNext(copy);
    copy.next = { link, relayId };
    this.#sources.get(link)?.set(relayId, copy);
  }

  #openFeed(link: BusLink, relayId: number, streamPath: string): void {
    const feed = this.#addFeed(link, relayId, streamPath);
    if (!link.isCongested) this.#activate(feed);
  }

  #isFed(link: BusLink, streamPath: string): boolean {
    return [...(this.#feedsByPath.get(streamPath) ?? [])].some((feed) => feed.link === link);
  }

  #addFeed(link: BusLink, relayId: number, streamPath: string): BusFeed {
    const feed = new BusFeed(link, relayId, streamPath, this.#options.core().rtmpFormat);
    this.#feeds.get(link)?.set(relayId, feed);
    const feeds = this.#feedsByPath.get(streamPath);
    if (feeds === undefined) this.#feedsByPath.set(streamPath, new Set([feed]));
    else feeds.add(feed);
    return feed;
  }

  #activate(feed: BusFeed): void {
    if (feed.isActive) return;
    const { registry } = this.#options.core();
    const publisher = registry.get(feed.streamPath)?.publisher;
    if (publisher?.isRemote === true) return; // it will be published here any moment, or the other loop hears that it is not
    feed.activate(registry.obtain(feed.streamPath), busLimits, publisher !== undefined);
  }

  #closeFeed(link: BusLink, relayId: number): void {
    const feed = this.#feeds.get(link)?.get(relayId);
    if (feed === undefined) return;
    this.#feeds.get(link)?.delete(relayId);
    const feeds = this.#feedsByPath.get(feed.streamPath);
    feeds?.delete(feed);
    if (feeds?.size === 0) this.#feedsByPath.delete(feed.streamPath);
    feed.close();
  }
}

/** A number says nothing without its link: each loop numbers what it offers by itself. */
function isFrom(source: BusSource | undefined, link: BusLink, relayId: number): boolean {
  return source?.link === link && source.relayId === relayId;
}

function isPublishedHere(stream: LiveStream | undefined): boolean {
  return stream?.publisher !== undefined && stream.publisher.isRemote !== true;
}
