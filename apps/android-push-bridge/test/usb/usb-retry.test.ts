import { describe, expect, test } from "vitest";
import { AdbError } from "../../src/usb/adb-error.ts";
import { ClockComparison } from "../../src/usb/clock-comparison.ts";
import { LineReader } from "../../src/usb/line-reader.ts";
import { ScrcpyError } from "../../src/usb/scrcpy-error.ts";
import { UsbRetry } from "../../src/usb/usb-retry.ts";

describe("a phone that went away", () => {
  test("is tried again, later each time, and at once after it was there", () => {
    const retry = new UsbRetry();
    const failure = new ScrcpyError("SCRCPY_DID_NOT_START", "no");
    const pauses = Array.from({ length: 7 }, () => retry.pauseAfter(failure));
    expect(pauses).toEqual([500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
    retry.succeeded();
    expect(retry.pauseAfter(undefined)).toBe(500);
  });

  test("is looked for every second while it is not there or not allowed yet", () => {
    const retry = new UsbRetry();
    for (const code of ["ADB_NO_DEVICE", "ADB_UNAUTHORIZED", "ADB_OFFLINE", "ADB_NO_PERMISSION"] as const) {
      expect(retry.pauseAfter(new AdbError(code, "no"))).toBe(1000);
    }
    expect(retry.pauseAfter(undefined)).toBe(500);
  });

  test("is given up where only the user can help", () => {
    const retry = new UsbRetry();
    expect(retry.pauseAfter(new AdbError("ADB_NO_PROGRAM", "no"))).toBeUndefined();
    expect(retry.pauseAfter(new ScrcpyError("SCRCPY_VERSION_MISMATCH", "no"))).toBeUndefined();
    expect(retry.pauseAfter(new AdbError("ADB_SEVERAL_DEVICES", "no"))).toBeUndefined();
    retry.succeeded();
    expect(retry.pauseAfter(new AdbError("ADB_SEVERAL_DEVICES", "no"))).toBe(500);
  });
});

describe("two tracks", () => {
  test("are of one clock if they begin within five seconds of each other", () => {
    const clocks = new ClockComparison();
    expect(clocks.isCommon("video", 7_200_000_000, 1000)).toBe(true);
    expect(clocks.isCommon("video", 7_900_000_000, 1001)).toBe(true);
    expect(clocks.isCommon("audio", 7_202_000_000, 1200)).toBe(true);
  });

  test("are of two clocks if one counts the time that the phone slept", () => {
    const clocks = new ClockComparison();
    expect(clocks.isCommon("audio", 3_600_000_000, 1000)).toBe(true);
    expect(clocks.isCommon("video", 7_200_000_000, 1000)).toBe(false);
  });
});

describe("what a program on the phone writes", () => {
  const linesOf = (maxLength: number, ...pieces: readonly string[]): string[] => {
    const lines: string[] = [];
    const reader = new LineReader(maxLength);
    for (const piece of pieces) reader.push(Buffer.from(piece), (line) => lines.push(line));
    reader.end((line) => lines.push(line));
    return lines;
  };

  test("is cut into lines wherever its pieces end", () => {
    expect(linesOf(100, "[server] IN", "FO: a\r\n\n", "b\nc")).toEqual(["[server] INFO: a", "b", "c"]);
    expect(linesOf(100, "")).toEqual([]);
  });

  test("may cut a character in two", () => {
    const [lines, reader, text] = [[] as string[], new LineReader(), Buffer.from("é\n")];
    for (const byte of text) reader.push(Uint8Array.of(byte), (line) => lines.push(line));
    expect(lines).toEqual(["é"]);
  });

  test("cannot fill the memory with a line that does not end", () => {
    expect(linesOf(5, "abc", "defgh".repeat(1000), "\nxyz\n")).toEqual(["abcde", "xyz"]);
  });
});
