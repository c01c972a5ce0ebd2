import { execFileSync, spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { mkdirSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const sources = fileURLToPath(new URL("../baseline/", import.meta.url));
const cache = fileURLToPath(new URL("../.cache/", import.meta.url));

/** This machine lacks what a bench needs; the message says what, in one sentence. */
export class MissingToolError extends Error {
  override readonly name = "MissingToolError";
}

/** Compiles a program of `baseline/`, named without its `.c`. Throws a `MissingToolError` without gcc or Linux. */
export function buildC(name: string): void {
  if (process.platform !== "linux") throw new MissingToolError(`${name}.c uses epoll: it needs Linux.`);
  mkdirSync(cache, { recursive: true });
  try {
    execFileSync("gcc", ["-O2", "-o", `${cache}${name}`, `${sources}${name}.c`], {
      stdio: ["ignore", "ignore", "pipe"],
    });
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    if (isMissing) throw new MissingToolError(`${name}.c needs gcc, which was not found (Debian: apt install gcc).`);
    throw new Error(`${name}.c cannot be compiled`, { cause: error });
  }
}

/** A run of a program that was built, and what it says, line by line. */
export class CProgram {
  readonly #name: string;
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;

  constructor(name: string, args: readonly (string | number)[]) {
    this.#name = name;
    this.#process = spawn(`${cache}${name}`, args.map(String));
    this.#process.stderr.pipe(process.stderr);
    this.#lines = createInterface(this.#process.stdout)[Symbol.asyncIterator]();
  }

  give(input: string | Uint8Array): void {
    this.#process.stdin.end(input);
  }

  /** Throws an `Error` when the program has ended instead of saying more. */
  async nextLine(): Promise<string> {
    const line = (await this.#lines.next()) as IteratorResult<string, undefined>;
    if (line.done === true) throw new Error(`${this.#name} ended without a word; its error stands above.`);
    return line.value;
  }

  kill(): void {
    this.#process.kill();
  }
}
