const LENGTH_SIZE = 4;
/** What is reserved for a frame before its bytes come: a length is a claim. */
const FIRST_RESERVE = 16 * 1024;

/**
 * Cuts a byte stream into frames: four bytes of length, big-endian, stand in front of each. What it reports does not
 * depend on how the bytes were cut.
 */
export class LengthPrefixedReader {
  readonly #length = new Uint8Array(LENGTH_SIZE);
  #lengthFilled = 0;
  #frame: Uint8Array | undefined;
  #frameSize = 0;
  #filled = 0;
  #isDead = false;
  readonly #maxFrameBytes: () => number;

  /** `maxFrameBytes` is asked for each frame anew. */
  constructor(maxFrameBytes: () => number) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  /**
   * Takes bytes and reports each frame that they complete, in memory of its own. A length above the limit is reported to
   * `onTooLarge` instead, once; nothing follows.
   */
  push(bytes: Uint8Array, onFrame: (frame: Uint8Array) => void, onTooLarge: (size: number) => void): void {
    let position = 0;
    while (position < bytes.length && !this.#isDead) {
      if (this.#frame === undefined) position += this.#takeLength(bytes, position, onTooLarge);
      else position += this.#takePart(bytes, position, this.#frame);
      if (this.#frame !== undefined && this.#filled === this.#frameSize) {
        const frame = this.#frame; // grown to its size exactly by now
        this.#frame = undefined;
        this.#lengthFilled = 0;
        onFrame(frame);
      }
    }
  }

  /** Takes nothing more. */
  stop(): void {
    this.#isDead = true;
    this.#frame = undefined;
  }

  #takeLength(bytes: Uint8Array, position: number, onTooLarge: (size: number) => void): number {
    const part = bytes.subarray(position, position + LENGTH_SIZE - this.#lengthFilled);
    this.#length.set(part, this.#lengthFilled);
    this.#lengthFilled += part.length;
    if (this.#lengthFilled < LENGTH_SIZE) return part.length;
    const size = new DataView(this.#length.buffer).getUint32(0);
    if (size > this.#maxFrameBytes()) {
      this.stop();
      onTooLarge(size);
    } else {
      this.#frameSize = size;
      this.#filled = 0;
      this.#frame = new Uint8Array(Math.min(size, FIRST_RESERVE));
    }
    return part.length;
  }

  #takePart(bytes: Uint8Array, position: number, frame: Uint8Array): number {
    const part = bytes.subarray(position, position + this.#frameSize - this.#filled);
    const needed = this.#filled + part.length;
    let target = frame;
    if (needed > frame.length) {
      target = new Uint8Array(Math.min(this.#frameSize, Math.max(needed, frame.length * 2)));
      target.set(frame.subarray(0, this.#filled));
      this.#frame = target;
    }
    target.set(part, this.#filled);
    this.#filled = needed;
    return part.length;
  }
}
