import { avcTagHeaderSize } from "./nal-unit-look.ts";

/** A picture whose messages are still coming, or what stands ahead of one. */
export class HeldPicture {
  readonly #messages: Uint8Array[] = [];
  /** The message with the first slice: what it says of the frame is true for all. */
  #leading: Uint8Array | undefined;
  #byteLength = avcTagHeaderSize;
  #timestamp = 0;
  #sliceCount = 0;

  /** The time of the first slice. */
  get timestamp(): number {
    return this.#timestamp;
  }

  get sliceCount(): number {
    return this.#sliceCount;
  }

  get messageCount(): number {
    return this.#messages.length;
  }

  /** Bytes of the message that it would become now. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /** Adds the next message. It belongs to the picture from now on. */
  add(timestamp: number, payload: Uint8Array, sliceCount: number): void {
    if (this.#sliceCount === 0) {
      this.#timestamp = timestamp;
      this.#leading = payload;
    }
    this.#sliceCount += sliceCount;
    this.#byteLength += payload.length - avcTagHeaderSize;
    this.#messages.push(payload);
  }

  /** All of it as one message; a single message as it came. */
  join(): Uint8Array {
    const [only] = this.#messages;
    if (only !== undefined && this.#messages.length === 1) return only;
    const joined = new Uint8Array(this.#byteLength);
    if (this.#leading !== undefined) joined.set(this.#leading.subarray(0, avcTagHeaderSize));
    let at = avcTagHeaderSize;
    for (const message of this.#messages) {
      joined.set(message.subarray(avcTagHeaderSize), at);
      at += message.length - avcTagHeaderSize;
    }
    return joined;
  }
}
