import { Acceptor, type AcceptorOptions, type ListenAddress } from "./acceptor.ts";
import type { ErrorReporter } from "./error-reporter.ts";
import { FlushQueue, type FlushQueueOptions } from "./flush-queue.ts";
import { LoopDelay } from "./loop-delay.ts";
import { TaskScheduler, type TaskSchedulerOptions } from "./task-scheduler.ts";

/** Options of a `LoopGroup`. */
export interface LoopGroupOptions extends Omit<AcceptorOptions, "timers" | "flushQueue"> {
  /** Loops beside this process. Only 0 so far: this process does everything. */
  readonly loops: number;
  /** When queued bytes leave. */
  readonly flush?: Pick<FlushQueueOptions, "sliceMs" | "maxFlushDelayMs" | "delayFactor"> | undefined;
  readonly maxTriggerEvents?: TaskSchedulerOptions["maxTriggerEvents"];
  /** Told of failed accepts and of what tasks and handlers throw. Default: it becomes an uncaught exception. */
  readonly onError?: ErrorReporter | undefined;
}

/** What one loop did so far. */
export interface LoopStats {
  readonly loop: number;
  readonly connections: number;
  readonly accepted: number;
  /** Closed at once because of a limit on connections. */
  readonly refused: number;
  /** How late the loop came round in the last ten seconds, in milliseconds. */
  readonly delayP50Ms: number;
  readonly delayP99Ms: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

/** The loops that serve connections, and the acceptor that feeds them. */
export class LoopGroup implements AsyncDisposable {
  /** Trigger events and timers of this process's loop. */
  readonly scheduler: TaskScheduler;
  /** Where the connections of this process's loop wait to be flushed. */
  readonly flushQueue: FlushQueue;
  readonly #acceptor: Acceptor;
  #loopDelay: LoopDelay | undefined;
  #closing: Promise<void> | undefined;

  /** Throws a `RangeError` that names the option when one makes no sense, and when `loops` is not 0. */
  constructor(options: LoopGroupOptions) {
    const { loops, onError, maxTriggerEvents } = options;
    if (loops !== 0) throw new RangeError(`loops must be 0, got ${loops}: more are not there yet`);
    this.scheduler = new TaskScheduler({ maxTriggerEvents, onError });
    this.flushQueue = new FlushQueue({ ...options.flush, onError });
    this.#acceptor = new Acceptor({ ...options, timers: this.scheduler, flushQueue: this.flushQueue });
  }

  /**
   * Listens on one more address; resolves with the port and address that were taken. Rejects with Node's own error when that fails, for example
   * EADDRINUSE or EACCES. Throws a `TypeError` after `close`.
   */
  async listen(address: ListenAddress): Promise<{ readonly port: number; readonly host: string }> {
    if (this.#closing !== undefined) throw new TypeError("listen() after close()");
    const taken = await this.#acceptor.listen(address);
    if (this.#isClosing()) {
      this.#acceptor.close();
      throw new TypeError("closed while beginning to listen");
    }
    this.#loopDelay ??= new LoopDelay(this.scheduler);
    return taken;
  }

  /** What each loop did so far. */
  stats(): Promise<readonly LoopStats[]> {
    const { connections, accepted, refusedTooMany, refusedTooManyFromAddress, bytesRead, bytesWritten } =
      this.#acceptor.stats();
    const { p50Ms: delayP50Ms, p99Ms: delayP99Ms } = this.#loopDelay?.read() ?? { p50Ms: 0, p99Ms: 0 };
    const refused = refusedTooMany + refusedTooManyFromAddress;
    return Promise.resolve([
      { loop: 0, connections, accepted, refused, delayP50Ms, delayP99Ms, bytesRead, bytesWritten },
    ]);
  }

  /**
   * Stops listening, ends every connection for `reason`, and resolves when all are gone, at the latest after `endTimeoutMs`. Timers and trigger
   * events that still wait are dropped then. Twice is fine.
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
    await this.#acceptor.endConnections(reason);
    this.#loopDelay?.stop();
    this.flushQueue.close();
    this.scheduler.close();
  }

  #isClosing(): boolean {
    return this.#closing !== undefined;
  }
}
