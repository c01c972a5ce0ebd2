import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

/** How a process ended. */
export interface ProcessEnd {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program run from its sources as a child process, for tests. */
export class ProgramProcess implements Disposable {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #ended: Promise<unknown>;
  #stdout = "";
  #stderr = "";

  /** Starts `main` with nothing of our own environment but the path. */
  constructor(main: URL, args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(process.execPath, ["--conditions=@rtmp/source", fileURLToPath(main), ...args], {
      env: { PATH: process.env.PATH, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stdout.setEncoding("utf8").on("data", (text: string) => (this.#stdout += text));
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => (this.#stderr += text));
    this.#ended = once(this.#child, "close");
  }

  /** The first line of standard output that has `words` in it. Throws if the process ends without one. */
  async line(words: string): Promise<string> {
    for (;;) {
      const complete = this.#stdout.slice(0, this.#stdout.lastIndexOf("\n") + 1);
      const line = complete.split("\n").find((candidate) => candidate.includes(words));
      if (line !== undefined) return line;
      const more = once(this.#child.stdout, "data").then(() => true);
      if (!(await Promise.race([more, this.#ended.then(() => false)]))) {
        throw new Error(`no line with ${words} in:\n${this.#stdout}${this.#stderr}`);
      }
    }
  }

  /** Stops reading what it says. */
  closeOutput(): void {
    this.#child.stdout.destroy();
    this.#child.stderr.destroy();
  }

  /** Sends it a signal. */
  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Waits until the process has ended by itself. */
  async end(): Promise<ProcessEnd> {
    await this.#ended;
    return { exitCode: this.#child.exitCode, stdout: this.#stdout, stderr: this.#stderr };
  }

  /** Kills it if it still runs. */
  [Symbol.dispose](): void {
    this.#child.kill("SIGKILL");
  }
}
