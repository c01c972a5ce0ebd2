/** Builds bytes from bit fields, for parameter sets that no encoder at hand produces. */
export class BitFields {
  #text = "";

  /** Appends `value` in `width` bits. */
  bits(value: number, width: number): this {
    this.#text += value.toString(2).padStart(width, "0");
    return this;
  }

  /** Appends Exp-Golomb codes, ue(v). */
  ue(...values: readonly number[]): this {
    for (const value of values) {
      const code = (value + 1).toString(2);
      this.#text += "0".repeat(code.length - 1) + code;
    }
    return this;
  }

  /** Appends signed Exp-Golomb codes, se(v). */
  se(...values: readonly number[]): this {
    for (const value of values) this.ue(value > 0 ? 2 * value - 1 : -2 * value);
    return this;
  }

  /** Appends the stop bit and zeros to the next whole byte. */
  bytes(): Uint8Array {
    const text = `${this.#text}1`;
    return Uint8Array.from(text.match(/.{1,8}/g) ?? [], (byte) => parseInt(byte.padEnd(8, "0"), 2));
  }
}

/** Puts emulation prevention bytes into a NAL unit, as an encoder does. */
export function protect(nalUnit: Uint8Array): Uint8Array {
  const protectedBytes: number[] = [];
  let zeros = 0;
  for (const byte of nalUnit) {
    if (zeros >= 2 && byte <= 3) {
      protectedBytes.push(3);
      zeros = 0;
    }
    protectedBytes.push(byte);
    zeros = byte === 0 ? zeros + 1 : 0;
  }
  return Uint8Array.from(protectedBytes);
}
