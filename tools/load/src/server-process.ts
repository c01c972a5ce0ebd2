import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { LoadError } from "./load-error.ts";
import { ProcessTree } from "./process-tree.ts";

const LOOK_MS = 50;
const START_MS = 8000;
const STOP_MS = 3000;
const CONNECT_MS = 500;

/** How a server is started. */
export interface ServerCommand {
  readonly command: string;
  /** Without arguments of its own the command is a line for the shell. */
  readonly args?: readonly string[];
  readonly cwd: string;
  readonly port: number;
  /** Takes what the server says. */
  readonly logFile: string;
}

const running = new Set<ServerProcess>();
process.on("exit", () => {
  for (const server of running) server.kill();
});

/** A server under test: a process group of its own, which ends with us whatever happens. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #logFile: string;
  /** Its processes; `undefined` where they cannot be measured. */
  readonly tree: ProcessTree | undefined;

  private constructor(child: ChildProcess, pid: number, logFile: string) {
    this.#child = child;
    this.#logFile = logFile;
    this.tree = ProcessTree.isMeasurable() ? new ProcessTree(pid) : undefined;
    running.add(this);
  }

  /** Resolves when the server takes connections. Rejects with a `LoadError` if it does not, or on abort; then it is gone. */
  static async start(wanted: ServerCommand, signal: AbortSignal): Promise<ServerProcess> {
    const { command, args, cwd, port, logFile } = wanted;
    if (await isListening(port)) throw new LoadError(`port ${port} is in use already`);
    const log = openSync(logFile, "w");
    const options = { cwd, detached: true, stdio: ["ignore", log, log] as ["ignore", number, number] };
    const child = args === undefined ? spawn(command, { ...options, shell: true }) : spawn(command, args, options);
    closeSync(log);
    const failure = once(child, "spawn").then(
      () => undefined,
      (error: unknown) => new LoadError(`cannot start ${command}: ${String(error)}`, { cause: error }),
    );
    const failed = await failure;
    if (failed !== undefined || child.pid === undefined) throw failed ?? new LoadError(`cannot start ${command}`);
    const server = new ServerProcess(child, child.pid, logFile);
    try {
      await server.#untilListening(port, signal);
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** What it has said last, on one line. */
  get lastWords(): string {
    return readFileSync(this.#logFile, "utf8").trim().split("\n").slice(-3).join(" | ").slice(-400);
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Asks it to end, waits a little, and then ends what is left of it. */
  async stop(): Promise<void> {
    const pids = this.tree?.pids() ?? [];
    this.#signal("SIGTERM");
    const until = performance.now() + STOP_MS;
    while (!this.hasEnded && performance.now() < until) await sleep(LOOK_MS);
    this.kill(pids);
    while (!this.hasEnded) await sleep(LOOK_MS);
    running.delete(this);
  }

  /** Ends it at once, with every process that is left of its tree. */
  kill(pids: readonly number[] = this.tree?.pids() ?? []): void {
    const alive = new Set(this.tree?.pids());
    this.#signal("SIGKILL");
    for (const pid of pids) if (alive.has(pid)) tryKill(pid, "SIGKILL");
  }

  #signal(name: NodeJS.Signals): void {
    if (this.#child.pid !== undefined) tryKill(-this.#child.pid, name);
  }

  async #untilListening(port: number, signal: AbortSignal): Promise<void> {
    const until = performance.now() + START_MS;
    while (performance.now() < until && !signal.aborted && !this.hasEnded) {
      if (await isListening(port)) return;
      await sleep(LOOK_MS);
    }
    if (signal.aborted) throw new LoadError("interrupted");
    const what = this.hasEnded ? "the server ended" : `the server does not listen on port ${port}`;
    throw new LoadError(`${what}: ${this.lastWords}`);
  }
}

/** A port that nobody has in this moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1", timeout: CONNECT_MS });
    const settle = (isThere: boolean): void => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once("connect", () => settle(true));
    socket.once("timeout", () => settle(false));
    socket.once("error", () => settle(false));
  });
}

function tryKill(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself.
  }
}
