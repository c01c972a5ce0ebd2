import type { MessageRole } from "./message-role.ts";
import type { MediaMessage, WireFormat } from "./wire-format.ts";

/** One message of a live stream with its wire forms, each built at most once, whatever the audience. */
export class SharedMessage implements MediaMessage {
  readonly typeId: number;
  readonly timestamp: number;
  readonly payload: Uint8Array;
  /** Counts the messages of a stream. */
  readonly sequence: number;
  readonly role: MessageRole;
  #format: WireFormat | undefined;
  #bytes: Uint8Array | undefined;
  #others: Map<WireFormat, Uint8Array> | undefined;

  constructor(message: MediaMessage, sequence: number, role: MessageRole) {
    this.typeId = message.typeId;
    this.timestamp = message.timestamp;
    this.payload = message.payload;
    this.sequence = sequence;
    this.role = role;
  }

  /** The message as `format` wants it. The bytes are shared: nobody may change them. */
  bytes(format: WireFormat): Uint8Array {
    if (this.#format === format && this.#bytes !== undefined) return this.#bytes;
    if (this.#bytes === undefined) {
      this.#format = format;
      this.#bytes = format.encode(this);
      return this.#bytes;
    }
    this.#others ??= new Map();
    let bytes = this.#others.get(format);
    if (bytes === undefined) {
      bytes = format.encode(this);
      this.#others.set(format, bytes);
    }
    return bytes;
  }
}
