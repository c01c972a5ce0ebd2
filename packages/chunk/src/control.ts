import { ChunkError } from "./errors.ts";
import { MessageTypeId, type RtmpMessage } from "./message.ts";
import { readUserControlEvent, type UserControlEvent, writeUserControlEvent } from "./user-control.ts";
import { checkUint32, readUint32, writeUint32 } from "./wire-integers.ts";

/** A protocol control message (RTMP 1.0 §5.4) or a User Control message (§6.2). All numbers are uint32. */
export type ControlMessage =
  | { readonly kind: "set-chunk-size"; readonly chunkSize: number }
  | { readonly kind: "abort"; readonly chunkStreamId: number }
  | { readonly kind: "acknowledgement"; readonly sequenceNumber: number }
  | { readonly kind: "window-acknowledgement-size"; readonly windowSize: number }
  | {
      readonly kind: "set-peer-bandwidth";
      readonly windowSize: number;
      readonly limitType: "hard" | "soft" | "dynamic";
    }
  | { readonly kind: "user-control"; readonly event: UserControlEvent };

/** The largest chunk size the field can carry; bit 31 must be zero (RTMP 1.0 §5.4.1). */
export const MAX_CHUNK_SIZE = 0x7f_ff_ff_ff;

/** Control messages travel here (RTMP 1.0 §5.4). */
const CONTROL_CHUNK_STREAM_ID = 2;
const LIMIT_TYPES = ["hard", "soft", "dynamic"] as const;

/**
 * Reads a control message; `undefined` if the message's type is not one.
 *
 * Control messages are taken on any chunk stream and message stream, because some cameras send them elsewhere than on
 * 2 and 0. Throws a `ChunkError` if the body is too short or says what the specification does not allow; surplus bytes
 * are ignored. The payload of an unknown user control event is a view of the message's.
 */
export function parseControlMessage(message: RtmpMessage): ControlMessage | undefined {
  const { payload } = message;
  switch (message.typeId) {
    case MessageTypeId.SetChunkSize:
      return { kind: "set-chunk-size", chunkSize: readChunkSize(payload) };
    case MessageTypeId.Abort:
      return { kind: "abort", chunkStreamId: readUint32Body(payload) };
    case MessageTypeId.Acknowledgement:
      return { kind: "acknowledgement", sequenceNumber: readUint32Body(payload) };
    case MessageTypeId.UserControl:
      return { kind: "user-control", event: readUserControlEvent(payload) };
    case MessageTypeId.WindowAcknowledgementSize:
      return { kind: "window-acknowledgement-size", windowSize: readUint32Body(payload) };
    case MessageTypeId.SetPeerBandwidth: {
      const windowSize = readUint32Body(payload);
      const limitType = LIMIT_TYPES[payload[4] ?? LIMIT_TYPES.length];
      if (limitType === undefined) throw badControlMessage(4, "a Set Peer Bandwidth without a known limit type");
      return { kind: "set-peer-bandwidth", windowSize, limitType };
    }
    default:
      return undefined;
  }
}

/**
 * Writes a control message: chunk stream 2, message stream 0, timestamp 0.
 *
 * Throws a `RangeError` for a number that its field cannot carry.
 */
export function encodeControlMessage(control: ControlMessage): RtmpMessage {
  switch (control.kind) {
    case "set-chunk-size":
      checkChunkSize(control.chunkSize);
      return controlMessage(MessageTypeId.SetChunkSize, uint32Body(control.chunkSize));
    case "abort":
      return controlMessage(MessageTypeId.Abort, uint32Body(control.chunkStreamId));
    case "acknowledgement":
      return controlMessage(MessageTypeId.Acknowledgement, uint32Body(control.sequenceNumber));
    case "window-acknowledgement-size":
      return controlMessage(MessageTypeId.WindowAcknowledgementSize, uint32Body(control.windowSize));
    case "set-peer-bandwidth": {
      const body = new Uint8Array(5);
      body.set(uint32Body(control.windowSize));
      body[4] = LIMIT_TYPES.indexOf(control.limitType);
      return controlMessage(MessageTypeId.SetPeerBandwidth, body);
    }
    case "user-control":
      return controlMessage(MessageTypeId.UserControl, writeUserControlEvent(control.event));
  }
}

/** Throws a `RangeError` unless a Set Chunk Size can carry the size. */
export function checkChunkSize(chunkSize: number): void {
  if (!Number.isInteger(chunkSize) || chunkSize < 1 || chunkSize > MAX_CHUNK_SIZE) {
    throw new RangeError(`chunkSize must be an integer from 1 to ${MAX_CHUNK_SIZE}, got ${chunkSize}`);
  }
}

/** The body of Set Chunk Size; an error reports `offset` or, without one, the place in the payload. */
export function readChunkSize(payload: Uint8Array, offset?: number): number {
  const chunkSize = readUint32Body(payload, offset);
  if (chunkSize >= 1 && chunkSize <= MAX_CHUNK_SIZE) return chunkSize;
  throw new ChunkError("CHUNK_BAD_CHUNK_SIZE", offset ?? 0, `a chunk size of ${chunkSize}`);
}

/** The one number that most control bodies consist of; an error reports `offset`. */
export function readUint32Body(payload: Uint8Array, offset: number = payload.length): number {
  if (payload.length < 4) throw badControlMessage(offset, `a control body of ${payload.length} bytes, 4 needed`);
  return readUint32(payload, 0);
}

function badControlMessage(offset: number, detail: string): ChunkError {
  return new ChunkError("CHUNK_BAD_CONTROL_MESSAGE", offset, detail);
}

function uint32Body(value: number): Uint8Array {
  checkUint32(value);
  const body = new Uint8Array(4);
  writeUint32(body, 0, value);
  return body;
}

function controlMessage(typeId: number, payload: Uint8Array): RtmpMessage {
  return { chunkStreamId: CONTROL_CHUNK_STREAM_ID, messageStreamId: 0, typeId, timestamp: 0, payload };
}
