/** Every way in which bytes can break the chunk stream; the README says what each one means. */
export type ChunkErrorCode =
  | "CHUNK_UNKNOWN_PREVIOUS_HEADER"
  | "CHUNK_HEADER_CHANGED"
  | "CHUNK_MESSAGE_TOO_LARGE"
  | "CHUNK_TOO_MANY_STREAMS"
  | "CHUNK_TOO_MANY_BUFFERED_BYTES"
  | "CHUNK_BAD_CHUNK_SIZE"
  | "CHUNK_BAD_CONTROL_MESSAGE"
  | "CHUNK_BAD_AGGREGATE";

/**
 * The peer's bytes break the chunk stream or a control message.
 *
 * Thrown by a reader, `offset` is the place of the offending chunk's first byte, counted from the first byte ever
 * pushed. Thrown by `parseControlMessage` or `splitAggregate`, it counts from the first byte of the payload.
 */
export class ChunkError extends Error {
  override readonly name = "ChunkError" as const;
  readonly code: ChunkErrorCode;
  readonly offset: number;

  constructor(code: ChunkErrorCode, offset: number, detail: string) {
    super(`${detail} (${code} at byte ${offset})`);
    this.code = code;
    this.offset = offset;
  }
}
