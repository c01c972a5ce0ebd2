import { checkMessage, chunkedSize, writeChunks } from "./chunk-layout.ts";
import { checkChunkSize } from "./control.ts";
import type { RtmpMessage } from "./message.ts";

/**
 * Chunks one message without memory of others: format 0, then format 3 (RTMP 1.0 §5.3.1.2).
 *
 * The bytes fit every peer that was told `chunkSize`, so one encoding serves a whole audience. A `ChunkWriter` of the
 * same connection must not write on the same chunk stream: it would not know of this header.
 *
 * Throws a `RangeError` for a message or a chunk size that the wire cannot carry.
 */
export function encodeMessage(message: RtmpMessage, chunkSize: number): Uint8Array {
  const bytes = new Uint8Array(encodedMessageSize(message, chunkSize));
  writeChunks(bytes, 0, message, 0, message.timestamp, chunkSize);
  return bytes;
}

/** The length of what `encodeMessage` returns; throws like it. */
export function encodedMessageSize(message: RtmpMessage, chunkSize: number): number {
  checkMessage(message);
  checkChunkSize(chunkSize);
  return chunkedSize(message, 0, message.timestamp, chunkSize);
}

/**
 * Like `encodeMessage`, into `target` from `at` on; returns where the bytes end.
 *
 * Throws a `RangeError` also if `target` is too small, before writing anything.
 */
export function encodeMessageInto(target: Uint8Array, at: number, message: RtmpMessage, chunkSize: number): number {
  const size = encodedMessageSize(message, chunkSize);
  if (!(at >= 0 && at + size <= target.length)) {
    throw new RangeError(`target needs ${size} bytes from ${at} on, it has ${target.length} in all`);
  }
  return writeChunks(target, at, message, 0, message.timestamp, chunkSize);
}
