import type { MessageRole } from "./message-role.ts";
import { SharedMessage } from "./shared-message.ts";
import type { RtmpFormat } from "./wire-format.ts";

/**
 * The messages of a GOP as they are sent, with numbers beside them instead of objects around them: a server of a
 * thousand streams keeps a hundred thousand messages for two seconds each, and each object is one more for the garbage
 * collector to visit, again and again.
 */
export class GopLog {
  readonly #format: RtmpFormat;
  // One entry a message in each. The bytes lie in blocks that are the stream's own.
  #buffers: ArrayBufferLike[] = [];
  #offsets: number[] = [];
  #sizes: number[] = [];
  #typeIds: number[] = [];
  #timestamps: number[] = [];
  #sequences: number[] = [];
  #roles: MessageRole[] = [];

  constructor(format: RtmpFormat) {
    this.#format = format;
  }

  get length(): number {
    return this.#sizes.length;
  }

  /** The time of the oldest message; `undefined` if there is none. */
  get firstTimestamp(): number | undefined {
    return this.#timestamps[0];
  }

  /** Bytes of the newest message. */
  get lastSize(): number {
    return this.#sizes.at(-1) ?? 0;
  }

  push(message: SharedMessage): void {
    const bytes = message.bytes(this.#format);
    this.#buffers.push(bytes.buffer);
    this.#offsets.push(bytes.byteOffset);
    this.#sizes.push(bytes.length);
    this.#typeIds.push(message.typeId);
    this.#timestamps.push(message.timestamp);
    this.#sequences.push(message.sequence);
    this.#roles.push(message.role);
  }

  /** Forgets every message before `sequence`. Returns what is left, in bytes as `sizeOf` counts them. */
  dropBefore(sequence: number, sizeOf: (size: number) => number): number {
    const found = this.#sequences.findIndex((kept) => kept >= sequence);
    const start = found < 0 ? this.length : found;
    this.#buffers = this.#buffers.slice(start);
    this.#offsets = this.#offsets.slice(start);
    this.#sizes = this.#sizes.slice(start);
    this.#typeIds = this.#typeIds.slice(start);
    this.#timestamps = this.#timestamps.slice(start);
    this.#sequences = this.#sequences.slice(start);
    this.#roles = this.#roles.slice(start);
    return this.#sizes.reduce((bytes, size) => bytes + sizeOf(size), 0);
  }

  clear(): void {
    if (this.length > 0) this.dropBefore(Number.POSITIVE_INFINITY, () => 0);
  }

  /** The messages that `isWanted`, in order, made anew. */
  messages(isWanted: (role: MessageRole, sequence: number) => boolean): SharedMessage[] {
    const messages: SharedMessage[] = [];
    for (let i = 0; i < this.length; i++) {
      const role = this.#roles[i]!;
      const sequence = this.#sequences[i]!;
      if (!isWanted(role, sequence)) continue;
      const bytes = Buffer.from(this.#buffers[i]!, this.#offsets[i], this.#sizes[i]);
      const header = { typeId: this.#typeIds[i]!, timestamp: this.#timestamps[i]!, sequence, role };
      messages.push(SharedMessage.ofBytes(header, this.#format, bytes));
    }
    return messages;
  }
}
