import { EventEmitter } from "node:events";
import type { Clock, Connection, TimerSource } from "@rtmp/reactor";
import { Counters } from "./counters.ts";
import type { ServerEvents } from "./events.ts";
import type { ResolvedOptions } from "./options.ts";
import { RtmpConnection } from "./rtmp-connection.ts";
import type { ServerContext } from "./server-context.ts";
import { StreamRegistry } from "./stream-registry.ts";
import { RtmpFormats } from "./wire-format.ts";

/** A server without a listener: it serves the connections it is given, with the clock it is given. */
export class ServerCore {
  readonly events: EventEmitter<ServerEvents> = new EventEmitter<ServerEvents>();
  readonly registry: StreamRegistry;
  readonly counters: Counters = new Counters();
  readonly #connections = new Set<RtmpConnection>();
  readonly #context: ServerContext;
  #isClosing = false;

  constructor(options: ResolvedOptions, clock: Clock, timers: TimerSource) {
    const onError = (error: unknown): void => options.log.error("subscriber failed", { error });
    const now = (): number => clock.now();
    this.registry = new StreamRegistry({ gopCache: options.gopCache, subscriber: options.subscriber, now, onError });
    this.#context = {
      options,
      clock,
      timers,
      registry: this.registry,
      formats: new RtmpFormats(options.chunkSize),
      counters: this.counters,
      emit: (name, ...args) => this.#emit(name, ...args),
    };
  }

  get connectionCount(): number {
    return this.#connections.size;
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
    for (const connection of [...this.#connections]) connection.shutdown(description);
  }

  #emit<Name extends keyof ServerEvents>(name: Name, ...args: ServerEvents[Name]): void {
    try {
      (this.events.emit as (name: string, ...args: unknown[]) => boolean).call(this.events, name, ...args);
    } catch (error) {
      this.#context.options.log.error("event listener failed", { event: name, error });
    }
  }
}
