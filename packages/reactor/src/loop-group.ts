import { Acceptor, type AcceptorLimits, type ListenAddress } from "./acceptor.ts";
import { assertCloneable } from "./cloneable.ts";
import type { ConnectionEnvironment } from "./coalescing-connection.ts";
import type { Connection } from "./connection.ts";
import { type ConnectionLimits, connectionLimits } from "./connection-limits.ts";
import { type ErrorReporter, throwUncaught } from "./error-reporter.ts";
import { FlushQueue } from "./flush-queue.ts";
import { LocalLoop } from "./local-loop.ts";
import { loopCommand } from "./loop-command.ts";
import type { LoopGroupStats } from "./loop-figures.ts";
import type { FlushTiming } from "./loop-messages.ts";
import { LoopPool } from "./loop-pool.ts";
import type { LoopEnd } from "./loop-process.ts";
import { TaskScheduler, type TaskSchedulerOptions } from "./task-scheduler.ts";

/** Options of a `LoopGroup`. */
export interface LoopGroupOptions extends Partial<ConnectionLimits>, AcceptorLimits {
  /** Processes that serve connections. 0: this process does everything. */
  readonly loops: number;
  /** Which loop gets the next connection. Default: `round-robin`. */
  readonly pick?: "round-robin" | "least-connections" | undefined;
  /** The module that each loop runs, a `file:` URL; it calls `runLoop`. Required with `loops` above 0. */
  readonly entry?: URL | undefined;
  /** Flags of Node and V8 for the loops, behind those of this process. */
  readonly execArgv?: readonly string[] | undefined;
  /** Given to each loop when it starts. It must be something that can be given to another process. */
  readonly settings?: unknown;
  /** Gets every connection that was let in, and owns it: it calls `open`, now or later. Required with `loops: 0`, and called only then. */
  readonly onConnection?: ((connection: Connection) => void) | undefined;
  /** A loop is ready, the first or a replacement. Called before it is dealt a connection, and before anything is heard of it. */
  readonly onLoopStart?: ((loop: number) => void) | undefined;
  /** A loop is gone, and its connections with it. Nothing more is heard of it. */
  readonly onLoopEnd?: ((loop: number, end: LoopEnd) => void) | undefined;
  /** The handler of a loop sent this. */
  readonly onMessage?: ((loop: number, message: unknown) => void) | undefined;
  /**
   * A link to a loop stands. There is one at a time to each; the `close` of its handler says that it broke or that the loop is gone. If the loop
   * lives, a new one follows. Its id is below 0.
   */
  readonly onLink?: ((loop: number, link: Connection) => void) | undefined;
  /** When queued bytes leave. */
  readonly flush?: FlushTiming | undefined;
  /** The same for the links between loops. */
  readonly linkFlush?: FlushTiming | undefined;
  readonly maxTriggerEvents?: TaskSchedulerOptions["maxTriggerEvents"];
  /**
   * Told of failed accepts, of loops that could not be started, and of what tasks and handlers throw, in loops as well. Default: it becomes an uncaught
   * exception, in the process where it happened.
   */
  readonly onError?: ErrorReporter | undefined;
}

/** Options of `replaceLoops`. */
export interface ReplaceLoopsOptions {
  /** For the new loops and all later ones. Default: those that there are. */
  readonly settings?: unknown;
  /** The old loops are ended after so long, for the reason `loop-replaced`. Default: they end when their last connection leaves. */
  readonly drainMs?: number | undefined;
}

/** The loops that serve connections, and the acceptor that feeds them. */
export class LoopGroup implements AsyncDisposable {
  /** Trigger events and timers of this process's loop. */
  readonly scheduler: TaskScheduler;
  /** Where the connections of this process's loop wait to be flushed. */
  readonly flushQueue: FlushQueue;
  readonly #acceptor: Acceptor;
  readonly #local: LocalLoop | undefined;
  readonly #pool: LoopPool | undefined;
  #lastTlsListener = 0;
  #closing: Promise<void> | undefined;

  /** Throws a `RangeError` or `TypeError` that names the option when one makes no sense. */
  constructor(options: LoopGroupOptions) {
    const { loops, onError = throwUncaught, maxTriggerEvents } = options;
    if (!Number.isInteger(loops) || loops < 0)
      throw new RangeError(`loops must be a whole number from 0, got ${loops}`);
    this.scheduler = new TaskScheduler({ maxTriggerEvents, onError });
    this.flushQueue = new FlushQueue({ ...options.flush, onError });
    this.#acceptor = new Acceptor({
      ...options,
      pauseOnConnect: loops > 0,
      onSocket: (accepted) => (this.#local ?? this.#pool)?.deal(accepted),
      onError,
    });
    const { scheduler, flushQueue } = this;
    const environment = { timers: scheduler, flushQueue, limits: connectionLimits(options), onError };
    const onGone = (id: number): void => this.#acceptor.release(id);
    if (loops > 0) this.#pool = createPool(options, environment, onGone);
    else {
      const onConnection = required("onConnection", options.onConnection, "with loops: 0");
      this.#local = new LocalLoop({ scheduler, environment, onConnection, onGone });
    }
  }

  /** The loops that live, draining ones included; none with `loops: 0`. */
  get loopIds(): readonly number[] {
    return this.#pool?.started.map(({ id }) => id) ?? [];
  }

  /**
   * Listens on one more address; resolves with the port and address that were taken, when all loops are ready. Rejects with Node's own error when the
   * address cannot be had, for example EADDRINUSE or EACCES, and with an error that says why when a loop cannot be started. Throws a `TypeError` after
   * `close`.
   */
  async listen(address: ListenAddress): Promise<{ readonly port: number; readonly host: string }> {
    this.#assertOpen("listen() after close()");
    const tlsListener = address.tls === undefined ? undefined : ++this.#lastTlsListener;
    if (tlsListener !== undefined && address.tls !== undefined) {
      (this.#local ?? this.#pool)?.addTls(tlsListener, address.tls);
    }
    const taken = await this.#acceptor.listen(address, tlsListener);
    try {
      this.#assertOpen("closed while beginning to listen");
      await (this.#local ?? this.#pool)?.start();
    } catch (error) {
      this.#acceptor.close();
      this.#assertOpen("closed while beginning to listen");
      throw error;
    }
    return taken;
  }

  /**
   * Sends a message to the handler of a loop. Returns false if there is no such loop. Throws Node's own error when the message cannot be given to
   * another process; `Uint8Array`, `Date`, `Map`, `Set`, `undefined` and what is made of them can.
   */
  send(loop: number, message: unknown): boolean {
    return this.#pool?.send(loop, message) ?? false;
  }

  /** The loop that serves this connection; undefined if none does, and with `loops: 0`. */
  loopOf(connectionId: number): number | undefined {
    return this.#pool?.loopOf(connectionId);
  }

  /**
   * What each loop did so far, and all of them together. A loop that does not answer within a second counts with its last figures, as does one that has
   * died: they are told once a second.
   */
  async stats(): Promise<LoopGroupStats> {
    if (this.#pool !== undefined) {
      const figures = await this.#pool.stats();
      return { ...this.#acceptor.stats(), ...figures };
    }
    const accepted = this.#acceptor.stats();
    const figures = this.#local!.figures();
    const { failedTlsHandshakes, bytesRead, bytesWritten } = figures;
    const loop = { loop: 0, pid: process.pid, draining: false, ...accepted, ...figures };
    return { ...accepted, failedTlsHandshakes, bytesRead, bytesWritten, loops: [loop] };
  }

  /**
   * Puts a new loop in the place of each, one after the other, without a moment in which nobody accepts. The old ones get no new connections, go on
   * serving what they have, and end when the last leaves, or after `drainMs`; at most twice as many as `loops` do so, beyond that the oldest is ended.
   *
   * Resolves when all new loops are ready; the old ones may live on. Rejects when a new loop cannot be started: then the loops that have not been
   * replaced stay. Calls wait for each other. Throws a `TypeError` with `loops: 0`, before `listen` and after `close`.
   */
  async replaceLoops(options: ReplaceLoopsOptions = {}): Promise<void> {
    this.#assertOpen("replaceLoops() after close()");
    if (this.#pool === undefined) throw new TypeError("replaceLoops() needs loops above 0");
    const { drainMs = Infinity } = options;
    if (!(drainMs >= 0)) throw new RangeError(`drainMs must be at least 0, got ${drainMs}`);
    assertCloneable("settings", options.settings);
    const settings = "settings" in options ? { value: options.settings } : undefined;
    await this.#pool.replace(settings, drainMs);
  }

  /**
   * Stops listening, ends every connection for `reason` and every loop, and resolves when all are gone, at the latest a little after `endTimeoutMs`. Timers
   * and trigger events that still wait are dropped then. Twice is fine.
   */
  close(reason: string = "shutdown"): Promise<void> {
    this.#closing ??= this.#close(reason);
    return this.#closing;
  }

  /** The same as `close()`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(reason: string): Promise<void> {
    this.#acceptor.close();
    await (this.#local ?? this.#pool)?.close(reason);
    this.flushQueue.close();
    this.scheduler.close();
  }

  #assertOpen(complaint: string): void {
    if (this.#closing !== undefined) throw new TypeError(complaint);
  }
}

function createPool(
  options: LoopGroupOptions,
  environment: ConnectionEnvironment,
  onGone: (id: number) => void,
): LoopPool {
  const { loops, pick = "round-robin", settings, flush, linkFlush, maxTriggerEvents } = options;
  const { onLink, onMessage, onLoopStart, onLoopEnd } = options;
  assertCloneable("settings", settings);
  return new LoopPool({
    ...{ loops, pick, settings, maxTriggerEvents, environment, onGone },
    flush: timingOf(flush),
    linkFlush: timingOf(linkFlush),
    command: loopCommand(required("entry", options.entry, "with loops above 0"), options.execArgv),
    tellsErrors: options.onError !== undefined,
    events: { onLink, onMessage, onLoopStart, onLoopEnd },
  });
}

function required<Value>(name: string, value: Value | undefined, when: string): Value {
  if (value === undefined) throw new TypeError(`${name} is required ${when}`);
  return value;
}

/** What a flush queue is told in another process, and nothing else that the object may hold. */
function timingOf(flush: FlushTiming | undefined): FlushTiming {
  const { sliceMs, maxFlushDelayMs, delayFactor } = flush ?? {};
  return { sliceMs, maxFlushDelayMs, delayFactor };
}
