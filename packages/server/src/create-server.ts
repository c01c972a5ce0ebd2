import { EventEmitter } from "node:events";
import { LoopGroup, systemClock } from "@rtmp/reactor";
import type { Connection, LoopEnd, LoopGroupOptions } from "@rtmp/reactor";
import type { CounterValues } from "./counters.ts";
import type { ServerEvents } from "./events.ts";
import { HookAdmission } from "./hook-admission.ts";
import { LoopHub, loopSettings } from "./loop-hub.ts";
import type { MessageToHub, ReconnectRequest } from "./loop-protocol.ts";
import { resolveOptions } from "./options.ts";
import type { LoopSettingOptions, ResolvedOptions, ServerOptions } from "./options.ts";
import { ServerCore } from "./server-core.ts";
import type { EmitEvent } from "./server-context.ts";
import { streamPathOf } from "./stream-names.ts";
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
  /** What loops that start later are told; options may be given anew. */
  #given: ServerOptions;
  readonly #events = new EventEmitter();
  readonly #loops: LoopGroup;
  /** Only with loops beside this process. */
  readonly #hub: LoopHub | undefined;
  readonly #core: ServerCore;
  readonly #startedAt = systemClock.now();
  #closing: Promise<void> | undefined;

  /** Throws a `RangeError` or `TypeError` that names the option if one is wrong. */
  constructor(options: ServerOptions = {}) {
    this.#options = resolveOptions(options);
    this.#given = options;
    this.#loops = new LoopGroup(this.#loopGroupOptions());
    const { log, loops, hooks, timeouts } = this.#options;
    const timers = this.#loops.scheduler;
    const emit: EmitEvent = (name, ...args) => this.#emit(name, ...args);
    if (loops > 0) {
      const send = (loop: number, messages: unknown): void => void this.#loops.send(loop, messages);
      this.#hub = new LoopHub({ options: this.#options, clock: systemClock, timers, emit, send });
      this.#core = this.#hub.local.core;
    } else {
      const admission = new HookAdmission({
        hooks,
        timers,
        hookMs: timeouts.hookMs,
        onFailure: (error, { client }) => log.error("hook failed", { ...client, error }),
      });
      this.#core = new ServerCore({ options: this.#options, log, clock: systemClock, timers, admission, emit });
    }
  }

  /** Calls `listener` whenever `name` happens. */
  on<Name extends keyof ServerEvents>(name: Name, listener: (...args: ServerEvents[Name]) => void): this {
    this.#events.on(name, listener as (...args: unknown[]) => void);
    return this;
  }

  /** Calls `listener` the next time `name` happens. */
  once<Name extends keyof ServerEvents>(name: Name, listener: (...args: ServerEvents[Name]) => void): this {
    this.#events.once(name, listener as (...args: unknown[]) => void);
    return this;
  }

  /** Takes a listener back. */
  off<Name extends keyof ServerEvents>(name: Name, listener: (...args: ServerEvents[Name]) => void): this {
    this.#events.off(name, listener as (...args: unknown[]) => void);
    return this;
  }

  /**
   * Listens on `port` and `host` of the options and says where. Rejects with Node's own error if that is impossible
   * (EADDRINUSE, EACCES).
   */
  async listen(): Promise<ServerAddress> {
    const { port, host, tls } = this.#options;
    const address = await this.#loops.listen({ port, host, tls });
    this.#events.emit("listening", address);
    return address;
  }

  /** Serves a connection that came some other way than through `listen`. */
  serve(connection: Connection): void {
    this.#core.serve(connection);
  }

  /** Whether somebody publishes the stream `app/streamKey`, or `app` if the key is empty, on whatever loop. */
  isLive(app: string, streamKey: string): boolean {
    const streamPath = streamPathOf(app, streamKey);
    return this.#hub?.isLive(streamPath) ?? this.#core.registry.get(streamPath)?.publisher !== undefined;
  }

  /**
   * Watches the stream `app/streamKey`, or `app` if the key is empty, or waits for it. Returns the function that ends it; the transport is told of
   * everything else.
   */
  subscribe(app: string, streamKey: string, transport: SubscriberTransport): () => void {
    const stream = this.#core.registry.obtain(streamPathOf(app, streamKey));
    const subscriber = stream.subscribe(transport);
    return () => stream.unsubscribe(subscriber);
  }

  /** Ends a client's connection after what waits to be sent. Returns false if there is no such client. */
  disconnect(connectionId: number, reason = "disconnected"): boolean {
    const loop = this.#loops.loopOf(connectionId);
    if (loop !== undefined && this.#hub !== undefined) {
      this.#hub.disconnect(loop, connectionId, reason);
      return true;
    }
    const client = this.#core.client(connectionId);
    client?.end(reason);
    return client !== undefined;
  }

  /**
   * Asks a client to connect anew, elsewhere if `tcUrl` is given (E-RTMP v2 "Reconnect Request"). Resolves with false if
   * there is no such client or it has not said that it understands.
   */
  async requestReconnect(connectionId: number, request: ReconnectRequest = {}): Promise<boolean> {
    const loop = this.#loops.loopOf(connectionId);
    if (loop !== undefined && this.#hub !== undefined) return this.#hub.requestReconnect(loop, connectionId, request);
    return this.#core.client(connectionId)?.requestReconnect(request) ?? false;
  }

  /**
   * Replaces every loop by a new one, one after the other, while the server goes on to listen. The old loops keep the
   * clients they have, get no new ones, and end when the last has left, or after `drainMs`. Resolves when the new ones
   * are ready. The options given are those of the new loops and of all later ones; the others stay as they are.
   * With `loops: 0` there is nothing to replace, and nothing changes.
   */
  async replaceLoops(
    options: LoopSettingOptions = {},
    { drainMs }: { readonly drainMs?: number | undefined } = {},
  ): Promise<void> {
    if (this.#options.loops === 0) return;
    this.#given = { ...this.#given, ...options };
    await this.#loops.replaceLoops({ settings: loopSettings(resolveOptions(this.#given)), drainMs });
  }

  /** The figures of now, of all loops together. */
  async stats(): Promise<ServerStats> {
    const [{ connections, counters, streams }, group] = await Promise.all([
      this.#hub?.report() ?? this.#core.report(),
      this.#loops.stats(),
    ]);
    return {
      uptimeMs: Math.round(systemClock.now() - this.#startedAt),
      connections: { current: connections, total: counters.connections, refused: group.refused },
      publishers: streams.filter((stream) => stream.isLive).length,
      subscribers: streams.reduce((total, stream) => total + stream.subscribers, 0),
      bytesRead: group.bytesRead,
      bytesWritten: group.bytesWritten,
      messages: { in: counters.messagesIn, out: counters.messagesOut, relayed: counters.messagesRelayed },
      publishes: { accepted: counters.publishes, refused: counters.publishesRefused },
      plays: { accepted: counters.plays, refused: counters.playsRefused },
      slow: { skips: counters.skips, disconnects: counters.tooSlow },
      ignoredMessages: counters.ignoredMessages,
      clientErrors: counters.clientErrors,
      streams,
      loops: group.loops.map(({ counters: ofLoop, ...loop }) => {
        const { messagesIn, messagesOut } = (ofLoop as CounterValues | undefined) ?? counters;
        return { ...loop, messagesIn, messagesOut };
      }),
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

  async #close(): Promise<void> {
    await this.#hub?.finish();
    (this.#hub?.local ?? this.#core).shutdown("The server is closing.");
    await this.#loops.close("shutdown");
  }

  #loopGroupOptions(): LoopGroupOptions {
    const { limits, log, loops, pickLoop, loopArguments, maxFlushDelayMs, subscriber, gopCache } = this.#options;
    return {
      loops,
      pick: pickLoop,
      entry: loopEntry(),
      execArgv: loopArguments,
      settings: loopSettings(this.#options),
      maxConnections: limits.maxConnections,
      maxConnectionsPerAddress: limits.maxConnectionsPerAddress,
      // The gate cuts a slow viewer long before; this bounds everything else that is sent.
      maxUnsentBytes: subscriber.dropAboveBytes + gopCache.maxBytes + 4 * 1024 * 1024,
      flush: { maxFlushDelayMs, delayFactor },
      onConnection: (connection) => this.#core.serve(connection),
      onError: (error) => log.error("loop error", { error }),
      onLoopStart: (loop) => {
        this.#hub?.loopStarted(loop);
        this.#emit("loopStart", loop);
      },
      onLoopEnd: (loop, end) => this.#loopEnded(loop, end),
      onLink: (loop, link) => this.#hub?.local.addLink(loop, link),
      onMessage: (loop, messages) => this.#hub?.receive(loop, messages as readonly MessageToHub[]),
    };
  }

  #loopEnded(loop: number, { expected, exitCode, signal, counters, connectionIds }: LoopEnd): void {
    this.#hub?.loopEnded(loop, expected ? "shutdown" : "loop-died", counters as CounterValues | undefined);
    this.#emit("loopEnd", loop, { expected, exitCode, signal, connections: connectionIds.length });
  }

  #emit<Name extends keyof ServerEvents>(name: Name, ...args: ServerEvents[Name]): void {
    try {
      this.#events.emit(name, ...args);
    } catch (error) {
      this.#options.log.error("event listener failed", { event: name, error });
    }
  }
}

/** The module that loops run, beside this one: built as ES module, built as CommonJS, or as source. */
function loopEntry(): URL {
  const extension = /\.[cm]?[jt]s$/.exec(import.meta.url)?.[0] ?? ".js";
  return new URL(`./loop-entry${extension}`, import.meta.url);
}

/** Makes a live server; `listen` starts it. */
export function createRtmpServer(options: ServerOptions = {}): RtmpServer {
  return new RtmpServer(options);
}
