import { parseRtmpUrl } from "@rtmp/session";
import { InvalidArgumentError } from "commander";
import { isPictureSize, usbNumbers } from "./usb/usb-options.ts";

/** Reads a whole number from `min` to `max`. The reader throws Commander's `InvalidArgumentError`. */
export function integerFrom(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It is to be an integer from ${min} to ${max}.`);
  };
}

/** Reads an RTMP URL with a stream key. Throws Commander's `InvalidArgumentError`. */
export function readTarget(text: string): string {
  try {
    const [streamKey] = parseRtmpUrl(text).streamKey.split("?");
    if (streamKey !== "") return text;
  } catch {
    // said below
  }
  throw new InvalidArgumentError("It is to be an RTMP URL with app and stream key: rtmp://host/app/streamKey.");
}

/** Reads a token that can stand in a link. Throws Commander's `InvalidArgumentError`. */
export function readToken(text: string): string {
  if (/^[\w.~-]{16,128}$/.test(text)) return text;
  throw new InvalidArgumentError("It is to be 16 to 128 letters, digits or any of - . _ ~");
}

/** Reads the address at which phones are to ask. Throws Commander's `InvalidArgumentError`. */
export function readPublicUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url !== undefined && url.hash === "" && url.search === "" && url.username === "";
  if (isPlain && (url.protocol === "https:" || isLocal(url))) return url.href;
  throw new InvalidArgumentError(
    "It is to be an https: URL without anything behind its path; browsers film nowhere else.",
  );
}

/** Reads an origin such as `https://studio.example`. Throws Commander's `InvalidArgumentError`. */
export function readOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && url.origin !== "null" && url.href === `${url.origin}/`) return url.origin;
  throw new InvalidArgumentError("It is to be a scheme and a host, such as https://studio.example.");
}

/** Reads a picture's size, such as `1280x720`. Throws Commander's `InvalidArgumentError`. */
export function readSize(text: string): string {
  if (isPictureSize(text)) return text;
  throw new InvalidArgumentError("It is to be width and height, such as 1280x720.");
}

/** Reads bits a second, such as `2500000`, `2500k` or `2.5M`. Throws Commander's `InvalidArgumentError`. */
export function readBitrate(text: string): number {
  const [, number = "", unit = ""] = /^(\d{1,9}(?:\.\d{1,3})?)([kM]?)$/.exec(text) ?? [];
  const value = Math.round(Number(number) * { "": 1, k: 1000, M: 1_000_000 }[unit]!);
  const { lowest, highest } = usbNumbers.videoBitrate;
  if (number !== "" && value >= lowest && value <= highest) return value;
  throw new InvalidArgumentError("It is to be from 50k to 100M, in bits a second, such as 2500000, 2500k or 2.5M.");
}

/** Makes a reader for an option that may come several times. */
export function collected<T>(
  read: (text: string) => T,
): (text: string, before: readonly T[] | undefined) => readonly T[] {
  return (text, before = []) => [...before, read(text)];
}

function isLocal(url: URL): boolean {
  return url.protocol === "http:" && ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
}
