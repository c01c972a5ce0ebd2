import type { Amf0Value } from "@rtmp/amf0";
import { commandBody, commandMessage } from "./commands.ts";
import type { Command } from "./commands.ts";
import type { MessageLink } from "./message-link.ts";
import { encodeOnStatus, statusObject } from "./status.ts";
import type { Status, StatusCode } from "./status.ts";

/** How a server answers commands: `_result`, `_error`, `onStatus` and calls of its own (RTMP 1.0 §7.2). */
export class CommandAnswers {
  readonly #link: MessageLink;

  constructor(link: MessageLink) {
    this.#link = link;
  }

  /** Sends `_result` with the command's own transaction id, 0 included. */
  result(command: Command, ...values: readonly Amf0Value[]): void {
    this.#link.send(commandMessage(0, "_result", command.transactionId, ...values));
  }

  /** Sends `_error` with the command's own transaction id, 0 included. */
  error(command: Command, code: StatusCode, description: string): void {
    this.#link.send(commandMessage(0, "_error", command.transactionId, null, statusObject("error", code, description)));
  }

  /** Sends `onStatus` on a message stream; 0 is the connection. */
  status(
    messageStreamId: number,
    level: Status["level"],
    code: StatusCode,
    description: string,
    extra?: Readonly<Record<string, Amf0Value>>,
  ): void {
    this.#link.send(commandBody(messageStreamId, encodeOnStatus(level, code, description, extra)));
  }

  /** Calls something at the client that answers nothing: transaction 0, on the connection. */
  call(commandName: string, code: StatusCode, description: string): void {
    this.#link.send(commandMessage(0, commandName, 0, null, statusObject("status", code, description)));
  }
}
