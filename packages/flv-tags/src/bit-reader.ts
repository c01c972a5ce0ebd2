import { FlvError } from "./errors.ts";

/** Reads bit fields, most significant bit first. Reading past the end throws `FLV_TRUNCATED`. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #position = 0; // in bits

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Bits not read yet. */
  get bitsLeft(): number {
    return this.#bytes.length * 8 - this.#position;
  }

  /** The byte that the next bit is in. */
  get byteOffset(): number {
    return this.#position >>> 3;
  }

  /** Reads an unsigned integer of 0 to 32 bits. */
  bits(count: number): number {
    if (count > this.bitsLeft) {
      throw new FlvError("FLV_TRUNCATED", this.#bytes.length, `${String(count)} bits wanted`);
    }
    let value = 0;
    let left = count;
    while (left > 0) {
      const bitInByte = this.#position & 7;
      const take = Math.min(8 - bitInByte, left);
      const byte = this.#bytes[this.#position >>> 3]!;
      value = value * 2 ** take + ((byte >>> (8 - bitInByte - take)) & ((1 << take) - 1));
      this.#position += take;
      left -= take;
    }
    return value;
  }

  /** Reads one bit. */
  flag(): boolean {
    return this.bits(1) === 1;
  }

  /** Passes over any number of bits. */
  skip(count: number): void {
    if (count > this.bitsLeft) {
      throw new FlvError("FLV_TRUNCATED", this.#bytes.length, `${String(count)} bits wanted`);
    }
    this.#position += count;
  }

  /** Reads an Exp-Golomb code without sign, `ue(v)` (ITU-T H.264 §9.1). */
  unsignedGolomb(): number {
    let zeros = 0;
    while (!this.flag()) {
      zeros += 1;
      if (zeros > 32) throw new FlvError("FLV_BAD_CONFIG", this.byteOffset, "an Exp-Golomb code of over 32 bits");
    }
    return 2 ** zeros - 1 + this.bits(zeros);
  }

  /** Reads an Exp-Golomb code with sign, `se(v)` (ITU-T H.264 §9.1.1). */
  signedGolomb(): number {
    const code = this.unsignedGolomb();
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2;
  }

  /** Starts again at the next whole byte. */
  alignToByte(): void {
    this.#position = (this.#position + 7) & ~7;
  }
}
