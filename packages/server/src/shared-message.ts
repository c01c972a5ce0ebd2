import type { MessageRole } from "./message-role.ts";
import type { MediaMessage, RtmpFormat, WireFormat } from "./wire-format.ts";

/** What is known of a message without its payload. */
export interface MessageHeader {
  readonly typeId: number;
  readonly timestamp: number;
  /** Counts the messages of a stream. */
  readonly sequence: number;
  readonly role: MessageRole;
}

/** One message of a live stream with its wire forms, each built at most once, whatever the audience. */
export class SharedMessage implements MediaMessage, MessageHeader {
  readonly typeId: number;
  readonly timestamp: number;
  readonly sequence: number;
  readonly role: MessageRole;
  #payload: Uint8Array | undefined;
  #format: WireFormat | undefined;
  #bytes: Uint8Array | undefined;
  #others: Map<WireFormat, Uint8Array> | undefined;

  /** `bytes`, if there are any already, are the message as `format` wants it. */
  constructor(header: MessageHeader, payload: Uint8Array | undefined, format?: WireFormat, bytes?: Uint8Array) {
    this.typeId = header.typeId;
    this.timestamp = header.timestamp;
    this.sequence = header.sequence;
    this.role = header.role;
    this.#payload = payload;
    this.#format = format;
    this.#bytes = bytes;
  }

  /** A message of which there is nothing but what is sent of it. */
  static ofBytes(header: MessageHeader, format: RtmpFormat, bytes: Uint8Array): SharedMessage {
    return new SharedMessage(header, undefined, format, bytes);
  }

  /** Nobody may change it. */
  get payload(): Uint8Array {
    this.#payload ??= (this.#format as RtmpFormat).payloadOf(this.#bytes!);
    return this.#payload;
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
