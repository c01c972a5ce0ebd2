import { concat, u16, u24, u32, u32le, u8 } from "@rtmp/testkit";

/** What a format 0 header says; everything has a default, so that a test names only what it is about. */
export interface HeaderFields {
  readonly id?: number;
  readonly time?: number;
  readonly length?: number;
  readonly typeId?: number;
  readonly messageStreamId?: number;
}

/** The shortest basic header. Written here apart from the writer under test. */
export function basicHeader(format: number, id: number): Uint8Array {
  if (id < 64) return u8(format * 64 + id);
  if (id < 320) return u8(format * 64, id - 64);
  return concat(u8(format * 64 + 1), u16(id - 64).reverse());
}

/** One chunk: a header of the given format, then `payload`. The length is that of `payload` unless it is given. */
export function chunk(format: 0 | 1 | 2 | 3, payload: Uint8Array, fields: HeaderFields = {}): Uint8Array {
  const { id = 5, time = 0, length = payload.length, typeId = 9, messageStreamId = 1 } = fields;
  const parts = [basicHeader(format, id)];
  if (format < 3) parts.push(u24(Math.min(time, 0xffffff)));
  if (format < 2) parts.push(u24(length), u8(typeId));
  if (format === 0) parts.push(u32le(messageStreamId));
  if (format < 3 && time >= 0xffffff) parts.push(u32(time));
  return concat(...parts, payload);
}

/** A whole control message on chunk stream 2. */
export function control(typeId: number, ...body: readonly number[]): Uint8Array {
  return chunk(0, u8(...body), { id: 2, typeId, messageStreamId: 0 });
}

export function setChunkSize(size: number): Uint8Array {
  return control(1, ...u32(size));
}

export function abort(chunkStreamId: number): Uint8Array {
  return control(2, ...u32(chunkStreamId));
}

/** `size` bytes that differ from their neighbours. */
export function pattern(size: number, seed: number = 0): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => (i * 7 + seed) & 255);
}
