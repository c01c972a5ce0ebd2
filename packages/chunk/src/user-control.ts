import { ChunkError } from "./errors.ts";
import { checkUint32, readUint16, readUint32, writeUint32 } from "./wire-integers.ts";

/** What a User Control message says (RTMP 1.0 §6.2, §7.1.7; 31 and 32 are sent by Flash and cameras, unspecified). */
export type UserControlEvent =
  | {
      readonly type:
        "stream-begin" | "stream-eof" | "stream-dry" | "stream-is-recorded" | "buffer-empty" | "buffer-ready";
      readonly messageStreamId: number;
    }
  | { readonly type: "set-buffer-length"; readonly messageStreamId: number; readonly bufferLengthMs: number }
  | { readonly type: "ping-request" | "ping-response"; readonly timestamp: number }
  | { readonly type: "unknown"; readonly eventType: number; readonly payload: Uint8Array };

const EVENT_TYPES = {
  "stream-begin": 0,
  "stream-eof": 1,
  "stream-dry": 2,
  "set-buffer-length": 3,
  "stream-is-recorded": 4,
  "ping-request": 6,
  "ping-response": 7,
  "buffer-empty": 31,
  "buffer-ready": 32,
} as const;

type KnownEventType = keyof typeof EVENT_TYPES;

const EVENT_NAMES: ReadonlyMap<number, KnownEventType> = new Map(
  (Object.keys(EVENT_TYPES) as KnownEventType[]).map((name) => [EVENT_TYPES[name], name]),
);

/** Reads the body of a User Control message; bytes behind a known event are ignored. */
export function readUserControlEvent(payload: Uint8Array): UserControlEvent {
  if (payload.length < 2) throw tooShort(payload, 2);
  const eventType = readUint16(payload, 0);
  const type = EVENT_NAMES.get(eventType);
  if (type === undefined) return { type: "unknown", eventType, payload: payload.subarray(2) };
  const size = type === "set-buffer-length" ? 10 : 6;
  if (payload.length < size) throw tooShort(payload, size);
  const value = readUint32(payload, 2);
  switch (type) {
    case "set-buffer-length":
      return { type, messageStreamId: value, bufferLengthMs: readUint32(payload, 6) };
    case "ping-request":
    case "ping-response":
      return { type, timestamp: value };
    default:
      return { type, messageStreamId: value };
  }
}

/** The body of a User Control message. */
export function writeUserControlEvent(event: UserControlEvent): Uint8Array {
  switch (event.type) {
    case "set-buffer-length":
      return eventBody(EVENT_TYPES[event.type], event.messageStreamId, event.bufferLengthMs);
    case "ping-request":
    case "ping-response":
      return eventBody(EVENT_TYPES[event.type], event.timestamp);
    case "unknown": {
      if ((event.eventType & 0xffff) !== event.eventType) {
        throw new RangeError(`eventType must be a uint16, got ${event.eventType}`);
      }
      const body = new Uint8Array(2 + event.payload.length);
      body.set([event.eventType >>> 8, event.eventType]);
      body.set(event.payload, 2);
      return body;
    }
    default:
      return eventBody(EVENT_TYPES[event.type], event.messageStreamId);
  }
}

function eventBody(eventType: number, ...values: readonly number[]): Uint8Array {
  const body = new Uint8Array(2 + 4 * values.length);
  body[1] = eventType;
  values.forEach((value, i) => {
    checkUint32(value);
    writeUint32(body, 2 + 4 * i, value);
  });
  return body;
}

function tooShort(payload: Uint8Array, wanted: number): ChunkError {
  const detail = `a User Control body of ${payload.length} bytes, ${wanted} needed`;
  return new ChunkError("CHUNK_BAD_CONTROL_MESSAGE", payload.length, detail);
}
