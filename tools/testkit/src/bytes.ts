/** Bytes typed as hex; spaces and line breaks are free. */
export function hex(text: string): Uint8Array {
  const digits = text.replace(/\s+/g, "");
  if (digits.length % 2 !== 0 || /[^0-9a-fA-F]/.test(digits)) throw new TypeError(`not hex: ${text}`);
  const bytes = new Uint8Array(digits.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(digits.slice(i * 2, i * 2 + 2), 16);
  return bytes;
}

/** The bytes as lower-case hex without spaces. */
export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

/** All parts, one after the other, in new memory. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Each value as one byte. */
export function u8(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values);
}

/** A big-endian 16-bit integer. */
export function u16(value: number): Uint8Array {
  return u8((value >>> 8) & 255, value & 255);
}

/** A big-endian 24-bit integer. */
export function u24(value: number): Uint8Array {
  return u8((value >>> 16) & 255, (value >>> 8) & 255, value & 255);
}

/** A big-endian 32-bit integer. */
export function u32(value: number): Uint8Array {
  return u8((value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
}

/** A little-endian 32-bit integer. */
export function u32le(value: number): Uint8Array {
  return u32(value).reverse();
}

/** A big-endian IEEE 754 double. */
export function f64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value);
  return bytes;
}

/** The text's characters as bytes; only ASCII is taken. */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => {
    const code = character.charCodeAt(0);
    if (code > 127) throw new TypeError(`not ASCII: ${text}`);
    return code;
  });
}
