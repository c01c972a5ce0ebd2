import { describe, expect, test } from "vitest";
import { concat, hex, toHex } from "@rtmp/testkit";
import { ChunkWriter, encodeControlMessage, type RtmpMessage } from "../src/index.ts";
import { chunk, pattern } from "./wire.ts";

const BASE: RtmpMessage = {
  chunkStreamId: 6,
  messageStreamId: 1,
  typeId: 9,
  timestamp: 1000,
  payload: hex("aabb"),
};

/** The header format of each message, when one writer writes all. */
function formatsOf(...changes: readonly Partial<RtmpMessage>[]): number[] {
  const writer = new ChunkWriter();
  return changes.map((change) => writer.write({ ...BASE, ...change })[0]! >> 6);
}

describe("the header leaves out what the peer knows", () => {
  test("the specification's first example is written in 44, 36, 33 and 33 bytes (§5.3.2.1)", () => {
    const writer = new ChunkWriter();
    const payload = pattern(32);
    const written = [1000, 1020, 1040, 1060].map((timestamp) =>
      toHex(writer.write({ chunkStreamId: 3, messageStreamId: 12345, typeId: 8, timestamp, payload })),
    );
    const body = toHex(payload);
    expect(written).toEqual([`030003e80000200839300000${body}`, `83000014${body}`, `c3${body}`, `c3${body}`]);
  });

  test("the specification's second example is written in chunks of 140, 129 and 52 bytes (§5.3.2.2)", () => {
    const payload = pattern(307);
    const bytes = new ChunkWriter().write({
      chunkStreamId: 4,
      messageStreamId: 12346,
      typeId: 9,
      timestamp: 1000,
      payload,
    });
    const first = chunk(0, payload.subarray(0, 128), { id: 4, time: 1000, length: 307, messageStreamId: 12346 });
    expect(bytes).toEqual(concat(first, hex("c4"), payload.subarray(128, 256), hex("c4"), payload.subarray(256)));
    expect(bytes.length).toBe(140 + 129 + 52);
  });

  test.each([
    ["the first message of a chunk stream", [{}], 0],
    ["another message stream", [{}, { messageStreamId: 2 }], 0],
    ["a timestamp that goes back", [{}, { timestamp: 999 }], 0],
    ["a delta of 0xFFFFFF", [{}, { timestamp: 1000 + 0xffffff }], 0],
    ["a delta of 0xFFFFFE", [{}, { timestamp: 1000 + 0xfffffe }], 2],
    ["another length", [{}, { timestamp: 1040, payload: hex("aa") }], 1],
    ["another type", [{}, { timestamp: 1040, typeId: 8 }], 1],
    ["another delta", [{}, { timestamp: 1040 }, { timestamp: 1041 }], 2],
    ["the same delta again", [{}, { timestamp: 1040 }, { timestamp: 1080 }], 3],
    ["the same delta behind format 1", [{}, { timestamp: 1040, typeId: 8 }, { timestamp: 1080, typeId: 8 }], 3],
    ["a delta that equals the timestamp of format 0", [{}, { timestamp: 2000 }], 2],
    ["the same time behind format 0", [{}, {}], 2],
    ["the same time again", [{}, {}, {}], 3],
    ["a delta across the wrap of the clock", [{ timestamp: 0xfffffff0 }, { timestamp: 16 }], 2],
  ] as const)("%s", (_, changes, format) => {
    expect(formatsOf(...changes).at(-1)).toBe(format);
  });

  test("chunk streams are remembered apart", () => {
    expect(formatsOf({}, { chunkStreamId: 4 }, { timestamp: 1040 }, { chunkStreamId: 4, timestamp: 1007 })).toEqual([
      0, 0, 2, 2,
    ]);
  });

  test("an extended timestamp is repeated on the format 3 chunks of its message and not behind a small delta", () => {
    const writer = new ChunkWriter({ chunkSize: 2 });
    expect(toHex(writer.write({ ...BASE, timestamp: 0xffffff, payload: hex("010203") }))).toBe(
      "06ffffff000003090100000000ffffff0102" + "c600ffffff03",
    );
    expect(toHex(writer.write({ ...BASE, timestamp: 0x1000000, payload: hex("010203") }))).toBe(
      "860000010102" + "c603",
    );
  });
});

describe("chunk size", () => {
  test("setChunkSize returns the message in the old chunk size and uses the new one for what follows", () => {
    const writer = new ChunkWriter({ chunkSize: 2 });
    expect(toHex(writer.setChunkSize(3))).toBe("020000000000040100000000" + "0000" + "c2" + "0003");
    expect(writer.chunkSize).toBe(3);
    expect(toHex(writer.write({ ...BASE, payload: hex("01020304") }))).toBe(
      "060003e8000004090100000001" + "0203" + "c604",
    );
  });

  test("a Set Chunk Size message that goes through write takes effect too", () => {
    const writer = new ChunkWriter();
    writer.write(encodeControlMessage({ kind: "set-chunk-size", chunkSize: 4096 }));
    expect(writer.chunkSize).toBe(4096);
  });

  test("128 bytes are the default", () => {
    expect(new ChunkWriter().chunkSize).toBe(128);
    expect(new ChunkWriter().write({ ...BASE, payload: pattern(128) }).length).toBe(12 + 128);
    expect(new ChunkWriter().write({ ...BASE, payload: pattern(129) }).length).toBe(12 + 129 + 1);
  });

  test.each([0, -1, 1.5, 0x80000000, Number.NaN])("%d is refused and changes nothing", (size) => {
    const writer = new ChunkWriter();
    expect(() => new ChunkWriter({ chunkSize: size })).toThrow(RangeError);
    expect(() => writer.setChunkSize(size)).toThrow(RangeError);
    expect(writer.chunkSize).toBe(128);
    expect(writer.write({ ...BASE, chunkStreamId: 2 })[0]! >> 6).toBe(0);
  });

  test.each(["", "000001", "00000000", "80000000"])("a Set Chunk Size body of '%s' is refused", (body) => {
    const writer = new ChunkWriter();
    expect(() => writer.write({ ...BASE, typeId: 1, payload: hex(body) })).toThrow(RangeError);
    expect(writer.chunkSize).toBe(128);
  });
});

test.each([
  ["chunkStreamId", 1],
  ["chunkStreamId", 65600],
  ["chunkStreamId", 2.5],
  ["messageStreamId", -1],
  ["messageStreamId", 0x100000000],
  ["typeId", 256],
  ["typeId", -1],
  ["timestamp", -1],
  ["timestamp", 0x100000000],
  ["timestamp", 0.5],
])("a message with a %s of %d is refused by name and forgotten", (name, value) => {
  const writer = new ChunkWriter();
  writer.write(BASE);
  expect(() => writer.write({ ...BASE, [name]: value })).toThrow(RangeError);
  expect(() => writer.write({ ...BASE, [name]: value })).toThrow(name);
  expect(toHex(writer.write({ ...BASE, timestamp: 1001 }))).toBe("86000001aabb");
});

test("a payload of 16 MiB is refused, one byte less is not", () => {
  const writer = new ChunkWriter({ chunkSize: 0xffffff });
  expect(() => writer.write({ ...BASE, payload: new Uint8Array(0x1000000) })).toThrow(RangeError);
  expect(writer.write({ ...BASE, payload: new Uint8Array(0xffffff) }).length).toBe(12 + 0xffffff);
});
