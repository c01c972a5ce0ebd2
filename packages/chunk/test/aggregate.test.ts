import { describe, expect, test } from "vitest";
import { concat, hex, toHex, u24, u32, u8 } from "@rtmp/testkit";
import { type RtmpMessage, splitAggregate } from "../src/index.ts";
import { describeMessage } from "./observe.ts";

function aggregate(payload: Uint8Array, timestamp: number = 10_000): RtmpMessage {
  return { chunkStreamId: 7, messageStreamId: 3, typeId: 22, timestamp, payload };
}

/** A part without its back pointer. */
function part(typeId: number, timestamp: number, body: string): Uint8Array {
  const payload = hex(body);
  const time = concat(u24(timestamp % 0x1000000), u8(timestamp / 0x1000000));
  return concat(u8(typeId), u24(payload.length), time, u24(0), payload);
}

function split(message: RtmpMessage): string[] {
  const seen: string[] = [];
  try {
    splitAggregate(message, (one) => seen.push(describeMessage(one)));
  } catch (error) {
    const { code, offset } = error as { code: string; offset: number };
    seen.push(`${code} at ${offset}`);
  }
  return seen;
}

const audio = part(8, 500, "af01");
const video = part(9, 540, "2701");

describe("splitAggregate", () => {
  test("the first part takes the aggregate's time, the others keep their distance from it", () => {
    const data = part(18, 541, "02");
    const payload = concat(audio, u32(13), video, u32(13), data, u32(12));
    expect(split(aggregate(payload))).toEqual(["7/3 8@10000 af01", "7/3 9@10040 2701", "7/3 18@10041 02"]);
  });

  test("a part may be earlier than the first", () => {
    expect(split(aggregate(concat(video, u32(13), audio, u32(13)), 20))).toEqual([
      "7/3 9@20 2701",
      `7/3 8@${2 ** 32 - 20} af01`,
    ]);
  });

  test("part timestamps have 32 bits, the upper eight last, and wrap", () => {
    const payload = concat(part(8, 0xfffffff0, "01"), u32(12), part(8, 0x10, "02"), u32(12));
    expect(split(aggregate(payload, 0xffffffff))).toEqual(["7/3 8@4294967295 01", "7/3 8@31 02"]);
  });

  test.each(["00000000", "ffffffff"])("a back pointer of %s is not looked at", (pointer) => {
    expect(split(aggregate(concat(audio, hex(pointer), video, hex(pointer))))).toHaveLength(2);
  });

  test.each(["", "00", "000000"])("the last back pointer may be missing or cut: '%s'", (pointer) => {
    expect(split(aggregate(concat(audio, u32(13), video, hex(pointer))))).toHaveLength(2);
  });

  test("an empty aggregate holds nothing", () => {
    expect(split(aggregate(hex("")))).toEqual([]);
  });

  test("a part may be empty", () => {
    expect(split(aggregate(concat(part(8, 0, ""), u32(11))))).toEqual(["7/3 8@10000 "]);
  });

  test("payloads are copies", () => {
    const message = aggregate(concat(audio, u32(13)));
    const parts: RtmpMessage[] = [];
    splitAggregate(message, (one) => parts.push(one));
    message.payload.fill(0);
    expect(parts.map(({ payload }) => toHex(payload))).toEqual(["af01"]);
  });
});

describe("CHUNK_BAD_AGGREGATE", () => {
  test("a part cut short anywhere is refused behind the parts that are whole", () => {
    const payload = concat(audio, u32(13), video);
    for (let size = 18; size < payload.length; size++) {
      expect(split(aggregate(payload.slice(0, size)))).toEqual(["7/3 8@10000 af01", "CHUNK_BAD_AGGREGATE at 17"]);
    }
  });

  test("a part that claims 16 MiB is refused", () => {
    expect(split(aggregate(hex("08 ffffff 000000 00 000000 aa")))).toEqual(["CHUNK_BAD_AGGREGATE at 0"]);
  });

  test("an aggregate inside an aggregate is refused", () => {
    expect(split(aggregate(concat(audio, u32(13), part(22, 0, ""))))).toEqual([
      "7/3 8@10000 af01",
      "CHUNK_BAD_AGGREGATE at 17",
    ]);
  });

  test("a message of another type is the caller's fault", () => {
    expect(() => splitAggregate({ ...aggregate(audio), typeId: 9 }, () => undefined)).toThrow(TypeError);
  });
});
