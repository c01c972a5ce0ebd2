import { randomBytes } from "node:crypto";

/** Where a handshake gets the two things it cannot compute: chance and time. */
export interface HandshakeOptions {
  /** Returns `size` random bytes. Default: the random source of `node:crypto`. */
  readonly random?: ((size: number) => Uint8Array) | undefined;
  /** The time field of our C1 or S1, in milliseconds, uint32. Default: 0. */
  readonly time?: number | undefined;
}

/** The options with their defaults, checked. */
export class HandshakeSource {
  readonly time: number;
  readonly #random: (size: number) => Uint8Array;

  constructor(options: HandshakeOptions) {
    const time = options.time ?? 0;
    if (time !== time >>> 0) throw new RangeError(`time must be a uint32, got ${time}`);
    this.time = time;
    this.#random = options.random ?? randomBytes;
  }

  /** Fills `target` from `start` to `end` with random bytes. */
  fill(target: Uint8Array, start: number, end: number): void {
    const bytes = this.#random(end - start);
    if (bytes.length !== end - start) {
      throw new RangeError(`random(${end - start}) returned ${bytes.length} bytes`);
    }
    target.set(bytes, start);
  }
}
