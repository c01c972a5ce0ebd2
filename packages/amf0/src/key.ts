import { Amf0Error } from "./errors.ts";

const utf8 = new TextEncoder();

/** The most UTF-8 bytes a key, a class name or a short string can have on the wire (AMF0 §1.3.1). */
export const LONGEST_KEY = 0xffff;

/** Whether a 16-bit length can hold the text's UTF-8 form. */
export function fitsKey(text: string): boolean {
  if (text.length * 3 <= LONGEST_KEY) return true; // UTF-8 needs at most 3 bytes for a UTF-16 unit
  return text.length <= LONGEST_KEY && utf8.encode(text).length <= LONGEST_KEY;
}

/** Refuses a key that must not be set. `offset` is where it begins. */
export function checkKey(key: string, offset: number): void {
  if (key === "__proto__") throw new Amf0Error("AMF0_FORBIDDEN_KEY", offset, "the key __proto__ is refused");
  checkName(key, offset);
}

/** Refuses a key or class name that could not be written again: AMF3 has longer ones, and U+FFFD is longer than what it replaces. */
export function checkName(name: string, offset: number): void {
  if (!fitsKey(name)) throw new Amf0Error("AMF0_STRINGS_TOO_LONG", offset, `a name of more than ${LONGEST_KEY} bytes`);
}
