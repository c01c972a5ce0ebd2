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
  #isOver = false; // it has ended, and all that it said has come

  /** Runs a module of the bench. */
  constructor(entry: URL, args: readonly string[]) {
    this.#name = basename(entry.pathname);
    this.#child = fork(fileURLToPath(entry), args, { execArgv: [...process.execArgv, ...V8_FLAGS] });
    this.#child.once("close", () => (this.#isOver = true));
  }

  /** What it says next. Rejects when it ends instead. */
  async nextAnswer<Answer>(): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const onClose = (): void => {
        this.#child.off("message", onMessage);
        reject(new Error(`${this.#name} ended without a word; its error stands above.`));
      };
      const onMessage = (answer: unknown): void => {
        this.#child.off("close", onClose);
        resolve(answer as Answer);
      };
      if (this.#isOver) onClose();
      else this.#child.once("message", onMessage).once("close", onClose);
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
    if (!this.#isOver) await once(this.#child, "close");
  }

  kill(): void {
    this.#child.kill();
  }
}
