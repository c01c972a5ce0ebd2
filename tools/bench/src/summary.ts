/** What a reader has read, in little: enough to tell right from wrong, cheap enough to cost all alike. */
export class Summary {
  messages = 0;
  bytes = 0;
  checksum = 0;

  /** Counts a message whose payload is the first `size` bytes of `payload`. */
  add(timestamp: number, payload: Uint8Array, size: number = payload.length): void {
    this.messages++;
    this.bytes += size;
    const mixed = timestamp ^ (payload[0]! << 8) ^ (payload[size >> 1]! << 16) ^ payload[size - 1]!;
    this.checksum = (Math.imul(this.checksum, 31) + mixed) | 0;
  }

  /** Throws an `Error` unless `other` is a summary of the same. */
  expectSame(other: unknown): void {
    const { messages, bytes, checksum } = other as Summary;
    if (messages !== this.messages) throw new Error(`reads ${messages} messages of ${this.messages}`);
    if (bytes !== this.bytes || checksum !== this.checksum) throw new Error("reads other bytes than were written");
  }
}
