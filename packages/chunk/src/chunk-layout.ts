// hot
import type { RtmpMessage } from "./message.ts";
import { MAX_UINT24, writeUint24, writeUint32, writeUint32LittleEndian } from "./wire-integers.ts";

/** Chunk header formats, by what they leave out (RTMP 1.0 §5.3.1.2). */
export type ChunkFormat = 0 | 1 | 2 | 3;

/** Message header sizes by format, without an extended timestamp (RTMP 1.0 §5.3.1.2). */
export const MESSAGE_HEADER_SIZES: readonly number[] = [11, 7, 3, 0];

/** Throws a `RangeError` for a message that the chunk stream cannot carry. */
export function checkMessage(message: RtmpMessage): void {
  const { chunkStreamId, messageStreamId, typeId, timestamp, payload } = message;
  if (!(chunkStreamId >= 2 && chunkStreamId <= 65599 && Number.isInteger(chunkStreamId))) {
    throw new RangeError(`chunkStreamId must be an integer from 2 to 65599, got ${chunkStreamId}`);
  }
  if (messageStreamId >>> 0 !== messageStreamId) {
    throw new RangeError(`messageStreamId must be a uint32, got ${messageStreamId}`);
  }
  if ((typeId & 0xff) !== typeId) throw new RangeError(`typeId must be an integer from 0 to 255, got ${typeId}`);
  if (timestamp >>> 0 !== timestamp) throw new RangeError(`timestamp must be a uint32, got ${timestamp}`);
  if (payload.length > MAX_UINT24) {
    throw new RangeError(`payload must have at most ${MAX_UINT24} bytes, got ${payload.length}`);
  }
}

/** Bytes that the message takes with its first chunk in `format` and the others in format 3. */
export function chunkedSize(message: RtmpMessage, format: ChunkFormat, timeField: number, chunkSize: number): number {
  const payloadSize = message.payload.length;
  const bareHeaderSize = basicHeaderSize(message.chunkStreamId) + (timeField >= MAX_UINT24 ? 4 : 0);
  const chunkCount = payloadSize <= chunkSize ? 1 : Math.ceil(payloadSize / chunkSize);
  return MESSAGE_HEADER_SIZES[format]! + chunkCount * bareHeaderSize + payloadSize;
}

/** Writes the chunks of a message from `at` on and returns where they end. `timeField` is the timestamp or the delta. */
export function writeChunks(
  target: Uint8Array,
  at: number,
  message: RtmpMessage,
  format: ChunkFormat,
  timeField: number,
  chunkSize: number,
): number {
  const { payload, chunkStreamId } = message;
  let next = writeBasicHeader(target, at, format, chunkStreamId);
  if (format < 3) writeUint24(target, next, Math.min(timeField, MAX_UINT24));
  if (format < 2) {
    writeUint24(target, next + 3, payload.length);
    target[next + 6] = message.typeId;
  }
  if (format === 0) writeUint32LittleEndian(target, next + 7, message.messageStreamId);
  next = writeExtendedTimestamp(target, next + MESSAGE_HEADER_SIZES[format]!, timeField);
  if (payload.length <= chunkSize) {
    target.set(payload, next);
    return next + payload.length;
  }
  for (let sent = 0; ;) {
    const part = payload.subarray(sent, sent + chunkSize);
    target.set(part, next);
    next += part.length;
    sent += part.length;
    if (sent >= payload.length) return next;
    next = writeBasicHeader(target, next, 3, chunkStreamId);
    next = writeExtendedTimestamp(target, next, timeField);
  }
}

function basicHeaderSize(chunkStreamId: number): number {
  return chunkStreamId < 64 ? 1 : chunkStreamId < 320 ? 2 : 3;
}

/** The shortest of the three forms (RTMP 1.0 §5.3.1.1). */
function writeBasicHeader(target: Uint8Array, at: number, format: ChunkFormat, chunkStreamId: number): number {
  if (chunkStreamId < 64) {
    target[at] = (format << 6) | chunkStreamId;
    return at + 1;
  }
  const rest = chunkStreamId - 64;
  if (rest < 256) {
    target[at] = format << 6;
    target[at + 1] = rest;
    return at + 2;
  }
  target[at] = (format << 6) | 1;
  target[at + 1] = rest;
  target[at + 2] = rest >>> 8;
  return at + 3;
}

function writeExtendedTimestamp(target: Uint8Array, at: number, timeField: number): number {
  if (timeField < MAX_UINT24) return at;
  writeUint32(target, at, timeField);
  return at + 4;
}
