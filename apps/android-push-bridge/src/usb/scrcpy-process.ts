import type { Socket } from "node:net";
import type { AdbClient } from "./adb-client.ts";
import { LineReader } from "./line-reader.ts";
import { ScrcpyError } from "./scrcpy-error.ts";

/** No server says more that anybody needs to read. */
const maxLines = 500;

/** Scrcpy's server while it runs on a phone, seen through the shell that started it. */
export class ScrcpyProcess {
  readonly #shell: Socket;
  readonly #lines = new LineReader();
  readonly #onLine: (line: string) => void;
  #lineCount = 0;
  #firstError = "";
  #lastLine = "";
  #ownVersion: string | undefined;
  /** Resolves when the shell has closed: the server has ended, or the phone has gone. Never rejects. */
  readonly ended: Promise<void>;

  private constructor(shell: Socket, onLine: (line: string) => void) {
    this.#shell = shell;
    this.#onLine = onLine;
    this.ended = new Promise((resolve) => {
      const end = (): void => {
        this.#lines.end((line) => this.#take(line));
        resolve();
      };
      if (shell.destroyed) end();
      else shell.once("close", end);
    });
    shell.on("data", (bytes) => this.#lines.push(bytes, (line) => this.#take(line)));
    shell.resume();
  }

  /** Starts it. `onLine` hears the first 500 lines that it writes, each cut behind 1000 characters. */
  static async start(
    client: AdbClient,
    target: { readonly serial: string; readonly command: string },
    onLine: (line: string) => void,
    signal: AbortSignal,
  ): Promise<ScrcpyProcess> {
    return new ScrcpyProcess(await client.shell(target.serial, target.command, signal), onLine);
  }

  /** Whether it can still be connected to. */
  get hasEnded(): boolean {
    return this.#shell.destroyed;
  }

  /** Why it is of no use, in its own words where it gave any. */
  failure(otherwise: "SCRCPY_DID_NOT_START" | "SCRCPY_NO_VIDEO"): ScrcpyError {
    if (this.#ownVersion !== undefined) {
      const detail = `the server's file is of scrcpy ${this.#ownVersion}: give --scrcpy-version ${this.#ownVersion}`;
      return new ScrcpyError("SCRCPY_VERSION_MISMATCH", detail);
    }
    const what = otherwise === "SCRCPY_NO_VIDEO" ? "sends no pictures" : "did not start";
    const words = this.#firstError || this.#lastLine || "it gave no reason";
    return new ScrcpyError(otherwise, `scrcpy's server ${what} on the phone: ${words}`);
  }

  /** Lets go of it; the server ends when its connections do. Twice is fine. */
  close(): void {
    this.#shell.destroy();
  }

  #take(line: string): void {
    if (++this.#lineCount > maxLines) return;
    this.#lastLine = line;
    if (this.#firstError === "" && line.includes("ERROR")) this.#firstError = line;
    this.#ownVersion ??= /server version \(([\w.-]{1,32})\) does not match/.exec(line)?.[1];
    this.#onLine(line);
  }
}
