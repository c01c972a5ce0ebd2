import { ascii, concat, hex, splits, u32le } from "@rtmp/testkit";
import { describe, expect, test } from "vitest";
import { AdbError } from "../../src/usb/adb-error.ts";
import { AdbReplyReader, encodeAdbRequest } from "../../src/usb/adb-reply.ts";
import type { AdbReplyForm } from "../../src/usb/adb-reply.ts";
import { encodeSyncQuit, encodeSyncSend } from "../../src/usb/adb-sync.ts";

/** What a reader makes of bytes in pieces: its reply, how much it took, and its error's code. */
function observe(form: AdbReplyForm, bytes: Uint8Array, pieceSize: number): unknown {
  const reader = new AdbReplyReader(form);
  let used = 0;
  try {
    for (const piece of splits(bytes, pieceSize)) used += reader.push(piece);
  } catch (error) {
    expect(() => reader.push(ascii("OKAY"))).toThrow(error);
    return error instanceof AdbError ? error.code : error;
  }
  return { reply: reader.reply, used };
}

const okay = (text: string): unknown => ({ isOkay: true, text });

describe("a reply of an adb server", () => {
  test.each<[string, AdbReplyForm, Uint8Array, unknown]>([
    ["a bare OKAY", "status", ascii("OKAY"), { reply: okay(""), used: 4 }],
    ["an OKAY with bytes of the service behind it", "status", ascii("OKAY0004"), { reply: okay(""), used: 4 }],
    ["a text", "status-and-text", ascii("OKAY00040029!"), { reply: okay("0029"), used: 12 }],
    ["an empty text", "status-and-text", ascii("OKAY0000"), { reply: okay(""), used: 8 }],
    ["a refusal", "status", ascii("FAIL0006closed"), { reply: { isOkay: false, text: "closed" }, used: 14 }],
    ["a refusal without a reason", "status", ascii("FAIL0000"), { reply: { isOkay: false, text: "" }, used: 8 }],
    ["half a text", "status-and-text", ascii("OKAY00ff0029"), { reply: undefined, used: 12 }],
    ["a stored file", "sync", concat(ascii("OKAY"), u32le(77)), { reply: okay(""), used: 8 }],
    [
      "a file that was not stored",
      "sync",
      concat(ascii("FAIL"), u32le(4), ascii("full")),
      { reply: { isOkay: false, text: "full" }, used: 12 },
    ],
    ["the greeting of a web server", "status", ascii("HTTP/1.1 400"), "ADB_PROTOCOL"],
    ["a length that is no number", "status-and-text", ascii("OKAYzzzz"), "ADB_PROTOCOL"],
    ["a length with a sign", "status-and-text", ascii("OKAY-001"), "ADB_PROTOCOL"],
    ["a reason of 4 GiB", "sync", hex("4641494c ffffffff"), "ADB_PROTOCOL"],
  ])("is read the same however it is cut: %s", (_name, form, bytes, expected) => {
    for (let pieceSize = 1; pieceSize <= bytes.length; pieceSize++) {
      expect(observe(form, bytes, pieceSize), `pieces of ${pieceSize}`).toEqual(expected);
    }
  });
});

describe("what is said to adb", () => {
  test("a request carries its length in hexadecimal digits", () => {
    expect(Buffer.from(encodeAdbRequest("host:version")).toString()).toBe("000chost:version");
    expect(Buffer.from(encodeAdbRequest("shell:é")).toString("latin1")).toBe("0008shell:Ã©");
    expect(() => encodeAdbRequest("x".repeat(65_536))).toThrow(RangeError);
  });

  test("a file is sent as blocks of at most 64 KiB between its path and its time", () => {
    const content = new Uint8Array(65_536 + 3).fill(7);
    const sent = encodeSyncSend({ path: "/data/x", mode: 0o644, modifiedAt: 1_800_000_000, content });
    const expected = concat(
      ...[ascii("SEND"), u32le(11), ascii("/data/x,420")],
      ...[ascii("DATA"), u32le(65_536), content.subarray(3)],
      ...[ascii("DATA"), u32le(3), content.subarray(65_536)],
      ...[ascii("DONE"), u32le(1_800_000_000)],
    );
    expect(Buffer.from(sent).equals(expected)).toBe(true);
    expect(Buffer.from(encodeSyncQuit())).toEqual(Buffer.from("QUIT\0\0\0\0"));
  });

  test("a path that no phone takes is refused here", () => {
    const file = { path: `/${"x".repeat(1024)}`, mode: 0o644, modifiedAt: 0, content: new Uint8Array(0) };
    expect(() => encodeSyncSend(file)).toThrow(RangeError);
  });
});
