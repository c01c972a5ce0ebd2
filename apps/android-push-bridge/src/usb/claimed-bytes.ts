const firstReserve = 64 * 1024;

/** Collects as many bytes as the other side claimed, and holds no more than twice those that came. */
export class ClaimedBytes {
  readonly #claimedSize: number;
  #bytes: Uint8Array;
  #size = 0;

  /** The caller has checked `claimedSize` against its own limit. */
  constructor(claimedSize: number) {
    this.#claimedSize = claimedSize;
    this.#bytes = new Uint8Array(Math.min(claimedSize, firstReserve));
  }

  /** How many bytes are still to come. */
  get missing(): number {
    return this.#claimedSize - this.#size;
  }

  /** Copies what belongs to the claim from the front of `bytes`, and returns how much that was. */
  append(bytes: Uint8Array): number {
    const part = bytes.subarray(0, this.missing);
    const needed = this.#size + part.length;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.min(this.#claimedSize, Math.max(needed, this.#bytes.length * 2)));
      grown.set(this.#bytes.subarray(0, this.#size));
      this.#bytes = grown;
    }
    this.#bytes.set(part, this.#size);
    this.#size = needed;
    return part.length;
  }

  /** The bytes, once none is missing; the caller's from then on. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }
}
