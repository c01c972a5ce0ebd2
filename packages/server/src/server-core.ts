import type { Clock, Connection, TimerSource } from "@rtmp/reactor";
import type { Admission } from "./admission.ts";
import { CacheBudget } from "./cache-budget.ts";
import { Counters } from "./counters.ts";
import type { LiveStreamWatcher } from "./live-stream.ts";
import type { CoreOptions, ServerLog } from "./options.ts";
import { RtmpConnection } from "./rtmp-connection.ts";
import type { EmitEvent, ServerContext } from "./server-context.ts";
import type { CoreReport } from "./core-report.ts";
import { StreamRegistry } from "./stream-registry.ts";
import { createRtmpFormat } from "./wire-format.ts";
import type { RtmpFormat } from "./wire-format.ts";

/** What a core is made of. */
export interface ServerCoreOptions {
  readonly options: CoreOptions;
  readonly log: ServerLog;
  readonly clock: Clock;
  readonly timers: TimerSource;
  /** Decides what clients may do. */
  readonly admission: Admission;
  readonly emit: EmitEvent;
  /** Told of what matters to other loops. */
  readonly watcher?: LiveStreamWatcher | undefined;
}

/** A server without a listener: it serves the connections it is given, with the clock it is given. */
export class ServerCore {
  readonly registry: StreamRegistry;
  readonly counters: Counters = new Counters();
  /** One object for all RTMP viewers. */
  readonly rtmpFormat: RtmpFormat;
  readonly #connections = new Set<RtmpConnection>();
  readonly #context: ServerContext;
  #isClosing = false;

  constructor({ options, log, clock, timers, admission, emit, watcher }: ServerCoreOptions) {
    this.rtmpFormat = createRtmpFormat(options.chunkSize);
    this.registry = new StreamRegistry({
      format: this.rtmpFormat,
      cacheBudget: new CacheBudget(options.gopCache.maxTotalBytes),
      gopCache: options.gopCache,
      subscriber: options.subscriber,
      counters: this.counters,
      timers,
      watcher,
      maxHoldMs: options.maxFlushDelayMs,
      now: () => clock.now(),
      onError: (error) => log.error("subscriber failed", { error }),
    });
    const { registry, rtmpFormat, counters } = this;
    this.#context = { options, log, clock, timers, admission, registry, rtmpFormat, counters, emit };
  }

  get connectionCount(): number {
    return this.#connections.size;
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

  /** The figures of now; `counters` has what those who are still here have got. */
  report(): CoreReport {
    const values = { ...this.counters.values };
    for (const connection of this.#connections) values.ignoredMessages += connection.ignoredMessages;
    const streams = [...this.registry.values()].map((stream) => {
      const { toViewers, toLoops } = stream.sentNow();
      values.messagesOut += toViewers;
      values.messagesRelayed += toLoops;
      return {
        streamPath: stream.streamPath,
        isLive: stream.publisher !== undefined && stream.publisher.isRemote !== true,
        tracks: stream.tracks,
        metadata: stream.metadata,
        repairs: [...(stream.publisher?.repairs ?? [])],
        ...stream.figures,
      };
    });
    return { connections: this.#connections.size, counters: values, streams };
  }

  /** Ends every publication, and takes no more connections. Viewers are told. */
  endPublications(): void {
    this.#isClosing = true;
    for (const connection of [...this.#connections]) connection.endPublications("shutdown");
  }

  /** Tells everybody that it is over, publishers first, and ends their connections. */
  shutdown(description: string): void {
    this.endPublications();
    for (const connection of [...this.#connections]) connection.shutdown(description);
  }
}
