import { describe, expect, test } from "vitest";
import { ascii, concat, hex, splits, toHex, u32 } from "@rtmp/testkit";
import { ChunkReader } from "../src/index.ts";
import { observe, timestampsOf } from "./observe.ts";
import { chunk, pattern } from "./wire.ts";

const A = ascii("AAAA");

describe("deltas", () => {
  test("formats 1 and 2 add their delta to the chunk stream's last timestamp", () => {
    const bytes = concat(chunk(0, A, { time: 1000 }), chunk(1, A, { time: 40 }), chunk(2, A, { time: 2 }));
    expect(timestampsOf(bytes)).toEqual([1000, 1040, 1042]);
  });

  test.each([1, 2] as const)(
    "a format 3 chunk that opens a message adds the delta of the format %i before it",
    (format) => {
      const bytes = concat(chunk(0, A, { time: 1000 }), chunk(format, A, { time: 40 }), chunk(3, A), chunk(3, A));
      expect(timestampsOf(bytes)).toEqual([1000, 1040, 1080, 1120]);
    },
  );

  test("a format 3 chunk that opens a message behind format 0 adds that header's timestamp (§5.3.1.2.4)", () => {
    expect(timestampsOf(concat(chunk(0, A, { time: 23 }), chunk(3, A), chunk(3, A)))).toEqual([23, 46, 69]);
  });

  test("a format 3 chunk inside a message adds nothing", () => {
    const body = pattern(300);
    const bytes = concat(
      chunk(0, A, { time: 1000 }),
      chunk(1, body.subarray(0, 128), { time: 40, length: 300 }),
      chunk(3, body.subarray(128, 256)),
      chunk(3, body.subarray(256)),
      chunk(2, body.subarray(0, 128), { time: 5 }),
      chunk(3, body.subarray(128, 256)),
      chunk(3, body.subarray(256)),
    );
    expect(timestampsOf(bytes)).toEqual([1000, 1040, 1045]);
  });

  test("the clock wraps past 0xFFFFFFFF", () => {
    const bytes = concat(chunk(0, A, { time: 0xfffffff0 }), chunk(2, A, { time: 0x20 }), chunk(3, A));
    expect(timestampsOf(bytes)).toEqual([0xfffffff0, 0x10, 0x30]);
  });

  test("a format 0 timestamp may go back", () => {
    expect(timestampsOf(concat(chunk(0, A, { time: 5000 }), chunk(0, A, { time: 10 })))).toEqual([5000, 10]);
  });
});

describe("extended timestamps", () => {
  test.each([
    ["fffffe", "", 0xfffffe],
    ["ffffff", "00ffffff", 0xffffff],
    ["ffffff", "01000000", 0x1000000],
    ["ffffff", "01000001", 0x1000001],
    ["ffffff", "ffffffff", 0xffffffff],
    ["ffffff", "00000005", 5],
  ])("a time field of %s %s is %i", (field, extended, timestamp) => {
    expect(timestampsOf(hex(`05 ${field} 000001 09 01000000 ${extended} aa`))).toEqual([timestamp]);
  });

  test.each([
    ["1", "45 ffffff 000001 09"],
    ["2", "85 ffffff"],
  ])("on format %s it is a delta", (_, header) => {
    const bytes = concat(chunk(0, hex("aa"), { time: 11_000 }), hex(`${header} 01000000 aa`));
    expect(timestampsOf(bytes)).toEqual([11_000, 11_000 + 0x1000000]);
  });

  test("a small delta behind an extended timestamp ends the extension", () => {
    const body = pattern(200);
    const bytes = concat(
      chunk(0, A, { time: 0x2000000 }),
      chunk(1, body.subarray(0, 128), { time: 40, length: 200 }),
      chunk(3, body.subarray(128)),
    );
    expect(observe([bytes])[1]).toBe(`5/1 9@${0x2000000 + 40} ${toHex(body)}`);
  });

  test("a format 3 chunk that opens a message repeats an extended delta and adds it", () => {
    const delta = 0x1000005;
    const bytes = concat(chunk(0, A), chunk(2, A, { time: delta }), hex("c5"), u32(delta), A, hex("c5"), A);
    expect(timestampsOf(bytes)).toEqual([0, delta, 2 * delta, 3 * delta]);
  });

  const time = 0x01020304;
  const body = pattern(300, 0x80);

  test("repeated on the format 3 chunks of a message it is not payload", () => {
    const bytes = concat(
      chunk(0, body.subarray(0, 128), { time, length: 300 }),
      ...[body.subarray(128, 256), body.subarray(256)].map((part) => concat(hex("c5"), u32(time), part)),
    );
    expect(observe([bytes])).toEqual([`5/1 9@${time} ${toHex(body)}`]);
  });

  test("left out on the format 3 chunks of a message nothing is missing", () => {
    const bytes = concat(
      chunk(0, body.subarray(0, 128), { time, length: 300 }),
      chunk(3, body.subarray(128, 256)),
      chunk(3, body.subarray(256)),
    );
    expect(observe([bytes])).toEqual([`5/1 9@${time} ${toHex(body)}`]);
  });

  test.each([1, 2, 3])(
    "left out before the last %i bytes the message ends with them, not with the next chunk",
    (rest) => {
      const reader = new ChunkReader();
      const payload = pattern(128 + rest, 0x80);
      const bytes = concat(
        chunk(0, payload.subarray(0, 128), { time, length: 128 + rest }),
        chunk(3, payload.subarray(128)),
      );
      expect(reader.read(bytes).map((message) => message.payload)).toEqual([payload]);
    },
  );

  // The payload, and the next header behind it, begin like the field: the reader looks past the chunk and comes back.
  test.each([
    ["01", "02 030500 000001 08 00000000 aa", "2/0 8@197888 aa"],
    ["0102", "03 050000 000001 08 00000000 aa", "3/0 8@327680 aa"],
    ["010203", "06 000009 000001 08 00000000 aa", "6/0 8@9 aa"],
  ])("left out before a payload of %s the bytes behind it are a header again", (payloadHex, next, nextMessage) => {
    const payload = hex(payloadHex);
    const head = chunk(0, pattern(128), { time, length: 128 + payload.length });
    const bytes = concat(head, hex("c5"), payload, hex(next));
    const whole = observe([bytes]);
    expect(whole).toEqual([`5/1 9@${time} ${toHex(pattern(128))}${payloadHex}`, nextMessage]);
    for (let size = 1; size < bytes.length; size++) expect(observe(splits(bytes, size))).toEqual(whole);
  });

  test("four payload bytes that happen to equal the field are taken for it", () => {
    const payload = concat(pattern(128), u32(time), A);
    const head = chunk(0, payload.subarray(0, 128), { time, length: 136 });
    expect(observe([concat(head, hex("c5"), payload.subarray(128), A)])).toEqual([
      `5/1 9@${time} ${toHex(concat(pattern(128), A, A))}`,
    ]);
  });
});
