import type { EventEmitter } from "node:events";
import { LoopGroup, systemClock } from "@rtmp/reactor";
import type { Connection } from "@rtmp/reactor";
import type { ServerEvents } from "./events.ts";
import type { LiveStream } from "./live-stream.ts";
import { resolveOptions } from "./options.ts";
import type { ResolvedOptions, ServerOptions } from "./options.ts";
import { ServerCore } from "./server-core.ts";
import type { SubscriberTransport } from "./subscriber.ts";
import type { ServerStats } from "./stats.ts";

/** The pause after a flush, in units of the flush: half of it keeps pictures quick, and sound has been joined to them already. */
const delayFactor = 0.5;

/** Where a server listens. */
export interface ServerAddress {
  readonly port: number;
  readonly host: string;
}

/** A live server. Made by `createRtmpServer`. */
export class RtmpServer implements AsyncDisposable {
  readonly #options: ResolvedOptions;
  readonly #loops: LoopGroup;
  readonly #core: ServerCore;
  readonly #startedAt = systemClock.now();
  #closing: Promise<void> | undefined;

  /** Throws a `RangeError` or `TypeError` that names the option if one is wrong. */
  constructor(options: ServerOptions = {}) {
    this.#options = resolveOptions(options);
    const { limits, log, maxFlushDelayMs, subscriber } = this.#options;
    this.#loops = new LoopGroup({
      loops: 0,
      maxConnections: limits.maxConnections,
      maxConnectionsPerAddress: limits.maxConnectionsPerAddress,
      // The gate cuts a slow viewer long before; this bounds everything else that is sent.
      maxUnsentBytes: subscriber.dropAboveBytes + this.#options.gopCache.maxBytes + 4 * 1024 * 1024,
      flush: { maxFlushDelayMs, delayFactor },
      onConnection: (connection) => this.#core.serve(connection),
      onError: (error) => log.error("loop error", { error }),
    });
    this.#core = new ServerCore(this.#options, systemClock, this.#loops.scheduler);
  }

  /** Calls `listener` whenever `name` happens. */
  on<Name extends keyof ServerEvents>(name: Name, listener: (...args: ServerEvents[Name]) => void): this {
    this.#emitter.on(name, listener as (...args: unknown[]) => void);
    return this;
  }

  /** Calls `listener` the next time `name` happens. */
  once<Name extends keyof ServerEvents>(name: Name, listener: (...args: ServerEvents[Name]) => void): this {
    this.#emitter.once(name, listener as (...args: unknown[]) => void);
    return this;
  }

  /** Takes a listener back. */
  off<Name extends keyof ServerEvents>(name: Name, listener: (...args: ServerEvents[Name]) => void): this {
    this.#emitter.off(name, listener as (...args: unknown[]) => void);
    return this;
  }

  /**
   * Listens on `port` and `host` of the options and says where. Rejects with Node's own error if that is impossible
   * (EADDRINUSE, EACCES).
   */
  async listen(): Promise<ServerAddress> {
    const { port, host, tls } = this.#options;
    const address = await this.#loops.listen({ port, host, tls });
    this.#emitter.emit("listening", address);
    return address;
  }

  /** Serves a connection that came some other way than through `listen`. */
  serve(connection: Connection): void {
    this.#core.serve(connection);
  }

  /** The stream `app/streamKey`, if somebody publishes it or waits for it. */
  stream(app: string, streamKey: string): LiveStream | undefined {
    return this.#core.registry.get(`${app}/${streamKey}`);
  }

  /**
   * Watches the stream `app/streamKey`, or waits for it. Returns the function that ends it; the transport is told of
   * everything else.
   */
  subscribe(app: string, streamKey: string, transport: SubscriberTransport): () => void {
    const stream = this.#core.registry.obtain(`${app}/${streamKey}`);
    const subscriber = stream.subscribe(transport);
    return () => stream.unsubscribe(subscriber);
  }

  /** Ends a client's connection after what waits to be sent. Returns false if there is no such client. */
  disconnect(connectionId: number, reason = "disconnected"): boolean {
    const client = this.#core.client(connectionId);
    client?.end(reason);
    return client !== undefined;
  }

  /**
   * Asks a client to connect anew, elsewhere if `tcUrl` is given (E-RTMP v2 "Reconnect Request"). Returns false if there
   * is no such client or it has not said that it understands.
   */
  requestReconnect(
    connectionId: number,
    request: { readonly tcUrl?: string; readonly description?: string } = {},
  ): boolean {
    return this.#core.client(connectionId)?.requestReconnect(request) ?? false;
  }

  /** The figures of now. */
  async stats(): Promise<ServerStats> {
    const { counters, registry, connectionCount } = this.#core;
    const loops = await this.#loops.stats();
    const streams = [...registry.values()].map((stream) => ({
      streamPath: stream.streamPath,
      isLive: stream.publisher !== undefined,
      tracks: stream.tracks,
      metadata: stream.metadata,
      ...stream.figures,
    }));
    const sum = (pick: (loop: (typeof loops)[number]) => number): number =>
      loops.reduce((total, loop) => total + pick(loop), 0);
    return {
      uptimeMs: Math.round(systemClock.now() - this.#startedAt),
      connections: { current: connectionCount, total: counters.connections, refused: sum((loop) => loop.refused) },
      publishers: streams.filter((stream) => stream.isLive).length,
      subscribers: streams.reduce((total, stream) => total + stream.subscribers, 0),
      bytesRead: sum((loop) => loop.bytesRead),
      bytesWritten: sum((loop) => loop.bytesWritten),
      publishes: { accepted: counters.publishes, refused: counters.publishesRefused },
      plays: { accepted: counters.plays, refused: counters.playsRefused },
      slow: { skips: counters.skips, disconnects: counters.tooSlow },
      ignoredMessages: this.#core.ignoredMessages,
      clientErrors: counters.clientErrors,
      streams,
      loops,
    };
  }

  /**
   * Ends everything: no new connections, viewers are told that their streams have ended, what waits is written, and
   * after two seconds whoever is still there is cut off. Twice is fine.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** The same as `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #emitter(): EventEmitter {
    return this.#core.events;
  }

  async #close(): Promise<void> {
    this.#core.shutdown("The server is closing.");
    await this.#loops.close("shutdown");
  }
}

/** Makes a live server; `listen` starts it. */
export function createRtmpServer(options: ServerOptions = {}): RtmpServer {
  return new RtmpServer(options);
}
