import { concat, f64, u16, u24, u32, u32le, u8 } from "@rtmp/testkit";

// What clients and servers put on the wire, built apart from the code under test.

/** A value as this file writes it; a `Uint8Array` stands for bytes that are AMF already. */
export type Written =
  number | boolean | string | null | undefined | Uint8Array | readonly Written[] | { readonly [key: string]: Written };

function text(value: string): Uint8Array {
  const bytes = new TextEncoder().encode(value);
  return concat(u16(bytes.length), bytes);
}

/** The values in AMF0. */
export function amf(...values: readonly Written[]): Uint8Array {
  return concat(
    ...values.map((value) => {
      if (value instanceof Uint8Array) return value;
      if (typeof value === "number") return concat(u8(0), f64(value));
      if (typeof value === "boolean") return u8(1, value ? 1 : 0);
      if (value === null) return u8(5);
      if (value === undefined) return u8(6);
      if (typeof value === "string") {
        const bytes = new TextEncoder().encode(value);
        return bytes.length > 0xffff ? concat(u8(12), u32(bytes.length), bytes) : concat(u8(2), text(value));
      }
      if (isList(value)) return concat(u8(10), u32(value.length), amf(...value));
      const properties = Object.entries(value).map(([key, property]) => concat(text(key), amf(property)));
      return concat(u8(3), ...properties, u8(0, 0, 9));
    }),
  );
}

function isList(value: readonly Written[] | { readonly [key: string]: Written }): value is readonly Written[] {
  return Array.isArray(value);
}

export interface MessageFields {
  readonly chunkStreamId?: number;
  readonly messageStreamId?: number;
  readonly timestamp?: number;
  readonly chunkSize?: number;
}

/** A whole message: format 0, then format 3, in chunks of 128 bytes unless told otherwise. */
export function message(typeId: number, payload: Uint8Array, fields: MessageFields = {}): Uint8Array {
  const { chunkStreamId = 3, messageStreamId = 0, timestamp = 0, chunkSize = 128 } = fields;
  const extended = timestamp >= 0xffffff ? u32(timestamp) : u8();
  const time = u24(Math.min(timestamp, 0xffffff));
  const parts = [u8(chunkStreamId), time, u24(payload.length), u8(typeId), u32le(messageStreamId), extended];
  parts.push(payload.subarray(0, chunkSize));
  for (let at = chunkSize; at < payload.length; at += chunkSize) {
    parts.push(u8(0xc0 | chunkStreamId), extended, payload.subarray(at, at + chunkSize));
  }
  return concat(...parts);
}

/** A command of type 20 on a message stream. */
export function command(messageStreamId: number, ...values: readonly Written[]): Uint8Array {
  return message(20, amf(...values), { messageStreamId });
}

/** The same with type 17 and its format byte. */
export function commandAmf3(messageStreamId: number, ...values: readonly Written[]): Uint8Array {
  return message(17, concat(u8(0), amf(...values)), { messageStreamId });
}

/** A data message of type 18. */
export function data(messageStreamId: number, ...values: readonly Written[]): Uint8Array {
  return message(18, amf(...values), { messageStreamId, chunkStreamId: 5 });
}

export function video(messageStreamId: number, timestamp: number, ...payload: readonly number[]): Uint8Array {
  return message(9, u8(...payload), { messageStreamId, timestamp, chunkStreamId: 6 });
}

export function audio(messageStreamId: number, timestamp: number, ...payload: readonly number[]): Uint8Array {
  return message(8, u8(...payload), { messageStreamId, timestamp, chunkStreamId: 4 });
}

export function setChunkSize(size: number): Uint8Array {
  return message(1, u32(size), { chunkStreamId: 2 });
}

export function acknowledgement(sequenceNumber: number): Uint8Array {
  return message(3, u32(sequenceNumber), { chunkStreamId: 2 });
}

export function windowAcknowledgementSize(size: number): Uint8Array {
  return message(5, u32(size), { chunkStreamId: 2 });
}

export function setPeerBandwidth(size: number, limitType: number): Uint8Array {
  return message(6, concat(u32(size), u8(limitType)), { chunkStreamId: 2 });
}

export function userControl(eventType: number, ...values: readonly number[]): Uint8Array {
  return message(4, concat(u16(eventType), ...values.map(u32)), { chunkStreamId: 2 });
}

/** C0, C1 and C2, or S0, S1 and S2, of the simple handshake: 3073 bytes. */
export const handshake: Uint8Array = concat(
  u8(3),
  u8(0, 0, 0, 0, 0, 0, 0, 0),
  Uint8Array.from({ length: 1528 }, (_, i) => (i * 13) & 255),
  Uint8Array.from({ length: 1536 }, (_, i) => (i * 29) & 255),
);

export const connect: Uint8Array = command(0, "connect", 1, {
  app: "live",
  flashVer: "FMLE/3.0 (compatible; Lavf60.16.100)",
  tcUrl: "rtmp://127.0.0.1:1935/live",
});

export const createStream: Uint8Array = command(0, "createStream", 2, null);

export function publish(messageStreamId: number, name: Written, type = "live"): Uint8Array {
  return command(messageStreamId, "publish", 5, null, name, type);
}

export function play(messageStreamId: number, name: Written, ...rest: readonly Written[]): Uint8Array {
  return command(messageStreamId, "play", 4, null, name, ...rest);
}
