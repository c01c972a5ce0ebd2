import type { Hello } from "../protocol/words.ts";

const MOST_TOKEN_LENGTH = 256;
const MOST_WORD_LENGTH = 64;

/** A Hello's fields, checked; `undefined` if one that is needed is missing or no good. */
export function readHello(words: Readonly<Record<string, unknown>>): Hello | undefined {
  const { version, token, session, clock, device } = words;
  if (typeof version !== "number") return undefined;
  if (!isText(token, MOST_TOKEN_LENGTH) || !isText(session, MOST_WORD_LENGTH)) return undefined;
  if (clock !== "common" && clock !== "separate") return undefined;
  const deviceName = typeof device === "string" ? device.slice(0, MOST_WORD_LENGTH) : "";
  return { version, token, session, clock, device: deviceName };
}

function isText(value: unknown, mostLength: number): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= mostLength;
}
