import { MessageTypeId, encodeMessage, encodeMessageInto, encodedMessageSize } from "@rtmp/chunk";
import type { RtmpMessage } from "@rtmp/chunk";
import { ChunkStreamId } from "@rtmp/session";

/** Audio (8), video (9) or data (18) on a stream's own timeline. */
export interface MediaMessage {
  readonly typeId: number;
  /** uint32 ms, wraps. */
  readonly timestamp: number;
  readonly payload: Uint8Array;
}

/**
 * How a subscriber wants its bytes. Subscribers that share the same object share the same bytes, encoded once for all of
 * them and kept as long as the message: have one object per format, never one per subscriber.
 */
export interface WireFormat {
  encode(message: MediaMessage): Uint8Array;
}

/** The form of RTMP viewers, which is also the form in which messages are kept. */
export interface RtmpFormat extends WireFormat {
  /** The length of what `encode` returns. */
  sizeOf(message: MediaMessage): number;
  /** Encodes into `target` from `at` on; returns where the bytes end. */
  encodeInto(target: Uint8Array, at: number, message: MediaMessage): number;
  /** The payload of the message that was encoded so. */
  payloadOf(bytes: Uint8Array): Uint8Array;
}

const chunkStreamIds = new Map<number, number>([
  [MessageTypeId.Audio, ChunkStreamId.Audio],
  [MessageTypeId.Video, ChunkStreamId.Video],
]);
/** The stream id that nearly every player has: the first one it creates. */
const usualStreamId = 1;
/** One byte of basic header and the message header of format 0, whose last four are the message stream id. */
const headerSize = 12;

/**
 * RTMP chunks for every viewer alike: format 0 then 3, so that the bytes do not depend on what a viewer got before.
 * These chunk streams are never written by a connection's own writer.
 */
export function createRtmpFormat(chunkSize: number): RtmpFormat {
  return {
    encode: (message) => encodeMessage(rtmpMessage(message), chunkSize),
    sizeOf: (message) => encodedMessageSize(rtmpMessage(message), chunkSize),
    encodeInto: (target, at, message) => encodeMessageInto(target, at, rtmpMessage(message), chunkSize),
    payloadOf: (bytes) => payloadOf(bytes, chunkSize),
  };
}

function rtmpMessage({ typeId, timestamp, payload }: MediaMessage): RtmpMessage {
  const chunkStreamId = chunkStreamIds.get(typeId) ?? ChunkStreamId.Data;
  return { chunkStreamId, messageStreamId: usualStreamId, typeId, timestamp, payload };
}

/** The payload of what `encode` made: a view if it is of one chunk, otherwise put together anew. */
function payloadOf(bytes: Uint8Array, chunkSize: number): Uint8Array {
  const isExtended = (bytes[1]! & bytes[2]! & bytes[3]!) === 0xff; // (RTMP 1.0 §5.3.1.3)
  const extendedSize = isExtended ? 4 : 0;
  const size = (bytes[4]! << 16) | (bytes[5]! << 8) | bytes[6]!;
  let at = headerSize + extendedSize;
  if (size <= chunkSize) return new Uint8Array(bytes.buffer, bytes.byteOffset + at, size);
  const payload = new Uint8Array(size);
  for (let filled = 0; filled < size; filled += chunkSize) {
    const part = bytes.subarray(at, at + Math.min(chunkSize, size - filled));
    payload.set(part, filled);
    at += part.length + 1 + extendedSize;
  }
  return payload;
}

/** Whether a viewer on that message stream takes the bytes of `createRtmpFormat` as they are. */
export function isUsualStream(messageStreamId: number): boolean {
  return messageStreamId === usualStreamId;
}

/**
 * Hands one message of `createRtmpFormat` to `send`, for a viewer on another stream than the usual one. Only the header is
 * made anew: a client cannot choose how often a payload is kept.
 */
export function sendOnStream(bytes: Uint8Array, messageStreamId: number, send: (bytes: Uint8Array) => unknown): void {
  const header = new Uint8Array(bytes.subarray(0, headerSize)); // a Buffer would give a view
  for (let i = 0; i < 4; i++) header[headerSize - 4 + i] = (messageStreamId >>> (8 * i)) & 0xff;
  send(header);
  send(bytes.subarray(headerSize));
}
