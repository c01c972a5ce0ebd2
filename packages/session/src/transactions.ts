import type { Amf0Value } from "@rtmp/amf0";
import type { Command } from "./commands.ts";
import { parseStatus } from "./status.ts";
import type { Status } from "./status.ts";

/** The answer to a call. */
export interface Reply {
  readonly isError: boolean;
  readonly commandObject: Amf0Value;
  /** What stands behind the command object. */
  readonly values: readonly Amf0Value[];
  /** The information object, with empty strings where the server gave none. */
  readonly status: Status;
}

/** Calls that wait for `_result` or `_error` (RTMP 1.0 §7.2.1.2). */
export class Transactions {
  #lastId = 0;
  readonly #waiting = new Map<number, (reply: Reply) => void>();

  /** Returns the transaction id of a new call; without `onReply` its answer is not waited for. */
  open(onReply?: (reply: Reply) => void): number {
    const transactionId = ++this.#lastId;
    if (onReply !== undefined) this.#waiting.set(transactionId, onReply);
    return transactionId;
  }

  /**
   * Hands an answer to whoever waits for it; an answer to nothing is ignored. A server that answers with
   * transaction 0 answers the oldest call.
   */
  settle(command: Command): void {
    const { transactionId, commandObject, args } = command;
    const id = transactionId === 0 ? this.#waiting.keys().next().value : transactionId;
    if (id === undefined) return;
    const onReply = this.#waiting.get(id);
    this.#waiting.delete(id);
    onReply?.({ isError: command.commandName === "_error", commandObject, values: args, status: parseStatus(args[0]) });
  }
}
