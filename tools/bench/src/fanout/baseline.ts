import { execFileSync, spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { mkdirSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** One write to every receiver: when, in ms since the measurement began, and how many bytes. */
export interface LoggedWrite {
  readonly ms: number;
  readonly bytes: number;
}

const source = fileURLToPath(new URL("../../baseline/fanout.c", import.meta.url));
const cache = fileURLToPath(new URL("../../.cache/", import.meta.url));
const program = `${cache}fanout`;

/** Compiles the baseline. Throws an `Error` with one sentence if that is impossible. */
export function buildBaseline(): void {
  if (process.platform !== "linux") throw new Error("The baseline of fan-out uses epoll: it needs Linux.");
  mkdirSync(cache, { recursive: true });
  try {
    execFileSync("gcc", ["-O2", "-o", program, source], { stdio: ["ignore", "ignore", "pipe"] });
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    const why = isMissing ? "gcc was not found; install it (Debian: apt install gcc)." : String(error);
    throw new Error(`The baseline of fan-out is written in C: ${why}`, { cause: error });
  }
}

/** A run of the baseline and what it says, line by line. */
class BaselineProcess {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;

  constructor(args: readonly (string | number)[]) {
    this.#process = spawn(program, args.map(String));
    this.#process.stderr.pipe(process.stderr);
    this.#lines = createInterface(this.#process.stdout)[Symbol.asyncIterator]();
  }

  give(input: string | Uint8Array): void {
    this.#process.stdin.end(input);
  }

  /** Throws an `Error` when the program has ended instead of saying more. */
  async nextLine(): Promise<string> {
    const line = (await this.#lines.next()) as IteratorResult<string, undefined>;
    if (line.done === true) throw new Error("The baseline ended without a word; its error stands above.");
    return line.value;
  }

  kill(): void {
    this.#process.kill();
  }
}

/** Light receivers: they send a greeting, read, and forget what they read. */
export class Receivers {
  readonly #process: BaselineProcess;

  private constructor(baseline: BaselineProcess) {
    this.#process = baseline;
  }

  /** Connects so many, and resolves when all are connected. */
  static async connect(port: number, count: number, greeting: Uint8Array): Promise<Receivers> {
    const baseline = new BaselineProcess(["receive", port, count, 1000]);
    baseline.give(greeting);
    await baseline.nextLine();
    return new Receivers(baseline);
  }

  /** How many bytes the one got that got the fewest. Resolves when the server has closed all connections. */
  async fewestBytes(): Promise<number> {
    return Number((await this.#process.nextLine()).split(" ")[0]);
  }

  kill(): void {
    this.#process.kill();
  }
}

/** Does the writes of `log` in C for so many receivers. Returns what one write cost, in µs of CPU. */
export async function runBaseline(log: readonly LoggedWrite[], receiverCount: number): Promise<number> {
  const server = new BaselineProcess(["serve", receiverCount]);
  let receivers: Receivers | undefined;
  try {
    server.give(log.map(({ ms, bytes }) => `${ms.toFixed(3)} ${bytes}\n`).join(""));
    const port = Number((await server.nextLine()).split(" ")[1]);
    receivers = await Receivers.connect(port, receiverCount, new Uint8Array(0));
    await server.nextLine();
    const [writes, cpuSeconds] = (await server.nextLine()).split(" ").map(Number);
    const expected = log.reduce((sum, { bytes }) => sum + bytes, 0);
    const fewest = await receivers.fewestBytes();
    if (fewest < expected * 0.995) throw new Error(`A receiver of the baseline got ${fewest} bytes of ${expected}.`);
    return (cpuSeconds! * 1e6) / writes!;
  } finally {
    server.kill();
    receivers?.kill();
  }
}
