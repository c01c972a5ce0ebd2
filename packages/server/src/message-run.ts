import type { SharedMessage } from "./shared-message.ts";
import type { WireFormat } from "./wire-format.ts";

const noBytes = new Uint8Array(0);

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
    const [first] = parts;
    if (first === undefined || parts.length === 1) return first ?? noBytes;
    return areNeighbours(parts) ? Buffer.from(first.buffer, first.byteOffset, sizeOf(parts)) : Buffer.concat(parts);
  }
}

/** Whether the parts lie in one piece of memory already, as what a stream encodes in turn does. */
function areNeighbours(parts: readonly Uint8Array[]): boolean {
  return parts.every((part, i) => {
    const before = parts[i - 1];
    return (
      before === undefined || (part.buffer === before.buffer && part.byteOffset === before.byteOffset + before.length)
    );
  });
}

function sizeOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((size, part) => size + part.length, 0);
}
