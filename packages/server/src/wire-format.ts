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
 * How a subscriber wants its bytes. Two subscribers that share the same object share the same bytes,
 * which are encoded once for both: keep one object per format, not one per subscriber.
 */
export interface WireFormat {
  encode(message: MediaMessage): Uint8Array;
}

const chunkStreamIds = new Map<number, number>([
  [MessageTypeId.Audio, ChunkStreamId.Audio],
  [MessageTypeId.Video, ChunkStreamId.Video],
]);

/**
 * RTMP chunks for every viewer alike: format 0 then 3, so that the bytes do not depend on what a viewer got before.
 * These chunk streams are never written by a connection's own writer.
 */
export class RtmpFormats {
  readonly #chunkSize: number;
  readonly #formats = new Map<number, WireFormat>();

  constructor(chunkSize: number) {
    this.#chunkSize = chunkSize;
  }

  /** The format for viewers that play on `messageStreamId`; the same object every time. */
  of(messageStreamId: number): WireFormat {
    let format = this.#formats.get(messageStreamId);
    if (format === undefined) {
      const chunkSize = this.#chunkSize;
      format = {
        encode: ({ typeId, timestamp, payload }) => {
          const chunkStreamId = chunkStreamIds.get(typeId) ?? ChunkStreamId.Data;
          return encodeMessage({ chunkStreamId, messageStreamId, typeId, timestamp, payload }, chunkSize);
        },
      };
      // A client may name any of 2^32 stream ids; only the usual ones are worth remembering.
      if (messageStreamId < 64) this.#formats.set(messageStreamId, format);
    }
    return format;
  }
}
