import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";

/** Flags that apps/server sets. */
export const V8_FLAGS: readonly string[] = ["--max-semi-space-size=1", "--no-maglev"];

/** A process that is measured, so that the bench's own work is not. It answers each message with one. */
export class MeasuredProcess {
  readonly #child: ChildProcess;
  readonly #name: string;

  /** Runs a module of the bench. */
  constructor(entry: URL, args: readonly string[]) {
    this.#name = basename(entry.pathname);
    this.#child = fork(fileURLToPath(entry), args, { execArgv: [...process.execArgv, ...V8_FLAGS] });
  }

  /** What it says next. Rejects when it ends instead. */
  async nextAnswer<Answer>(): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const onExit = (): void => {
        this.#child.off("message", onMessage);
        reject(new Error(`${this.#name} ended without a word; its error stands above.`));
      };
      const onMessage = (answer: unknown): void => {
        this.#child.off("exit", onExit);
        resolve(answer as Answer);
      };
      if (this.#hasEnded) onExit();
      else this.#child.once("message", onMessage).once("exit", onExit);
    });
  }

  /** Says something, and resolves with the answer. */
  async ask<Answer>(question: string): Promise<Answer> {
    const answer = this.nextAnswer<Answer>();
    this.#child.send(question, () => undefined); // to one that has ended; the answer says so
    return answer;
  }

  /** Says "close", upon which it is to end, and resolves when it has. */
  async close(): Promise<void> {
    this.#child.send("close", () => undefined);
    await this.ended();
  }

  /** Resolves when it has ended, which it is to do by itself. */
  async ended(): Promise<void> {
    if (!this.#hasEnded) await once(this.#child, "exit");
  }

  get #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  kill(): void {
    this.#child.kill();
  }
}
