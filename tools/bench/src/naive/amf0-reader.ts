/** AMF0 as one would read it in an hour: a Buffer, a position, a switch. No limits, and only the types of these bodies. */
export function naiveDecodeAll(bytes: Uint8Array): unknown[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const values: unknown[] = [];
  let at = 0;
  while (at < buffer.length) values.push(readValue());
  return values;

  function readValue(): unknown {
    switch (buffer[at++]) {
      case 0:
        at += 8;
        return buffer.readDoubleBE(at - 8);
      case 1:
        return buffer[at++] !== 0;
      case 2:
        return readText();
      case 3:
        return readProperties();
      case 5:
        return null;
      case 8:
        at += 4;
        return readProperties();
      case 10: {
        const count = buffer.readUInt32BE(at);
        at += 4;
        return Array.from({ length: count }, readValue);
      }
      default:
        throw new Error(`marker ${String(buffer[at - 1])}`);
    }
  }

  function readText(): string {
    const size = buffer.readUInt16BE(at);
    at += 2 + size;
    return buffer.toString("utf8", at - size, at);
  }

  function readProperties(): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    for (let key = readText(); key !== ""; key = readText()) object[key] = readValue();
    at++;
    return object;
  }
}

/** AMF0 as one would write it in an hour: a Buffer for each value, joined at the end. */
export function naiveEncode(...values: readonly unknown[]): Uint8Array {
  return Buffer.concat(values.map(encodeValue));
}

function encodeValue(value: unknown): Buffer {
  if (typeof value === "number") {
    const buffer = Buffer.alloc(9);
    buffer.writeDoubleBE(value, 1);
    return buffer;
  }
  if (typeof value === "boolean") return Buffer.from([1, value ? 1 : 0]);
  if (typeof value === "string") return Buffer.concat([Buffer.from([2]), encodeKey(value)]);
  if (value === null) return Buffer.from([5]);
  if (Array.isArray(value)) {
    const head = Buffer.alloc(5);
    head[0] = 10;
    head.writeUInt32BE(value.length, 1);
    return Buffer.concat([head, ...value.map(encodeValue)]);
  }
  const entries = Object.entries(value as object).flatMap(([key, field]) => [encodeKey(key), encodeValue(field)]);
  return Buffer.concat([encodeHead(value as object, entries.length / 2), ...entries, Buffer.from([0, 0, 9])]);
}

function encodeHead(object: object, count: number): Buffer {
  if (Object.prototype.toString.call(object) !== "[object EcmaArray]") return Buffer.from([3]);
  const head = Buffer.alloc(5);
  head[0] = 8;
  head.writeUInt32BE(count, 1);
  return head;
}

function encodeKey(text: string): Buffer {
  const bytes = Buffer.from(text, "utf8");
  const buffer = Buffer.alloc(2 + bytes.length);
  buffer.writeUInt16BE(bytes.length);
  bytes.copy(buffer, 2);
  return buffer;
}
