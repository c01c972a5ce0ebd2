import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

/** How a process ended. */
export interface ProcessEnd {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The program itself, run from its sources as a child process. */
export class ServerProcess implements Disposable {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #ended: Promise<unknown>;
  #stdout = "";
  #stderr = "";

  /** Starts it with nothing of our own environment but the path. */
  constructor(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(process.execPath, ["--conditions=@rtmp/source", main, ...args], {
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

  /** The port it says it listens on, in a JSON log. */
  async port(): Promise<number> {
    const entry = JSON.parse(await this.line("RTMP server ready")) as { readonly listening: { readonly port: number } };
    return entry.listening.port;
  }

  /** Stops reading what it says. */
  closeOutput(): void {
    this.#child.stdout.destroy();
    this.#child.stderr.destroy();
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Waits until the process has ended by itself. */
  async end(): Promise<ProcessEnd> {
    await this.#ended;
    return { exitCode: this.#child.exitCode, stdout: this.#stdout, stderr: this.#stderr };
  }

  [Symbol.dispose](): void {
    this.#child.kill("SIGKILL");
  }
}
