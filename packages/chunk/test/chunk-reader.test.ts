import { describe, expect, test } from "vitest";
import { ascii, concat, hex, toHex, u32, u8 } from "@rtmp/testkit";
import { ChunkReader, type RtmpMessage } from "../src/index.ts";
import { describeMessage, observe } from "./observe.ts";
import { abort, basicHeader, chunk, pattern, setChunkSize } from "./wire.ts";

const A = ascii("AAAA");
const B = ascii("BBBB");

describe("headers", () => {
  test("the four messages of the specification's first example come out of 44, 40, 33 and 33 bytes (§5.3.2.1)", () => {
    const body = pattern(32);
    const bytes = concat(
      hex("03 0003e8 000020 08 39300000"),
      body,
      hex("83 000014"),
      body,
      hex("c3"),
      body,
      hex("c3"),
      body,
    );
    expect(bytes.length).toBe(44 + 36 + 33 + 33);
    expect(observe([bytes])).toEqual([1000, 1020, 1040, 1060].map((time) => `3/12345 8@${time} ${toHex(body)}`));
  });

  test("the 307-byte message of the specification's second example is joined from three chunks (§5.3.2.2)", () => {
    const body = pattern(307);
    const bytes = concat(
      hex("04 0003e8 000133 09 3a300000"),
      body.subarray(0, 128),
      hex("c4"),
      body.subarray(128, 256),
      hex("c4"),
      body.subarray(256),
    );
    expect(observe([bytes])).toEqual([`4/12346 9@1000 ${toHex(body)}`]);
  });

  test.each([
    ["02", 2],
    ["3f", 63],
    ["00 00", 64],
    ["00 ff", 319],
    ["01 0001", 320],
    ["01 ffff", 65599],
  ])("the basic header %s means chunk stream %i", (header, id) => {
    const bytes = concat(hex(header), hex("000000 000001 09 01000000 aa"));
    expect(new ChunkReader().read(bytes).map((message) => message.chunkStreamId)).toEqual([id]);
  });

  test("the two and three byte forms of one id are the same chunk stream", () => {
    const bytes = concat(hex("00 06 000000 0000c8 09 01000000"), pattern(128), hex("c1 0600"), pattern(72, 128 * 7));
    expect(observe([bytes])).toEqual([`70/1 9@0 ${toHex(pattern(200))}`]);
  });

  test("the message stream id is little-endian", () => {
    const bytes = hex("03 000000 000001 09 01020304 aa");
    expect(new ChunkReader().read(bytes)[0]?.messageStreamId).toBe(0x04030201);
  });

  test("a format 1 chunk keeps the message stream id", () => {
    const bytes = concat(chunk(0, A, { messageStreamId: 7 }), chunk(1, u8(1), { typeId: 8 }));
    expect(observe([bytes])[1]).toBe("5/7 8@0 01");
  });

  test("a format 2 chunk keeps length, type and message stream id", () => {
    const bytes = concat(chunk(0, A, { messageStreamId: 7, typeId: 8 }), chunk(2, B, { time: 3 }));
    expect(observe([bytes])[1]).toBe("5/7 8@3 42424242");
  });

  test("chunk streams keep their headers apart", () => {
    const bytes = concat(
      chunk(0, A, { id: 4, time: 10, typeId: 8 }),
      chunk(0, B, { id: 6, time: 500 }),
      chunk(2, B, { id: 4, time: 5 }),
    );
    expect(observe([bytes])[2]).toBe("4/1 8@15 42424242");
  });

  test("a format 1 chunk may open a chunk stream: the delta counts from 0 on message stream 0", () => {
    // librtmp begins its ping so.
    expect(observe([hex("42 000005 000006 04 0006 00000d0f")])).toEqual(["2/0 4@5 000600000d0f"]);
  });

  test("a message of length 0 is reported as soon as its header is whole", () => {
    expect(observe([hex("03 000007 000000 08 01000000")])).toEqual(["3/1 8@7 "]);
  });

  test("a format 3 chunk behind a message of length 0 is another message of length 0", () => {
    expect(observe([concat(chunk(0, u8()), chunk(2, u8(), { time: 5 }), hex("c5"))])).toEqual([
      "5/1 9@0 ",
      "5/1 9@5 ",
      "5/1 9@10 ",
    ]);
  });

  test("messages of two chunk streams may be interleaved chunk by chunk", () => {
    const video = pattern(300);
    const audio = pattern(200, 9);
    const bytes = concat(
      chunk(0, video.subarray(0, 128), { id: 6, length: 300 }),
      chunk(0, audio.subarray(0, 128), { id: 4, length: 200, typeId: 8 }),
      chunk(3, video.subarray(128, 256), { id: 6 }),
      chunk(3, audio.subarray(128), { id: 4 }),
      chunk(3, video.subarray(256), { id: 6 }),
    );
    expect(observe([bytes])).toEqual([`4/1 8@0 ${toHex(audio)}`, `6/1 9@0 ${toHex(video)}`]);
  });

  test.each([1, 2] as const)("a format %i header inside a message that changes nothing continues it", (format) => {
    const body = pattern(200);
    const bytes = concat(
      chunk(0, body.subarray(0, 128), { length: 200, time: 40 }),
      chunk(format, body.subarray(128), { length: 200, time: 9 }),
    );
    expect(observe([bytes])).toEqual([`5/1 9@40 ${toHex(body)}`]);
  });

  test("a format 0 header repeated inside its message continues it", () => {
    const body = pattern(200);
    const bytes = concat(
      chunk(0, body.subarray(0, 128), { length: 200, time: 40 }),
      chunk(0, body.subarray(128), { length: 200, time: 40 }),
    );
    expect(observe([bytes])).toEqual([`5/1 9@40 ${toHex(body)}`]);
  });
});

describe("Set Chunk Size", () => {
  test("takes effect for the very next byte", () => {
    const body = pattern(200);
    expect(observe([concat(setChunkSize(200), chunk(0, body))])[1]).toBe(`5/1 9@0 ${toHex(body)}`);
  });

  test("is reported like any other message", () => {
    expect(observe([setChunkSize(4096)])).toEqual(["2/0 1@0 00001000"]);
  });

  test("takes effect between two chunks of a message on another chunk stream", () => {
    const body = pattern(300);
    const bytes = concat(
      chunk(0, body.subarray(0, 128), { length: 300 }),
      setChunkSize(100),
      chunk(3, body.subarray(128, 228)),
      chunk(3, body.subarray(228)),
    );
    expect(observe([bytes])[1]).toBe(`5/1 9@0 ${toHex(body)}`);
  });

  test("may make the chunks smaller than what has come of an open message", () => {
    const body = pattern(131);
    const tail = [...body.subarray(128)].map((byte) => chunk(3, u8(byte)));
    const bytes = concat(chunk(0, body.subarray(0, 128), { length: 131 }), setChunkSize(1), ...tail);
    expect(observe([bytes])[1]).toBe(`5/1 9@0 ${toHex(body)}`);
  });

  test("of 1 puts every payload byte into a chunk of its own, the next Set Chunk Size included", () => {
    const bytes = concat(
      setChunkSize(1),
      hex("02 000000 000004 01 00000000 00 c2 00 c2 00 c2 80"),
      chunk(0, pattern(128)),
    );
    const reader = new ChunkReader();
    expect(reader.read(bytes).map((message) => message.payload.length)).toEqual([4, 4, 128]);
    expect(reader.chunkSize).toBe(128);
  });

  test("of 0x7FFFFFFF is taken; only the message size limits memory", () => {
    const reader = new ChunkReader();
    const messages = reader.read(concat(setChunkSize(0x7fffffff), chunk(0, pattern(70_000))));
    expect(messages[1]?.payload).toEqual(pattern(70_000));
    expect(reader.chunkSize).toBe(0x7fffffff);
  });

  test("is obeyed on any chunk stream and message stream", () => {
    const reader = new ChunkReader();
    reader.read(chunk(0, u32(77), { id: 9, typeId: 1, messageStreamId: 3 }));
    expect(reader.chunkSize).toBe(77);
  });
});

describe("Abort", () => {
  test("drops the partial message of its chunk stream and frees what it held", () => {
    const reader = new ChunkReader();
    reader.read(chunk(0, pattern(128), { length: 300 }));
    expect(reader.bufferedBytes).toBe(128);
    expect(reader.read(abort(5)).map(describeMessage)).toEqual(["2/0 2@0 00000005"]);
    expect(reader.bufferedBytes).toBe(0);
  });

  test("leaves the header known: the next format 3 chunk opens a whole message", () => {
    const body = pattern(200, 3);
    const bytes = concat(
      chunk(0, A, { time: 100, length: 4 }),
      chunk(1, pattern(128), { time: 20, length: 200 }),
      abort(5),
      chunk(3, body.subarray(0, 128)),
      chunk(3, body.subarray(128)),
    );
    expect(observe([bytes])[2]).toBe(`5/1 9@140 ${toHex(body)}`);
  });

  test("leaves the messages of other chunk streams alone", () => {
    const body = pattern(200);
    const bytes = concat(
      chunk(0, body.subarray(0, 128), { id: 6, length: 200 }),
      chunk(0, pattern(128), { id: 4, length: 200 }),
      abort(4),
      chunk(3, body.subarray(128), { id: 6 }),
    );
    expect(observe([bytes])[1]).toBe(`6/1 9@0 ${toHex(body)}`);
  });

  test.each([5, 99, 0, 0xffffffff])("of chunk stream %i, which has no partial message, changes nothing", (id) => {
    expect(observe([concat(chunk(0, A), abort(id), chunk(2, B, { time: 1 }))])[2]).toBe("5/1 9@1 42424242");
  });
});

describe("what the reader promises its caller", () => {
  test("a message belongs to itself: writing over the pushed bytes or over another message changes nothing", () => {
    const bytes = concat(...[1, 2, 3].map((seed) => chunk(0, pattern(300, seed), { length: 300 })));
    const source = concat(setChunkSize(4096), bytes);
    const messages = new ChunkReader().read(source).slice(1);
    source.fill(0);
    messages[1]?.payload.fill(0xff);
    expect(messages[0]?.payload).toEqual(pattern(300, 1));
    expect(messages[2]?.payload).toEqual(pattern(300, 3));
  });

  test("a Node.js Buffer is copied like any Uint8Array", () => {
    const buffer = Buffer.from(chunk(0, pattern(100)));
    const [message] = new ChunkReader().read(buffer);
    buffer.fill(0);
    expect(message?.payload.constructor).toBe(Uint8Array);
    expect(message?.payload).toEqual(pattern(100));
  });

  test("a header cut at the end of a Buffer survives the Buffer being reused", () => {
    const bytes = chunk(0, pattern(10));
    const reader = new ChunkReader();
    const buffer = Buffer.from(bytes.subarray(0, 7));
    reader.read(buffer);
    buffer.fill(0);
    expect(reader.read(bytes.subarray(7)).map(({ payload }) => payload)).toEqual([pattern(10)]);
  });

  test("offset counts every pushed byte, bufferedBytes the payload of unfinished messages", () => {
    const reader = new ChunkReader();
    const bytes = chunk(0, pattern(100));
    reader.read(bytes.subarray(0, 5));
    expect([reader.offset, reader.bufferedBytes]).toEqual([5, 0]);
    reader.read(bytes.subarray(5, 42));
    expect([reader.offset, reader.bufferedBytes]).toEqual([42, 30]);
    reader.read(bytes.subarray(42));
    expect([reader.offset, reader.bufferedBytes]).toEqual([112, 0]);
  });

  test("messages finished before a fault are reported before the throw", () => {
    expect(observe([concat(chunk(0, A), hex("c6"))])).toEqual([
      "5/1 9@0 41414141",
      "CHUNK_UNKNOWN_PREVIOUS_HEADER at 16",
    ]);
  });

  test("a listener that throws ends the reader with its own error", () => {
    const reader = new ChunkReader();
    const failure = new Error("no room");
    const push = (): void =>
      reader.push(chunk(0, A), () => {
        throw failure;
      });
    expect(push).toThrow(failure);
    expect(() => reader.read(chunk(0, B))).toThrow(failure);
  });

  test("thousands of finished messages leave nothing buffered", () => {
    const reader = new ChunkReader();
    let count = 0;
    const on = (message: RtmpMessage): void => {
      count += message.payload.length;
    };
    const bytes = concat(...Array.from({ length: 5000 }, () => chunk(0, A)), basicHeader(3, 5), A);
    reader.push(bytes, on);
    expect([count, reader.bufferedBytes]).toEqual([5001 * 4, 0]);
  });
});
