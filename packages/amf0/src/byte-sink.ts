// hot
const utf8 = new TextEncoder();

// Above this a native call costs less than the loop.
const SHORT_TEXT = 24;

/** Bytes that grow as they are written. */
export class ByteSink {
  #bytes: Uint8Array = new Uint8Array(512); // holds every command and most metadata
  #view: DataView = new DataView(this.#bytes.buffer);
  #size = 0;

  writeU8(value: number): void {
    const at = this.#grow(1);
    this.#bytes[at] = value;
  }

  writeU16(value: number): void {
    const at = this.#grow(2);
    this.#view.setUint16(at, value);
  }

  writeU32(value: number): void {
    const at = this.#grow(4);
    this.#view.setUint32(at, value);
  }

  writeF64(value: number): void {
    const at = this.#grow(8);
    this.#view.setFloat64(at, value);
  }

  writeBytes(bytes: Uint8Array): void {
    const at = this.#grow(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** Writes the length in UTF-8 bytes as a number of `lengthSize` bytes, then the text. */
  writeText(text: string, lengthSize: 2 | 4): void {
    const lengthAt = this.#grow(lengthSize);
    const textAt = this.#grow(text.length * 3); // the most UTF-8 needs for a UTF-16 unit
    const byteCount = this.#putText(text, textAt);
    this.#size = textAt + byteCount;
    if (lengthSize === 2) this.#view.setUint16(lengthAt, byteCount);
    else this.#view.setUint32(lengthAt, byteCount);
  }

  /** A copy of what was written; the sink is empty again. */
  take(): Uint8Array {
    const written = this.#bytes.slice(0, this.#size);
    this.#size = 0;
    return written;
  }

  #putText(text: string, at: number): number {
    if (text.length <= SHORT_TEXT) {
      const bytes = this.#bytes;
      let i = 0;
      for (; i < text.length; i++) {
        const code = text.charCodeAt(i);
        if (code > 0x7f) break;
        bytes[at + i] = code;
      }
      if (i === text.length) return i;
    }
    return utf8.encodeInto(text, this.#bytes.subarray(at)).written;
  }

  /** Makes room for `byteCount` bytes and returns where they begin. Replaces `#bytes` and `#view`: call it before naming them. */
  #grow(byteCount: number): number {
    const start = this.#size;
    this.#size = start + byteCount;
    if (this.#size > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#size, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, start));
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    return start;
  }
}
