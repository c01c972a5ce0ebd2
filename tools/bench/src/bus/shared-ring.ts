/// <reference lib="es2024.sharedmemory" />

const CAPACITY = 2 ** 23;
const HEADER_BYTES = 8;
const WRITTEN = 0; // positions are uint32 and wrap, of which the capacity is a part
const READ = 1;

/** Bytes from one thread to another through shared memory. */
export class SharedRing {
  readonly #positions: Int32Array<SharedArrayBuffer>;
  readonly #bytes: Uint8Array<SharedArrayBuffer>;
  #written = 0; // by this side, published or not

  constructor(memory: SharedArrayBuffer) {
    this.#positions = new Int32Array(memory, 0, HEADER_BYTES / 4);
    this.#bytes = new Uint8Array(memory, HEADER_BYTES);
  }

  /** Memory for one ring. */
  static allocate(capacity: number = CAPACITY): SharedArrayBuffer {
    return new SharedArrayBuffer(HEADER_BYTES + capacity);
  }

  /** Throws a `RangeError` when there is no room; the reader reads too slowly then. */
  write(bytes: Uint8Array): void {
    const capacity = this.#bytes.length;
    const unread = (this.#written - Atomics.load(this.#positions, READ)) >>> 0;
    if (unread + bytes.length > capacity) throw new RangeError("the ring is full");
    const at = this.#written & (capacity - 1);
    const untilEnd = capacity - at;
    this.#bytes.set(bytes.subarray(0, untilEnd), at);
    if (bytes.length > untilEnd) this.#bytes.set(bytes.subarray(untilEnd), 0);
    this.#written = (this.#written + bytes.length) >>> 0;
  }

  /** Lets the reader know of what was written. */
  publish(): void {
    Atomics.store(this.#positions, WRITTEN, this.#written | 0);
    Atomics.notify(this.#positions, WRITTEN);
  }

  /** Gives `take` a copy of what is there and not read yet. */
  read(take: (bytes: Uint8Array) => void): void {
    const capacity = this.#bytes.length;
    let read = Atomics.load(this.#positions, READ);
    for (;;) {
      const unread = (Atomics.load(this.#positions, WRITTEN) - read) >>> 0;
      if (unread === 0) return;
      const at = read & (capacity - 1);
      const bytes = this.#bytes.slice(at, at + unread);
      read = (read + bytes.length) | 0;
      Atomics.store(this.#positions, READ, read);
      take(bytes);
    }
  }

  /** Reads for ever, whenever something is published. */
  async readAll(take: (bytes: Uint8Array) => void): Promise<never> {
    for (;;) {
      const written = Atomics.load(this.#positions, WRITTEN);
      this.read(take);
      await Atomics.waitAsync(this.#positions, WRITTEN, written).value;
    }
  }
}
