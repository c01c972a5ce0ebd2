import { describe, expect, test } from "vitest";
import { concat, hex, toHex, u32 } from "@rtmp/testkit";
import { encodedMessageSize, encodeMessage, encodeMessageInto, type RtmpMessage } from "../src/index.ts";
import { basicHeader, chunk, pattern } from "./wire.ts";

const BASE: RtmpMessage = { chunkStreamId: 6, messageStreamId: 1, typeId: 9, timestamp: 40, payload: hex("aabbcc") };

describe("encodeMessage", () => {
  test("writes format 0 and then format 3", () => {
    expect(toHex(encodeMessage(BASE, 2))).toBe("060000280000030901000000aabb" + "c6cc");
  });

  test("writes the same bytes every time", () => {
    expect(encodeMessage(BASE, 128)).toEqual(encodeMessage(BASE, 128));
  });

  test("writes a header alone for an empty payload", () => {
    expect(toHex(encodeMessage({ ...BASE, payload: hex("") }, 1))).toBe("060000280000000901000000");
  });

  test.each([
    [0xfffffe, "fffffe", ""],
    [0xffffff, "ffffff", "00ffffff"],
    [0x1000000, "ffffff", "01000000"],
    [0xffffffff, "ffffff", "ffffffff"],
  ])("a timestamp of %i is %s %s, repeated on format 3", (timestamp, field, extended) => {
    expect(toHex(encodeMessage({ ...BASE, timestamp }, 2))).toBe(
      `06${field}0000030901000000${extended}aabb` + `c6${extended}cc`,
    );
  });

  test.each([2, 63, 64, 319, 320, 65599])("chunk stream %i takes the shortest basic header", (id) => {
    const bytes = encodeMessage({ ...BASE, chunkStreamId: id }, 2);
    expect(bytes).toEqual(concat(chunk(0, hex("aabb"), { id, time: 40, length: 3 }), basicHeader(3, id), hex("cc")));
  });

  test("a chunk size that divides the payload leaves no empty chunk behind", () => {
    expect(encodeMessage({ ...BASE, payload: pattern(256) }, 128).length).toBe(12 + 256 + 1);
    expect(encodeMessage({ ...BASE, payload: pattern(257) }, 128).length).toBe(12 + 257 + 2);
  });

  test.each([0, 1.5, 0x80000000])("a chunk size of %d is refused", (chunkSize) => {
    expect(() => encodeMessage(BASE, chunkSize)).toThrow(RangeError);
  });

  test("a chunk stream id the wire cannot carry is refused", () => {
    expect(() => encodeMessage({ ...BASE, chunkStreamId: 65600 }, 128)).toThrow(RangeError);
    expect(() => encodeMessage({ ...BASE, chunkStreamId: 1 }, 128)).toThrow(RangeError);
  });
});

describe("encodeMessageInto", () => {
  test("writes what encodeMessage returns, at its place, and tells where it ends", () => {
    const message = { ...BASE, timestamp: 0x1000000, payload: pattern(300) };
    const target = new Uint8Array(400).fill(0x55);
    const size = encodedMessageSize(message, 100);
    expect(size).toBe(12 + 4 + 300 + 2 * 5);
    expect(encodeMessageInto(target, 10, message, 100)).toBe(10 + size);
    expect(target.subarray(10, 10 + size)).toEqual(encodeMessage(message, 100));
    expect([...target.subarray(0, 10), ...target.subarray(10 + size)].every((byte) => byte === 0x55)).toBe(true);
  });

  test.each([-1, 1, 400, Number.NaN])("at %d, where the message does not fit, it throws and writes nothing", (at) => {
    const target = new Uint8Array(encodedMessageSize(BASE, 128));
    expect(() => encodeMessageInto(target, at, BASE, 128)).toThrow(RangeError);
    expect(target).toEqual(new Uint8Array(target.length));
  });

  test("a payload is not taken over: changing it later leaves the bytes as they are", () => {
    const payload = u32(1);
    const bytes = encodeMessage({ ...BASE, payload }, 128);
    payload.fill(9);
    expect(toHex(bytes.subarray(12))).toBe("00000001");
  });
});
