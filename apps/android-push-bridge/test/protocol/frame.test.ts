import { hex, seededRandom, toHex } from "@rtmp/testkit";
import { describe, expect, test } from "vitest";
import { FrameFlag, FrameKind, decodeFrame, encodeFrame } from "../../src/protocol/frame.ts";
import { decodeAcknowledgement, decodeWords, encodeAcknowledgement, encodeWords } from "../../src/protocol/words.ts";

describe("a frame", () => {
  test("is kind, flags, eight bytes of microseconds and the payload", () => {
    const frame = encodeFrame({
      kind: FrameKind.Video,
      flags: FrameFlag.KeyFrame | FrameFlag.ByteStream,
      timestampUs: 0x01_0203_0405,
      payload: hex("aabb"),
    });
    expect(toHex(frame)).toBe("0303" + "0000000102030405" + "aabb");
  });

  test("of any content is read as it was written, times before the epoch too", () => {
    const random = seededRandom(5);
    for (let round = 0; round < 200; round++) {
      const frame = {
        kind: FrameKind.Audio,
        flags: random.int(0, 255),
        timestampUs: random.int(-(2 ** 40), 2 ** 40),
        payload: random.bytes(random.int(0, 50)),
      };
      expect(decodeFrame(encodeFrame(frame))).toEqual(frame);
    }
    for (const timestampUs of [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]) {
      expect(decodeFrame(encodeFrame({ kind: FrameKind.Audio, timestampUs }))?.timestampUs).toBe(timestampUs);
    }
  });

  test("is none if it is shorter than its header, or its time is beyond what a number can hold", () => {
    for (let size = 0; size < 10; size++) expect(decodeFrame(new Uint8Array(size))).toBeUndefined();
    expect(decodeFrame(hex("03007fffffffffffffff"))).toBeUndefined();
    expect(decodeFrame(hex("03008000000000000000"))).toBeUndefined();
  });

  test("cannot be written with a time that is no whole number", () => {
    expect(() => encodeFrame({ kind: FrameKind.Audio, timestampUs: 0.5 })).toThrow(RangeError);
  });
});

describe("words", () => {
  test("are a JSON object in UTF-8, and anything else is none", () => {
    expect(decodeWords(encodeWords({ state: "live", detail: "中文" }))).toEqual({ state: "live", detail: "中文" });
    for (const bytes of ["", "7b", "5b5d", "31", "6e756c6c", "22ff22", "7b7d00"]) {
      expect(decodeWords(hex(bytes)), bytes).toBeUndefined();
    }
  });

  test("of depth that no stack holds are none, or nothing worse", () => {
    const deep = new TextEncoder().encode(`{"a":${"[".repeat(4000)}`);
    expect(decodeWords(deep)).toBeUndefined();
  });
});

describe("an acknowledgement", () => {
  test("is three numbers of 32 bits; more bytes are for later versions, fewer are none", () => {
    const acknowledgement = { frameCount: 0xffff_ffff, heldMs: 17, unsentBytes: 256 };
    const bytes = encodeAcknowledgement(acknowledgement);
    expect(toHex(bytes)).toBe("ffffffff" + "00000011" + "00000100");
    expect(decodeAcknowledgement(Uint8Array.of(...bytes, 9))).toEqual(acknowledgement);
    expect(decodeAcknowledgement(bytes.subarray(0, 11))).toBeUndefined();
  });
});
