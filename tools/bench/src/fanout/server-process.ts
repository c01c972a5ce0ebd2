import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { V8_FLAGS } from "../measured-process.ts";

/** What a measured server says of the time between `begin` and `end`. */
export interface ServerReport {
  readonly cpuMs: number;
  readonly wallMs: number;
  /** Writes to any socket. */
  readonly writes: number;
  /** Writes to one of the viewers. */
  readonly log: readonly (readonly [ms: number, bytes: number])[];
  readonly subscribers: number;
  readonly loopDelayP99Ms: number;
  readonly rssMegabytes: number;
}

/** Our server, in a process of its own. */
export class ServerProcess {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  static async start(maxFlushDelayMs: number): Promise<ServerProcess> {
    const entry = fileURLToPath(new URL("measured-server.ts", import.meta.url));
    const child = fork(entry, [String(maxFlushDelayMs)], { execArgv: [...process.execArgv, ...V8_FLAGS] });
    const [{ port }] = (await once(child, "message")) as [{ port: number }];
    return new ServerProcess(child, port);
  }

  begin(): void {
    this.#child.send("begin");
  }

  async end(): Promise<ServerReport> {
    this.#child.send("end");
    const [report] = (await once(this.#child, "message")) as [ServerReport];
    return report;
  }

  async close(): Promise<void> {
    this.#child.send("close");
    await once(this.#child, "exit");
  }

  kill(): void {
    this.#child.kill();
  }
}
