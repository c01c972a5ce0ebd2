import { describe, expect, test } from "vitest";
import { concat, hex, u32, u8 } from "@rtmp/testkit";
import { ChunkError, ChunkReader, type ChunkReaderOptions } from "../src/index.ts";
import { observe } from "./observe.ts";
import { chunk, control, pattern, setChunkSize } from "./wire.ts";

const ONE = u8(0xaa);

/** What reading `bytes` throws, as `code at offset`; `undefined` if nothing. */
function faultOf(bytes: Uint8Array, options?: ChunkReaderOptions): string | undefined {
  return observe([bytes], options).find((line) => line.startsWith("CHUNK_"));
}

describe("CHUNK_UNKNOWN_PREVIOUS_HEADER", () => {
  test.each([
    [2, "a1"],
    [3, "e1"],
  ])("format %i cannot open a chunk stream", (_, header) => {
    const bytes = concat(chunk(0, ONE), hex(`${header} 000000 aa`));
    expect(faultOf(bytes)).toBe("CHUNK_UNKNOWN_PREVIOUS_HEADER at 13");
  });
});

describe("CHUNK_HEADER_CHANGED", () => {
  const begun = chunk(0, pattern(128), { length: 300 });
  test.each([
    ["shrinks it", chunk(1, pattern(100), { length: 100 })],
    ["grows it", chunk(1, pattern(128), { length: 4000 })],
    ["changes its type", chunk(1, pattern(128), { length: 300, typeId: 8 })],
    ["moves it to another message stream", chunk(0, pattern(128), { length: 300, messageStreamId: 2 })],
    ["gives it another time", chunk(0, pattern(128), { length: 300, time: 40 })],
    ["shrinks it to nothing", chunk(0, u8(), { length: 0 })],
  ])("a header inside a message that %s", (_, bytes) => {
    expect(faultOf(concat(begun, bytes))).toBe(`CHUNK_HEADER_CHANGED at ${begun.length}`);
  });
});

describe("CHUNK_MESSAGE_TOO_LARGE", () => {
  test("a message of one byte more than allowed is refused by its header", () => {
    const options = { maxMessageSize: 1000 };
    expect(faultOf(chunk(0, u8(), { length: 1001 }), options)).toBe("CHUNK_MESSAGE_TOO_LARGE at 0");
    expect(faultOf(chunk(0, u8(), { length: 1000 }), options)).toBeUndefined();
  });

  test("8 MiB are allowed by default", () => {
    expect(faultOf(chunk(0, u8(), { length: 0x800001 }))).toBe("CHUNK_MESSAGE_TOO_LARGE at 0");
    expect(faultOf(chunk(0, u8(), { length: 0x800000 }))).toBeUndefined();
  });

  test("the longest message of the wire can be allowed", () => {
    const body = pattern(0xffffff);
    const reader = new ChunkReader({ maxMessageSize: 0xffffff });
    reader.read(setChunkSize(0xffffff));
    expect(reader.read(chunk(0, body))[0]?.payload.length).toBe(0xffffff);
  });
});

describe("CHUNK_TOO_MANY_STREAMS", () => {
  const openings = (count: number): Uint8Array =>
    concat(...Array.from({ length: count }, (_, i) => chunk(0, ONE, { id: 65599 - i })));

  test("64 chunk streams of any id are taken by default, the 65th is refused", () => {
    expect(faultOf(openings(64))).toBeUndefined();
    expect(faultOf(openings(65))).toBe(`CHUNK_TOO_MANY_STREAMS at ${openings(64).length}`);
  });

  test("65 000 chunk streams are refused at the first one too many", () => {
    expect(faultOf(openings(65_000), { maxChunkStreams: 10 })).toBe(`CHUNK_TOO_MANY_STREAMS at ${openings(10).length}`);
  });

  test("using a known chunk stream again is never one too many", () => {
    expect(faultOf(concat(chunk(0, ONE), chunk(0, ONE), chunk(3, ONE)), { maxChunkStreams: 1 })).toBeUndefined();
  });
});

describe("CHUNK_TOO_MANY_BUFFERED_BYTES", () => {
  const part = (id: number): Uint8Array => chunk(0, pattern(128), { id, length: 200 });

  test("unfinished messages together may hold the limit and not a byte more", () => {
    const bytes = concat(part(4), part(5), part(6));
    expect(faultOf(bytes, { maxBufferedBytes: 384 })).toBeUndefined();
    expect(faultOf(bytes, { maxBufferedBytes: 383 })).toBe("CHUNK_TOO_MANY_BUFFERED_BYTES at 280");
  });

  test("a finished message makes room", () => {
    const bytes = concat(part(4), part(5), chunk(3, pattern(72), { id: 4 }), part(6));
    expect(faultOf(bytes, { maxBufferedBytes: 328 })).toBeUndefined();
    expect(faultOf(concat(part(4), part(5), part(6)), { maxBufferedBytes: 328 })).toBe(
      "CHUNK_TOO_MANY_BUFFERED_BYTES at 280",
    );
  });

  test("by default two of the longest messages may be open", () => {
    const options = { maxMessageSize: 128 };
    const open = (id: number): Uint8Array => chunk(0, pattern(100), { id, length: 128 });
    const bytes = concat(setChunkSize(100), open(4), open(5), open(6));
    expect(faultOf(bytes, options)).toBe(`CHUNK_TOO_MANY_BUFFERED_BYTES at ${16 + 2 * 112}`);
  });
});

describe("CHUNK_BAD_CHUNK_SIZE", () => {
  test.each([0, 0x80000000, 0x80000080, 0xffffffff])("a Set Chunk Size of %i is refused and not reported", (size) => {
    expect(observe([concat(chunk(0, ONE), setChunkSize(size))])).toEqual(["5/1 9@0 aa", "CHUNK_BAD_CHUNK_SIZE at 13"]);
  });
});

describe("CHUNK_BAD_CONTROL_MESSAGE", () => {
  test.each([1, 2])("a message of type %i with less than four bytes is refused", (typeId) => {
    expect(faultOf(control(typeId))).toBe("CHUNK_BAD_CONTROL_MESSAGE at 0");
    expect(faultOf(control(typeId, 0, 0, 1))).toBe("CHUNK_BAD_CONTROL_MESSAGE at 0");
  });

  test("a fifth byte is ignored", () => {
    const reader = new ChunkReader();
    reader.read(control(1, 0, 0, 16, 0, 99));
    expect(reader.chunkSize).toBe(4096);
  });
});

describe("a dead reader", () => {
  test("throws the same error again and reports nothing", () => {
    const reader = new ChunkReader();
    let error: unknown;
    try {
      reader.read(hex("c5"));
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ChunkError);
    expect(() => reader.read(chunk(0, ONE))).toThrow(error);
    expect(reader.offset).toBe(1);
  });
});

describe("memory", () => {
  test("60 chunk streams that each claim 16 MiB and send 8 400 bytes in all cost less than 1 MiB", () => {
    const claims = concat(
      ...Array.from({ length: 60 }, (_, i) => chunk(0, pattern(128), { id: 3 + i, length: 0xffffff })),
    );
    expect(claims.length).toBe(8400);
    const reader = new ChunkReader({ maxMessageSize: 0xffffff });
    const before = process.memoryUsage().arrayBuffers;
    reader.read(claims);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024);
    expect(reader.bufferedBytes).toBe(60 * 128);
  });

  test("a long message costs at most twice what has come of it", () => {
    const reader = new ChunkReader();
    const before = process.memoryUsage().arrayBuffers;
    reader.read(concat(setChunkSize(0x7fffffff), chunk(0, u8(), { length: 0x800000 })));
    const piece = pattern(4096);
    for (let sent = 0; sent < 0x100000; sent += piece.length) reader.read(piece);
    // The buffers outgrown on the way are garbage: as much again, until it is collected.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 * 0x200000 + 0x80000);
    expect(reader.bufferedBytes).toBe(0x100000);
  });

  test("a message kept holds on to at most 4 KiB of its neighbours", () => {
    const bytes = concat(...Array.from({ length: 100 }, () => chunk(0, pattern(120))));
    for (const message of new ChunkReader().read(bytes)) {
      expect(message.payload.buffer.byteLength).toBeLessThanOrEqual(4096);
    }
  });
});

describe("options", () => {
  test.each(["maxMessageSize", "maxChunkStreams", "maxBufferedBytes"])("%s must be a positive integer", (name) => {
    for (const value of [0, -1, 1.5, Number.NaN]) {
      expect(() => new ChunkReader({ [name]: value })).toThrow(RangeError);
      expect(() => new ChunkReader({ [name]: value })).toThrow(name);
    }
  });
});

test("an error says its code and its place", () => {
  const error = new ChunkError("CHUNK_BAD_AGGREGATE", 7, "a header cut short");
  expect([error.name, error.message]).toEqual(["ChunkError", "a header cut short (CHUNK_BAD_AGGREGATE at byte 7)"]);
});

test("a message in 200 001 chunks of one byte is joined", () => {
  const count = 200_000;
  const tail = new Uint8Array(2 * count).fill(0xc5);
  const reader = new ChunkReader();
  const bytes = concat(hex("02 000000 000004 01 00000000"), u32(1), chunk(0, ONE, { length: count + 1 }), tail);
  expect(reader.read(bytes)[1]?.payload.length).toBe(count + 1);
});
