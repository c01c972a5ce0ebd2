import type { MediaMessage, RtmpFormat } from "./wire-format.ts";

const blockSize = 16 * 1024;
const noBytes: Uint8Array = Buffer.alloc(0);

/**
 * Memory for what a stream sends and keeps: its messages as they are sent, side by side in blocks that hold nothing but
 * this stream's own. A block of its own for each message would cost more time than all the rest of its relaying, and
 * what a publisher's connection received lies among much that nobody keeps.
 */
export class WireMemory {
  readonly #format: RtmpFormat;
  #block: Uint8Array = noBytes;
  #used = 0;

  constructor(format: RtmpFormat) {
    this.#format = format;
  }

  /** What is encoded from now on shares no block with what was before: when that is let go of, all of its memory is. */
  startBlock(): void {
    this.#block = noBytes;
    this.#used = 0;
  }

  /** The message as it is sent. Nobody may change the bytes. */
  encode(message: MediaMessage): Uint8Array {
    const format = this.#format;
    const size = format.sizeOf(message);
    if (size > blockSize / 4) {
      const own = Buffer.allocUnsafeSlow(size);
      format.encodeInto(own, 0, message);
      return own;
    }
    if (this.#used + size > this.#block.length) {
      this.#block = Buffer.allocUnsafeSlow(blockSize);
      this.#used = 0;
    }
    const start = this.#used;
    this.#used = format.encodeInto(this.#block, start, message);
    return this.#block.subarray(start, this.#used);
  }
}
