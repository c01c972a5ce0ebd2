import type { Amf0Value } from "@rtmp/amf0";

const LONGEST_TEXT = 80;
const MOST_ENTRIES = 16;
const DEEPEST = 4;

/** An AMF value on one line: short, and with nothing in it that a terminal would obey. */
export function showValue(value: Amf0Value, depth = 0): string {
  if (typeof value === "string") return `"${printable(value).replaceAll('"', '\\"')}"`;
  if (typeof value !== "object" || value === null) return String(value);
  if (value instanceof Uint8Array) return `<${value.length} bytes>`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "no date" : value.toISOString();
  if (depth === DEEPEST) return "…";
  const isArray = Array.isArray(value);
  const entries = Object.entries(value as Readonly<Record<string, Amf0Value>>);
  const shown = entries.slice(0, MOST_ENTRIES).map(([key, field]) => {
    return (isArray ? "" : `${printable(key)}: `) + showValue(field, depth + 1);
  });
  if (entries.length > shown.length) shown.push(`… ${entries.length - shown.length} more`);
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  return isArray ? `[${shown.join(", ")}]` : `${tag === "Object" ? "" : `${tag} `}{${shown.join(", ")}}`;
}

/** The text, not too long, with everything escaped that is not a letter, a digit, a space or an ASCII sign. */
export function printable(text: string): string {
  const shown = text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text;
  return shown.replace(/[^\p{L}\p{N}\x20-\x7e…]/gu, (sign) => `\\u{${sign.codePointAt(0)!.toString(16)}}`);
}
