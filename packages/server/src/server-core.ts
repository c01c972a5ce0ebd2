import { EventEmitter } from "node:events";
import type { Clock, Connection, TimerSource } from "@rtmp/reactor";
import { CacheBudget } from "./cache-budget.ts";
import { Counters } from "./counters.ts";
import type { ServerEvents } from "./events.ts";
import type { ResolvedOptions } from "./options.ts";
import { RtmpConnection } from "./rtmp-connection.ts";
import type { ServerContext } from "./server-context.ts";
import { StreamRegistry } from "./stream-registry.ts";
import { createRtmpFormat } from "./wire-format.ts";
import type { WireFormat } from "./wire-format.ts";

/** A server without a listener: it serves the connections it is given, with the clock it is given. */
export class ServerCore {
  readonly events: EventEmitter<ServerEvents> = new EventEmitter<ServerEvents>();
  readonly registry: StreamRegistry;
  readonly counters: Counters = new Counters();
  /** One object for all RTMP viewers. */
  readonly rtmpFormat: WireFormat;
  readonly #connections = new Set<RtmpConnection>();
  readonly #context: ServerContext;
  #isClosing = false;

  constructor(options: ResolvedOptions, clock: Clock, timers: TimerSource) {
    const onError = (error: unknown): void => options.log.error("subscriber failed", { error });
    const now = (): number => clock.now();
    const cacheBudget = new CacheBudget(options.gopCache.maxTotalBytes);
    this.registry = new StreamRegistry({
      cacheBudget,
      gopCache: options.gopCache,
      subscriber: options.subscriber,
      timers,
      maxHoldMs: options.maxFlushDelayMs,
      now,
      onError,
    });
    this.rtmpFormat = createRtmpFormat(options.chunkSize);
    this.#context = {
      options,
      clock,
      timers,
      registry: this.registry,
      rtmpFormat: this.rtmpFormat,
      counters: this.counters,
      emit: (name, ...args) => this.#emit(name, ...args),
    };
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Messages from clients that counted for nothing. */
  get ignoredMessages(): number {
    let count = this.counters.ignoredMessages;
    for (const connection of this.#connections) count += connection.ignoredMessages;
    return count;
  }

  /** The client of that connection, if it is still there. */
  client(connectionId: number): RtmpConnection | undefined {
    for (const connection of this.#connections) if (connection.client.connectionId === connectionId) return connection;
    return undefined;
  }

  /** Serves one connection until it closes. */
  serve(connection: Connection): void {
    if (this.#isClosing) return connection.destroy("shutdown");
    const rtmpConnection = new RtmpConnection(connection, this.#context, (gone) => this.#connections.delete(gone));
    this.#connections.add(rtmpConnection);
    rtmpConnection.open();
  }

  /** Tells everybody that it is over, publishers first, and ends their connections. */
  shutdown(description: string): void {
    this.#isClosing = true;
    const connections = [...this.#connections];
    for (const connection of connections) connection.endPublications("shutdown");
    for (const connection of connections) connection.shutdown(description);
  }

  #emit<Name extends keyof ServerEvents>(name: Name, ...args: ServerEvents[Name]): void {
    try {
      (this.events.emit as (name: string, ...args: unknown[]) => boolean).call(this.events, name, ...args);
    } catch (error) {
      this.#context.options.log.error("event listener failed", { event: name, error });
    }
  }
}
