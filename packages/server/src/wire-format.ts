import { MessageTypeId, encodeMessage } from "@rtmp/chunk";
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
export function createRtmpFormat(chunkSize: number): WireFormat {
  return {
    encode({ typeId, timestamp, payload }) {
      const chunkStreamId = chunkStreamIds.get(typeId) ?? ChunkStreamId.Data;
      return encodeMessage({ chunkStreamId, messageStreamId: usualStreamId, typeId, timestamp, payload }, chunkSize);
    },
  };
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
  const header = bytes.slice(0, headerSize);
  for (let i = 0; i < 4; i++) header[headerSize - 4 + i] = (messageStreamId >>> (8 * i)) & 0xff;
  send(header);
  send(bytes.subarray(headerSize));
}
