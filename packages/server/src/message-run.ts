import type { SharedMessage } from "./shared-message.ts";
import type { WireFormat } from "./wire-format.ts";

/** Messages of a live stream that leave together, in order, and their wire forms in one piece, whatever the audience. */
export class MessageRun {
  readonly messages: readonly SharedMessage[];
  /** No message is of another track than the first: a viewer who gets one of them gets them all. */
  readonly isOfFirstTrack: boolean;
  #format: WireFormat | undefined;
  #bytes: Uint8Array | undefined;
  #others: Map<WireFormat, Uint8Array> | undefined;

  constructor(messages: readonly SharedMessage[]) {
    this.messages = messages;
    this.isOfFirstTrack = messages.every(({ role }) => role.trackId === 0);
  }

  /** All messages as `format` wants them. The bytes are shared: nobody may change them. */
  bytes(format: WireFormat): Uint8Array {
    if (this.#format === format && this.#bytes !== undefined) return this.#bytes;
    if (this.#bytes === undefined) {
      this.#format = format;
      this.#bytes = this.#join(format);
      return this.#bytes;
    }
    this.#others ??= new Map();
    let bytes = this.#others.get(format);
    if (bytes === undefined) {
      bytes = this.#join(format);
      this.#others.set(format, bytes);
    }
    return bytes;
  }

  #join(format: WireFormat): Uint8Array {
    const parts = this.messages.map((message) => message.bytes(format));
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }
}
