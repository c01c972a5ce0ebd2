// hot
import { MessageTypeId } from "./message.ts";

/** V8 keeps typed arrays up to this size on its own heap, where they cost next to nothing. */
const CHEAP_SIZE = 64;
const MAX_SHARED_SIZE = 1024;
const SLAB_SIZE = 4096;
const NO_BYTES = new Uint8Array(0);

/**
 * Memory for the payloads of one connection.
 *
 * An ArrayBuffer of its own costs a small media message more time than all the rest of its reading. So small media
 * messages of one connection lie side by side in a slab: a kept one holds on to 4 KiB at most, of its own neighbours.
 */
export class PayloadMemory {
  #slab: Uint8Array = NO_BYTES;
  #used = 0;

  /** Returns `size` zeroed bytes that nobody else has. */
  allocate(size: number, typeId: number): Uint8Array {
    const isMedia = typeId === MessageTypeId.Audio || typeId === MessageTypeId.Video;
    if (!isMedia || size <= CHEAP_SIZE || size > MAX_SHARED_SIZE) return new Uint8Array(size);
    if (this.#used + size > this.#slab.length) {
      this.#slab = new Uint8Array(SLAB_SIZE);
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += size;
    return this.#slab.subarray(start, this.#used);
  }
}
