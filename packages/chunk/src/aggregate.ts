import { ChunkError } from "./errors.ts";
import { MessageTypeId, type RtmpMessage } from "./message.ts";
import { addTimestamp } from "./timestamp.ts";
import { readUint24 } from "./wire-integers.ts";

const TAG_HEADER_SIZE = 11;
const BACK_POINTER_SIZE = 4;

/**
 * Calls `onMessage` for each message inside an Aggregate message (RTMP 1.0 §7.1.6), in order.
 *
 * The aggregate's timestamp is that of its first message; the others keep their distance from it. Chunk stream and
 * message stream are the aggregate's own. Payloads are copies. Back pointers are skipped, right, wrong or, behind the
 * last message, missing.
 *
 * Throws a `ChunkError` where a part is cut short or is an aggregate again, after reporting the messages before it, and
 * a `TypeError` if the message is not an aggregate.
 */
export function splitAggregate(message: RtmpMessage, onMessage: (message: RtmpMessage) => void): void {
  if (message.typeId !== MessageTypeId.Aggregate) {
    throw new TypeError(`only an Aggregate message can be split, got type ${message.typeId}`);
  }
  const { payload, chunkStreamId, messageStreamId } = message;
  let firstTagTimestamp: number | undefined;
  let at = 0;
  while (at < payload.length) {
    const payloadAt = at + TAG_HEADER_SIZE;
    if (payloadAt > payload.length) throw badAggregate(at, "a header cut short");
    const typeId = payload[at]!;
    const end = payloadAt + readUint24(payload, at + 1);
    if (typeId === MessageTypeId.Aggregate) throw badAggregate(at, "an aggregate inside an aggregate");
    if (end > payload.length) throw badAggregate(at, "a payload cut short");
    // As in FLV: 24 bits, then the upper 8.
    const tagTimestamp = (readUint24(payload, at + 4) | (payload[at + 7]! << 24)) >>> 0;
    firstTagTimestamp ??= tagTimestamp;
    onMessage({
      chunkStreamId,
      messageStreamId,
      typeId,
      timestamp: addTimestamp(message.timestamp, tagTimestamp - firstTagTimestamp),
      payload: new Uint8Array(payload.subarray(payloadAt, end)),
    });
    at = end + BACK_POINTER_SIZE;
  }
}

function badAggregate(offset: number, detail: string): ChunkError {
  return new ChunkError("CHUNK_BAD_AGGREGATE", offset, detail);
}
