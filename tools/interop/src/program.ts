import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import type { Readable } from "node:stream";

/** No program of a case may live longer than this, unless the case says so. */
const defaultTimeoutMs = 25_000;

/** How a program ended and what it wrote. */
export interface ProgramEnd {
  /** `undefined` if it was killed. */
  readonly code: number | undefined;
  readonly stdout: Buffer;
  readonly stderr: string;
  /** Command, exit code and the end of stderr, for a failure's text. */
  readonly summary: string;
}

/** A running child process. */
export class Program {
  /** Resolves when the process has ended and its output is complete; rejects only if it could not be started. */
  readonly ended: Promise<ProgramEnd>;
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #command: string;
  readonly #stdout: Buffer[] = [];
  #stderr = "";
  readonly #listeners = new Set<() => void>();

  /** Starts `command`, without a shell and with an empty stdin. It is killed after `timeoutMs`. */
  constructor(command: string, args: readonly string[], timeoutMs: number) {
    this.#command = [command, ...args].join(" ");
    const limit = { timeout: timeoutMs, killSignal: "SIGKILL" } as const;
    this.#child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...limit });
    this.#child.stdout.on("data", (bytes: Buffer) => {
      this.#stdout.push(bytes);
      for (const listener of this.#listeners) listener();
    });
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
      for (const listener of this.#listeners) listener();
    });
    this.ended = new Promise((resolve, reject) => {
      this.#child.once("error", reject);
      this.#child.once("close", (code) => resolve(this.#end(code ?? undefined)));
    });
    this.ended.catch(() => undefined); // whoever waits for it hears of it
  }

  /** Everything on stdout so far. */
  get stdout(): Buffer {
    return Buffer.concat(this.#stdout);
  }

  /** Resolves as soon as `isSeen` holds for the output so far; rejects if the program ends before. */
  async until(isSeen: (program: { readonly stdout: Buffer; readonly stderr: string }) => boolean): Promise<void> {
    const seen = new Promise<void>((resolve) => {
      const look = (): void => {
        if (isSeen({ stdout: this.stdout, stderr: this.#stderr })) resolve();
      };
      this.#listeners.add(look);
      look();
    });
    const ended = this.ended.then((end) => {
      throw new Error(`ended too early: ${end.summary}`);
    });
    await Promise.race([seen, ended]);
  }

  /** Resolves with its end if it exits with 0, else rejects with what it wrote. */
  async succeeded(): Promise<ProgramEnd> {
    const end = await this.ended;
    if (end.code !== 0) throw new Error(end.summary);
    return end;
  }

  /** Sends the process a signal; by default one that it cannot refuse. */
  kill(signal: NodeJS.Signals = "SIGKILL"): void {
    this.#child.kill(signal);
  }

  #end(code: number | undefined): ProgramEnd {
    const how = code === undefined ? `was killed (${this.#child.signalCode ?? "?"})` : `exited with ${code}`;
    const said = this.#stderr.trim().split("\n").slice(-5).join(" | ").slice(-600);
    return { code, stdout: this.stdout, stderr: this.#stderr, summary: `${this.#command} ${how}: ${said}` };
  }
}

/** The child processes of a case. */
export class Programs {
  readonly #running = new Set<Program>();

  /** Starts `command`, without a shell and with an empty stdin. It is killed after `timeoutMs`, by default 25 s. */
  start(command: string, args: readonly string[], timeoutMs: number = defaultTimeoutMs): Program {
    const program = new Program(command, args, timeoutMs);
    this.#running.add(program);
    const forget = (): unknown => this.#running.delete(program);
    program.ended.then(forget, forget);
    return program;
  }

  /** Runs `command` to its end. Rejects unless it exits with 0. */
  run(command: string, args: readonly string[]): Promise<ProgramEnd> {
    return this.start(command, args).succeeded();
  }

  /** Waits for `happening`, and no longer: rejects as soon as a program that runs now exits with anything but 0. */
  async during(happening: Promise<void>): Promise<void> {
    const failures = [...this.#running].map((program) =>
      program.ended.then((end) => {
        if (end.code !== 0) throw new Error(end.summary);
        return happening;
      }),
    );
    await Promise.race([happening, ...failures]);
  }

  /** Whether `command` runs and exits with 0. */
  async has(command: string, args: readonly string[]): Promise<boolean> {
    return this.run(command, args).then(
      () => true,
      () => false,
    );
  }

  /** Kills whatever still runs, by process, and waits until it is gone. */
  async end(): Promise<void> {
    const running = [...this.#running];
    for (const program of running) program.kill();
    await Promise.allSettled(running.map((program) => program.ended));
  }
}
