import type { RtmpMessage } from "@rtmp/chunk";

interface NaiveStream {
  timestamp: number;
  length: number;
  typeId: number;
  field: number;
  parts: Buffer[];
  received: number;
}

/**
 * Chunks as one would read them in an afternoon: everything not read yet in one Buffer that is joined anew at every push,
 * chunks cut out of it as views, messages joined of the views. No limits, no extended timestamps, no long chunk stream ids.
 */
export class NaiveChunkReader {
  #buffer: Buffer = Buffer.alloc(0);
  #chunkSize = 128;
  readonly #streams = new Map<number, NaiveStream>();

  push(bytes: Uint8Array, onMessage: (typeId: number, timestamp: number, payload: Buffer) => void): void {
    this.#buffer = Buffer.concat([this.#buffer, bytes]);
    for (;;) {
      const buffer = this.#buffer;
      if (buffer.length < 1) return;
      const format = buffer[0]! >> 6;
      const id = buffer[0]! & 0x3f;
      const headerSize = 1 + [11, 7, 3, 0][format]!;
      if (buffer.length < headerSize) return;
      const known = this.#streams.get(id);
      const stream = known ?? { timestamp: 0, length: 0, typeId: 0, field: 0, parts: [], received: 0 };
      const length = format < 2 ? buffer.readUIntBE(4, 3) : stream.length;
      const size = Math.min(this.#chunkSize, length - stream.received);
      if (buffer.length < headerSize + size) return;
      if (format < 3) stream.field = buffer.readUIntBE(1, 3);
      if (stream.received === 0) stream.timestamp = format === 0 ? stream.field : stream.timestamp + stream.field;
      if (format < 2) {
        stream.length = length;
        stream.typeId = buffer[7]!;
      }
      stream.parts.push(buffer.subarray(headerSize, headerSize + size));
      stream.received += size;
      this.#streams.set(id, stream);
      this.#buffer = buffer.subarray(headerSize + size);
      if (stream.received < stream.length) continue;
      const payload = Buffer.concat(stream.parts);
      stream.parts = [];
      stream.received = 0;
      if (stream.typeId === 1) this.#chunkSize = payload.readUInt32BE();
      onMessage(stream.typeId, stream.timestamp, payload);
    }
  }
}

/** A message as chunks, format 0 and then 3, each part a Buffer, joined at the end. */
export function naiveEncodeMessage(message: RtmpMessage, chunkSize: number): Buffer {
  const { chunkStreamId, typeId, timestamp, payload } = message;
  const header = Buffer.alloc(12);
  header[0] = chunkStreamId;
  header.writeUIntBE(timestamp, 1, 3);
  header.writeUIntBE(payload.length, 4, 3);
  header[7] = typeId;
  header.writeUInt32LE(1, 8);
  const parts: Uint8Array[] = [header, payload.subarray(0, chunkSize)];
  for (let at = chunkSize; at < payload.length; at += chunkSize) {
    parts.push(Buffer.from([0xc0 | chunkStreamId]), payload.subarray(at, at + chunkSize));
  }
  return Buffer.concat(parts);
}
