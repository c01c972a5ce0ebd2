import { EventEmitter } from "node:events";
import { FlushQueue, TimerQueue } from "@rtmp/reactor";
import { ManualClock, memoryConnectionPair } from "@rtmp/reactor/testing";
import type { MemoryConnection } from "@rtmp/reactor/testing";
import { ClientSession, commandMessage } from "@rtmp/session";
import type { ClientSessionEvent, Status } from "@rtmp/session";
import { MessageTypeId, encodeMessage } from "@rtmp/chunk";
import { encode } from "@rtmp/amf0";
import type { Amf0Value } from "@rtmp/amf0";
import { toHex } from "@rtmp/testkit";
import { mergeReports } from "../src/core-report.ts";
import type { CoreReport } from "../src/core-report.ts";
import type { ServerEvents } from "../src/events.ts";
import { HookAdmission } from "../src/hook-admission.ts";
import { resolveOptions } from "../src/options.ts";
import type { ServerOptions } from "../src/options.ts";
import type { EmitEvent } from "../src/server-context.ts";
import { ServerCore } from "../src/server-core.ts";
import type { StreamStats } from "../src/stats.ts";
import type { SubscriberTransport } from "../src/subscriber.ts";
import { TestCluster } from "./test-cluster.ts";

/** How many loops the tests of the whole server run with: they run once with 0 and once with 2. */
const loopCount = Number(process.env.TEST_LOOPS ?? 0);

/** A server over memory connections, with a clock that stands still until it is moved. */
export class TestServer {
  readonly clock: ManualClock = new ManualClock();
  /** `[name, streamPath or code or app]` of every event, in order. */
  readonly events: [string, string][] = [];
  readonly errors: unknown[] = [];
  readonly emitter: EventEmitter<ServerEvents> = new EventEmitter<ServerEvents>();
  readonly #single: ServerCore | undefined;
  readonly #cluster: TestCluster | undefined;
  readonly #served: MemoryConnection[] = [];
  readonly #timers: TimerQueue;
  readonly #flushQueue: FlushQueue;

  constructor(options: ServerOptions = {}, loops: number = loopCount) {
    this.#timers = new TimerQueue(this.clock);
    this.#flushQueue = new FlushQueue({ clock: this.clock });
    const log = {
      debug: () => undefined,
      error: (message: string, fields: Readonly<Record<string, unknown>>) =>
        void this.errors.push({ message, ...fields }),
    };
    const resolved = resolveOptions({ log, maxFlushDelayMs: 0, loops, ...options });
    const { clock } = this;
    const timers = this.#timers;
    const emit: EmitEvent = (name, ...args) => this.#emit(name, args);
    if (loops > 0) {
      this.#cluster = new TestCluster({ options: resolved, clock, timers, flushQueue: this.#flushQueue, emit });
    } else {
      const onFailure = (error: unknown): void => log.error("hook failed", { error });
      const { hooks, timeouts } = resolved;
      const admission = new HookAdmission({ hooks, timers, hookMs: timeouts.hookMs, onFailure });
      this.#single = new ServerCore({ options: resolved, log, clock, timers, admission, emit });
    }
    this.#record("connect", (_client, app) => app);
    this.#record("disconnect", (_client, reason) => reason);
    this.#record("publish", (stream) => stream.streamPath);
    this.#record("unpublish", (stream, _client, reason) => `${stream.streamPath} ${reason}`);
    this.#record("play", (stream) => stream.streamPath);
    this.#record("stop", (stream, _client, reason) => `${stream.streamPath} ${reason}`);
    this.#record("skip", (stream) => stream.streamPath);
    this.#record("repair", (stream, _client, repair) => `${stream.streamPath} ${repair}`);
    this.#record("refuse", ({ what, path, code }) => `${what} ${path} ${code}`);
    this.#record("clientError", (error) => error.code);
  }

  /** The loops, if there are any. */
  get cluster(): TestCluster {
    if (this.#cluster === undefined) throw new Error("a server without loops");
    return this.#cluster;
  }

  /** The figures of now, over all loops. */
  get report(): CoreReport {
    const cores = this.#cluster?.cores ?? [this.core];
    return mergeReports(
      cores.map((core) => core.report()),
      this.#cluster?.gone,
    );
  }

  /** The streams that are known on any loop. */
  get streamPaths(): string[] {
    return this.report.streams.map((stream) => stream.streamPath);
  }

  stream(streamPath = "live/s"): StreamStats | undefined {
    return this.report.streams.find((stream) => stream.streamPath === streamPath);
  }

  /** Watches a stream as something else than an RTMP client; the first process does so with loops. */
  subscribe(streamPath: string, transport: SubscriberTransport): () => void {
    const stream = this.core.registry.obtain(streamPath);
    const subscriber = stream.subscribe(transport);
    this.pump();
    return () => {
      stream.unsubscribe(subscriber);
      this.pump();
    };
  }

  /** The core that `subscribe` uses. */
  get core(): ServerCore {
    const core = this.#single ?? this.#cluster?.hub.local.core;
    if (core === undefined) throw new Error("a server without a core");
    return core;
  }

  shutdown(description: string): void {
    if (this.#cluster === undefined) this.core.shutdown(description);
    else this.#cluster.shutdown(description);
  }

  /** A client whose TCP connection is there and whose handshake has begun. */
  client(options: { readonly pieceSize?: number; readonly loop?: number } = {}): TestClient {
    return new TestClient(this, this.connection(options));
  }

  /** The most bytes that any one connection has waiting at the server. */
  get mostUnsentBytes(): number {
    return Math.max(0, ...this.#served.map((connection) => connection.unsentBytes));
  }

  /** The client's end of a connection that the server serves. */
  connection({ loop, ...options }: { readonly pieceSize?: number; readonly loop?: number } = {}): MemoryConnection {
    const pair = memoryConnectionPair({
      clock: this.clock,
      timers: this.#timers,
      flushQueue: this.#flushQueue,
      ...options,
    });
    const core = this.#cluster?.pick(loop) ?? this.core;
    this.#served.push(pair.server);
    core.serve(pair.server);
    return pair.client;
  }

  /** Lets everything happen that can without time going by. */
  pump(): void {
    this.clock.advance(0);
  }

  /** Lets promises that are settled run, then the rest. */
  async settle(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.pump();
  }

  #emit<Name extends keyof ServerEvents>(name: Name, args: ServerEvents[Name]): void {
    try {
      (this.emitter.emit as (name: string, ...args: unknown[]) => boolean).call(this.emitter, name, ...args);
    } catch (error) {
      this.errors.push({ message: "event listener failed", event: name, error });
    }
  }

  #record<Name extends keyof ServerEvents>(name: Name, describe: (...args: ServerEvents[Name]) => string): void {
    const listener = (...args: unknown[]): void =>
      void this.events.push([name, describe(...(args as ServerEvents[Name]))]);
    (this.emitter as unknown as { on(name: string, listener: (...args: unknown[]) => void): void }).on(name, listener);
  }
}

/** A received message in short: `"video 40 1701…"`. */
export type Line = string;

/** A client that does what it is told and writes down what it hears. */
export class TestClient {
  readonly connection: MemoryConnection;
  readonly session: ClientSession;
  readonly statuses: Status[] = [];
  /** Audio, video and data in order. */
  readonly media: Line[] = [];
  readonly userControl: string[] = [];
  closeReason: string | undefined;
  readonly #server: TestServer;

  constructor(server: TestServer, connection: MemoryConnection) {
    this.#server = server;
    this.connection = connection;
    this.session = new ClientSession({ onEvent: (event) => this.#onEvent(event), windowAcknowledgementSize: 1000 });
    connection.open({
      data: (bytes) => {
        this.session.push(bytes);
        this.flush();
      },
      close: (reason) => (this.closeReason = reason),
    });
    this.session.start();
    this.flush();
  }

  get codes(): string[] {
    return this.statuses.map((status) => status.code);
  }

  /** Everything that came after the last call. */
  takeMedia(): Line[] {
    return this.media.splice(0);
  }

  flush(): void {
    const output = this.session.takeOutput();
    if (output !== undefined) this.connection.send(output);
  }

  /** Sends what is queued and lets the server answer. */
  pump(): void {
    this.flush();
    this.#server.pump();
  }

  /** Connects, with query and all. Returns the code of the answer. */
  connect(app = "live", extra: Readonly<Record<string, Amf0Value>> = {}): string {
    let code = "";
    this.session.connect({ app, tcUrl: `rtmp://127.0.0.1/${app}`, extra }, (reply) => (code = reply.status.code));
    this.pump();
    return code;
  }

  createStream(): number {
    let id = -1;
    this.session.createStream((messageStreamId) => (id = messageStreamId ?? -1));
    this.pump();
    return id;
  }

  /** Connects if need be, creates a stream and publishes. Returns the code of the answer, if one came. */
  publish(streamKey: string, app = "live"): string {
    this.connect(app);
    return this.publishOn(this.createStream(), streamKey);
  }

  publishOn(messageStreamId: number, streamKey: string): string {
    const before = this.statuses.length;
    this.session.publish(messageStreamId, streamKey);
    this.pump();
    return this.statuses[before]?.code ?? "";
  }

  play(streamKey: string, app = "live"): void {
    this.connect(app);
    const messageStreamId = this.createStream();
    this.session.play(messageStreamId, streamKey);
    this.pump();
  }

  video(timestamp: number, payload: Uint8Array, messageStreamId = 1): void {
    this.session.sendMedia(messageStreamId, MessageTypeId.Video, timestamp, payload);
    this.pump();
  }

  audio(timestamp: number, payload: Uint8Array, messageStreamId = 1): void {
    this.session.sendMedia(messageStreamId, MessageTypeId.Audio, timestamp, payload);
    this.pump();
  }

  /** Sends any command on any stream, on a chunk stream of its own. */
  command(messageStreamId: number, ...values: readonly Amf0Value[]): void {
    const message = { ...commandMessage(messageStreamId, ...values), chunkStreamId: 70 };
    this.flush();
    this.connection.send(encodeMessage(message, 60_000));
    this.pump();
  }

  metadata(fields: Readonly<Record<string, Amf0Value>>, messageStreamId = 1): void {
    const payload = encode("@setDataFrame", "onMetaData", { ...fields });
    this.session.sendMedia(messageStreamId, MessageTypeId.DataAmf0, 0, payload);
    this.pump();
  }

  clearMetadata(messageStreamId = 1): void {
    const payload = encode("@clearDataFrame", "onMetaData");
    this.session.sendMedia(messageStreamId, MessageTypeId.DataAmf0, 0, payload);
    this.pump();
  }

  #onEvent(event: ClientSessionEvent): void {
    switch (event.type) {
      case "media": {
        const { typeId, timestamp, payload } = event.message;
        this.media.push(`${typeId === MessageTypeId.Video ? "video" : "audio"} ${timestamp} ${describe(payload)}`);
        return;
      }
      case "data":
        if (event.name !== "|RtmpSampleAccess") this.media.push(`${event.name} ${event.timestamp}`);
        return;
      case "status":
        this.statuses.push(event.status);
        return;
      case "stream-begin":
      case "stream-eof":
        this.userControl.push(`${event.type} ${event.messageStreamId}`);
        return;
      case "handshake":
      case "command":
    }
  }
}

/** Small payloads whole; of large ones the beginning, the length and a sum that a changed byte changes. */
function describe(payload: Uint8Array): string {
  if (payload.length <= 200) return toHex(payload);
  return `${toHex(payload.subarray(0, 20))}… ${payload.length} ${payload.reduce((sum, byte) => (sum * 31 + byte) >>> 0, 7)}`;
}
