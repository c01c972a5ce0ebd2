import { connect } from "node:net";
import type { Socket } from "node:net";
import type { AdbAddress } from "./adb-address.ts";
import { AdbError } from "./adb-error.ts";
import { AdbReplyReader, encodeAdbRequest } from "./adb-reply.ts";
import type { AdbReplyForm } from "./adb-reply.ts";

/** How long one answer may take, and what ends the waiting. */
export interface AdbPatience {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** One TCP connection to an adb server. Every method rejects with an `AdbError` and closes the connection. */
export class AdbSocket {
  readonly #socket: Socket;
  readonly #patience: AdbPatience;

  private constructor(socket: Socket, patience: AdbPatience) {
    this.#socket = socket;
    this.#patience = patience;
  }

  /** Connects. Rejects with `ADB_SERVER_UNREACHABLE` if nothing listens there. */
  static async open(address: AdbAddress, patience: AdbPatience): Promise<AdbSocket> {
    const socket = connect({ ...address, autoSelectFamily: true });
    socket.setNoDelay(true);
    socket.on("error", () => undefined); // whoever waits hears of it through "close"
    const opened = new AdbSocket(socket, patience);
    await opened.#until(
      (settle) => void socket.once("connect", () => settle(undefined)),
      (cause) => unreachable(address, cause),
    );
    return opened;
  }

  /** Asks for a service. Rejects with `ADB_REFUSED` and the server's own words if it says no. */
  request(service: string, form: Exclude<AdbReplyForm, "sync"> = "status"): Promise<string> {
    return this.exchange(encodeAdbRequest(service), form, service);
  }

  /** Sends bytes and waits for the reply to them; returns its text. `what` names it in a refusal. */
  async exchange(bytes: Uint8Array, form: AdbReplyForm, what: string): Promise<string> {
    const reader = new AdbReplyReader(form);
    const reply = await this.#until<{ readonly isOkay: boolean; readonly text: string }>(
      (settle, fail) => {
        const take = (chunk: Buffer): void => {
          try {
            const used = reader.push(chunk);
            if (reader.reply === undefined) return;
            this.#socket.pause().off("data", take);
            if (used < chunk.length) this.#socket.unshift(chunk.subarray(used));
            settle(reader.reply);
          } catch (error) {
            fail(error);
          }
        };
        this.#socket.on("data", take).resume();
        this.#socket.write(bytes);
      },
      (cause) => new AdbError("ADB_PROTOCOL", `the adb server hung up instead of answering ${what}`, { cause }),
    );
    if (reply.isOkay) return reply.text;
    this.close();
    throw new AdbError("ADB_REFUSED", `adb refused ${what}: ${reply.text || "it gave no reason"}`);
  }

  /** Hands the connection over as it is, paused: from here on its bytes are the service's. */
  release(): Socket {
    return this.#socket;
  }

  /** Ends the connection. Twice is fine. */
  close(): void {
    this.#socket.destroy();
  }

  async #until<Value>(
    begin: (settle: (value: Value) => void, fail: (error: unknown) => void) => void,
    closedError: (cause: unknown) => AdbError,
  ): Promise<Value> {
    const { timeoutMs, signal } = this.#patience;
    const ending = new AbortController(); // takes every listener off again
    let cause: unknown;
    try {
      return await new Promise<Value>((resolve, reject) => {
        const abort = (): void => reject(new AdbError("ADB_ABORTED", "the conversation with adb was given up"));
        if (signal?.aborted) return abort();
        const timer = setTimeout(() => {
          reject(
            new AdbError("ADB_TIMEOUT", `adb did not answer for ${timeoutMs} ms: run adb kill-server and try again`),
          );
        }, timeoutMs);
        const onError = (error: Error): void => void (cause = error);
        const onClose = (): void => reject(closedError(cause));
        this.#socket.on("error", onError).on("close", onClose);
        signal?.addEventListener("abort", abort);
        ending.signal.addEventListener("abort", () => {
          clearTimeout(timer);
          this.#socket.off("error", onError).off("close", onClose);
          signal?.removeEventListener("abort", abort);
        });
        if (this.#socket.destroyed) return onClose();
        begin(resolve, reject);
      });
    } catch (error) {
      this.close();
      throw error;
    } finally {
      ending.abort();
    }
  }
}

function unreachable(address: AdbAddress, cause: unknown): AdbError {
  const where = `${address.host}:${address.port}`;
  return new AdbError("ADB_SERVER_UNREACHABLE", `no adb server answers on ${where}: run adb start-server`, { cause });
}
