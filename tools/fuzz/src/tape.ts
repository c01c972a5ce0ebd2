/** Reads an input as a script: each read takes bytes, and behind the end there are only zeros. */
export class Tape {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  u8(): number {
    return this.#bytes[this.#at++] ?? 0;
  }

  u32(): number {
    return ((this.u8() << 24) | (this.u8() << 16) | (this.u8() << 8) | this.u8()) >>> 0;
  }

  /** The next bytes, fewer at the end. */
  take(size: number): Uint8Array {
    const taken = this.#bytes.slice(this.#at, this.#at + size);
    this.#at += size;
    return taken;
  }

  pick<Choice>(choices: readonly Choice[]): Choice {
    return choices[this.u8() % choices.length]!;
  }
}
