import type { FlvTag } from "@rtmp/flv-tags";

/** FLV as one would read it in an hour: what is not read yet in one Buffer, joined anew at every push; tags are views. */
export class NaiveFlvReader {
  #buffer: Buffer = Buffer.alloc(0);
  #hasHeader = false;

  push(bytes: Uint8Array, onTag: (typeId: number, timestamp: number, payload: Buffer) => void): void {
    this.#buffer = Buffer.concat([this.#buffer, bytes]);
    if (!this.#hasHeader) {
      if (this.#buffer.length < 13) return;
      this.#buffer = this.#buffer.subarray(13);
      this.#hasHeader = true;
    }
    for (;;) {
      const buffer = this.#buffer;
      if (buffer.length < 11) return;
      const size = buffer.readUIntBE(1, 3);
      if (buffer.length < 11 + size + 4) return;
      const timestamp = buffer.readUIntBE(4, 3) | (buffer[7]! << 24);
      onTag(buffer[0]!, timestamp, buffer.subarray(11, 11 + size));
      this.#buffer = buffer.subarray(11 + size + 4);
    }
  }
}

/** A tag, its parts joined. */
export function naiveEncodeTag(typeId: number, { timestamp, payload }: FlvTag): Buffer {
  const header = Buffer.alloc(11);
  header[0] = typeId;
  header.writeUIntBE(payload.length, 1, 3);
  header.writeUIntBE(timestamp & 0xff_ffff, 4, 3);
  header[7] = timestamp >>> 24;
  const size = Buffer.alloc(4);
  size.writeUInt32BE(11 + payload.length);
  return Buffer.concat([header, payload, size]);
}
