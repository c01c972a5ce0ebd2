import type { TlsOptions } from "node:tls";
import type { AcceptedSocket } from "./acceptor.ts";
import type { ConnectionEnvironment } from "./coalescing-connection.ts";
import type { Connection } from "./connection.ts";
import { LoopDelay } from "./loop-delay.ts";
import { type LoopFigures, readFigures } from "./loop-figures.ts";
import { SocketHost } from "./socket-host.ts";
import type { TaskScheduler } from "./task-scheduler.ts";

/** Options of a `LocalLoop`. */
export interface LocalLoopOptions {
  readonly scheduler: TaskScheduler;
  readonly environment: ConnectionEnvironment;
  readonly onConnection: (connection: Connection) => void;
  readonly onGone: (id: number) => void;
}

/** The one loop of a group that keeps everything in this process. */
export class LocalLoop {
  readonly #scheduler: TaskScheduler;
  readonly #host: SocketHost;
  #delay: LoopDelay | undefined;

  constructor(options: LocalLoopOptions) {
    this.#scheduler = options.scheduler;
    this.#host = new SocketHost(options);
  }

  /** Begins to measure. */
  start(): Promise<void> {
    this.#delay ??= new LoopDelay(this.#scheduler);
    return Promise.resolve();
  }

  addTls(listener: number, options: TlsOptions): void {
    this.#host.addTls(listener, options);
  }

  deal({ socket, peer }: AcceptedSocket): void {
    this.#host.adopt(socket, peer);
  }

  figures(): LoopFigures {
    return readFigures(this.#host, this.#delay?.read() ?? { p50Ms: 0, p99Ms: 0 }, undefined);
  }

  async close(reason: string): Promise<void> {
    await this.#host.endConnections(reason);
    this.#delay?.stop();
  }
}
