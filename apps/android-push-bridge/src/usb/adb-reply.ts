import { AdbError } from "./adb-error.ts";

/** Which reply is awaited: a bare status, a status and a text, or a reply of the sync service. */
export type AdbReplyForm = "status" | "status-and-text" | "sync";

/** What an adb server or a phone answered. `text` is the reason of a failure, or the text asked for. */
export interface AdbReply {
  readonly isOkay: boolean;
  readonly text: string;
}

/** A text longer than this is no text that anybody reads; four hexadecimal digits cannot claim more. */
const maxTextSize = 0xffff;
const decoder = new TextDecoder("utf-8");

/**
 * Writes a request to an adb server: four hexadecimal digits say how long the service's name is. Throws a `RangeError`
 * for a name of more than 65535 bytes.
 */
export function encodeAdbRequest(service: string): Uint8Array {
  const name = Buffer.from(service);
  if (name.length > maxTextSize) throw new RangeError("the name of an adb service is too long");
  return Buffer.concat([Buffer.from(name.length.toString(16).padStart(4, "0")), name]);
}

/**
 * Reads one reply in pieces of any size. Holds at most 64 KiB, whatever the other side claims. After a throw it is dead:
 * every further `push` throws the same `AdbError`.
 */
export class AdbReplyReader {
  readonly #form: AdbReplyForm;
  #part: "status" | "length" | "text" = "status";
  #wanted = 4;
  #held = new Uint8Array(4);
  #filled = 0;
  #isOkay = false;
  #reply: AdbReply | undefined;
  #error: AdbError | undefined;

  constructor(form: AdbReplyForm) {
    this.#form = form;
  }

  /** The whole reply, once its last byte has come. */
  get reply(): AdbReply | undefined {
    return this.#reply;
  }

  /**
   * Takes the next bytes and returns how many of them belong to the reply. Throws an `AdbError` with `ADB_PROTOCOL` for
   * what is no reply.
   */
  push(bytes: Uint8Array): number {
    if (this.#error !== undefined) throw this.#error;
    let position = 0;
    while (this.#reply === undefined && position < bytes.length) {
      const part = bytes.subarray(position, position + this.#wanted - this.#filled);
      this.#held.set(part, this.#filled);
      this.#filled += part.length;
      position += part.length;
      if (this.#filled === this.#wanted) this.#finishPart();
    }
    return position;
  }

  #finishPart(): void {
    const text = decoder.decode(this.#held);
    if (this.#part === "status") this.#finishStatus(text);
    else if (this.#part === "length") this.#finishLength(text);
    else this.#reply = { isOkay: this.#isOkay, text };
  }

  #finishStatus(status: string): void {
    if (status !== "OKAY" && status !== "FAIL") throw this.#fail(`answered ${JSON.stringify(status)}`);
    this.#isOkay = status === "OKAY";
    if (this.#isOkay && this.#form === "status") this.#reply = { isOkay: true, text: "" };
    else this.#await("length", 4);
  }

  #finishLength(digits: string): void {
    let size: number;
    if (this.#form === "sync") size = new DataView(this.#held.buffer).getUint32(0, true);
    else if (/^[0-9a-fA-F]{4}$/.test(digits)) size = Number.parseInt(digits, 16);
    else throw this.#fail(`gave a length of ${JSON.stringify(digits)}`);
    if (this.#form === "sync" && this.#isOkay) size = 0; // behind OKAY the field says nothing
    if (size > maxTextSize) throw this.#fail(`wants to give a reason of ${size} bytes`);
    if (size === 0) this.#reply = { isOkay: this.#isOkay, text: "" };
    else this.#await("text", size);
  }

  #await(part: "length" | "text", size: number): void {
    this.#part = part;
    this.#wanted = size;
    this.#held = new Uint8Array(size);
    this.#filled = 0;
  }

  #fail(what: string): AdbError {
    return (this.#error = new AdbError("ADB_PROTOCOL", `the adb server ${what}: is another program on its port?`));
  }
}
