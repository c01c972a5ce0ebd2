/** Reads an unsigned 16-bit big-endian integer. The caller has checked the bounds. */
export function readUint16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

/** Reads an unsigned 24-bit big-endian integer. The caller has checked the bounds. */
export function readUint24(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
}

/** Reads a signed 24-bit big-endian integer. The caller has checked the bounds. */
export function readInt24(bytes: Uint8Array, at: number): number {
  return (readUint24(bytes, at) << 8) >> 8;
}

/** Whether 24 bits with a sign can hold `value`. */
export function isInt24(value: number): boolean {
  return (value << 8) >> 8 === value;
}

/** Reads an unsigned 32-bit big-endian integer. The caller has checked the bounds. */
export function readUint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | readUint24(bytes, at + 1)) >>> 0;
}

/** Writes the low 16 bits of `value`, big-endian. */
export function writeUint16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

/** Writes the low 24 bits of `value`, big-endian; negative values become two's complement. */
export function writeUint24(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 16;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value;
}

/** Writes the low 32 bits of `value`, big-endian. */
export function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  writeUint24(bytes, at + 1, value);
}

/** Joins byte arrays into one new array. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  let size = 0;
  for (const part of parts) size += part.length;
  const joined = new Uint8Array(size);
  let position = 0;
  for (const part of parts) {
    joined.set(part, position);
    position += part.length;
  }
  return joined;
}

/** Whether two byte arrays hold the same bytes. */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}
