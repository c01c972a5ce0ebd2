/** The mean size of the messages of a stream of 206 kbit/s. */
export const MESSAGE_BYTES = 370;

const SAMPLE_EVERY = 100;
const template = Buffer.from(Uint8Array.from({ length: MESSAGE_BYTES }, (_, i) => (i * 7) & 0xff));

/** A message that says which one it is, in bytes of its own. */
export function numbered(number: number): Buffer {
  const message = Buffer.from(template);
  message.writeUInt32LE(number);
  return message;
}

/** Counts the messages of a stream of bytes, however they are cut, and looks closely at one in about a hundred. */
export class Arrivals {
  #bytes = 0;
  #samples = 0;
  #nextSample = 0;
  #fault: string | undefined;

  /** Whole messages. */
  get count(): number {
    return Math.floor(this.#bytes / MESSAGE_BYTES);
  }

  /** What is wrong, with the first message where something is; also when none was whole in its block and could be looked at. */
  get fault(): string | undefined {
    if (this.#samples === 0 && this.#bytes > 0) return "no message could be looked at";
    return this.#fault;
  }

  take(bytes: Uint8Array): void {
    const first = Math.ceil(this.#bytes / MESSAGE_BYTES); // of those that begin in here
    const begin = first * MESSAGE_BYTES - this.#bytes;
    const end = begin + MESSAGE_BYTES;
    this.#bytes += bytes.length;
    if (first < this.#nextSample || end > bytes.length) return;
    this.#nextSample = first + SAMPLE_EVERY;
    this.#samples++;
    if (numbered(first).compare(bytes, begin, end) !== 0) this.#fault ??= `message ${first} is not what was sent`;
  }
}
