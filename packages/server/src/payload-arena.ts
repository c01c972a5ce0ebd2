const blockSize = 16 * 1024;
const noBytes = new Uint8Array(0);

/**
 * Memory for the payloads a stream keeps. A small payload comes as a view of a block that it shares with whatever else
 * its connection received, ignored messages too; kept as it is, it would hold on to all of them. So small payloads move
 * into blocks that hold nothing but this stream's own.
 */
export class PayloadArena {
  #block: Uint8Array = noBytes;
  #used = 0;

  /** The payload itself if it has its memory for itself, else a copy in the stream's own. */
  own(payload: Uint8Array): Uint8Array {
    const size = payload.length;
    if (payload.buffer.byteLength <= size * 2 || size === 0) return payload;
    if (size > blockSize / 4) return payload.slice();
    if (this.#used + size > this.#block.length) {
      this.#block = new Uint8Array(blockSize);
      this.#used = 0;
    }
    const owned = this.#block.subarray(this.#used, this.#used + size);
    owned.set(payload);
    this.#used += size;
    return owned;
  }
}
