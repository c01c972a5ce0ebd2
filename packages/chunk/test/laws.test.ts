import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concat, hex, randomSplits, seededRandom, splits, type SeededRandom } from "@rtmp/testkit";
import { ChunkReader, type ChunkReaderOptions, ChunkWriter, encodeMessage, type RtmpMessage } from "../src/index.ts";
import { describeMessage, observe } from "./observe.ts";
import { abort, chunk, pattern, setChunkSize } from "./wire.ts";

const EDGE_IDS = [2, 3, 63, 64, 319, 320, 65599];
const EDGE_TIMES = [0, 1, 40, 0xfffffe, 0xffffff, 0x1000000, 0x7fffffff, 0xffffffff];
const EDGE_LENGTHS = [0, 1, 2, 3, 4, 127, 128, 129, 256, 300];
const LIMITS: ChunkReaderOptions = { maxMessageSize: 400, maxChunkStreams: 5, maxBufferedBytes: 500 };

/** Chunks of every format in random order: much of it right, some of it a fault. */
function randomChunks(random: SeededRandom): Uint8Array {
  const parts: Uint8Array[] = [];
  const left = new Map<number, number>();
  for (let i = random.int(1, 25); i > 0; i--) {
    const id = random.pick([4, 6, 64]);
    if (random.next() < 0.05) parts.push(setChunkSize(128));
    if (random.next() < 0.05) {
      parts.push(abort(id));
      left.delete(id);
    }
    const open = left.get(id) ?? 0;
    const length = open > 0 && random.next() < 0.97 ? open : random.pick(EDGE_LENGTHS);
    const format = open > 0 ? 3 : random.pick([0, 0, 1] as const);
    const size = Math.min(128, length);
    // Random high bytes: now and then they begin like an extended timestamp.
    const body = pattern(size, random.pick([0, 1, 0xff]));
    const ext = format === 3 && random.next() < 0.3 ? hex("01000000") : hex("");
    const header = chunk(format, ext, { id, length, time: random.pick([...EDGE_TIMES, 0x1000000]) });
    parts.push(header, body);
    left.set(id, length - size);
  }
  if (random.next() < 0.3) parts.push(random.bytes(random.int(1, 40)));
  return concat(...parts);
}

describe("how the bytes are cut never changes what the reader reports, faults and their places included", () => {
  const body = pattern(300, 1);
  const cases: readonly (readonly [string, Uint8Array])[] = [
    [
      "all formats",
      concat(chunk(0, body.slice(0, 9)), chunk(1, body.slice(0, 5), { time: 9 }), chunk(2, body.slice(0, 5))),
    ],
    [
      "a chunk size change inside a message",
      concat(chunk(0, body.slice(0, 128), { length: 300 }), setChunkSize(200), chunk(3, body.slice(128))),
    ],
    ["a bad chunk size", concat(chunk(0, body.slice(0, 9)), setChunkSize(0))],
    ["an unknown previous header", concat(chunk(0, body.slice(0, 9)), hex("80 000000 00"))],
    ["a changed header", concat(chunk(0, body.slice(0, 128), { length: 300 }), chunk(1, body.slice(0, 9)))],
    ["a message too large", concat(chunk(0, body.slice(0, 9)), chunk(0, body, { length: 401 }))],
    ["too many chunk streams", concat(...[3, 4, 5, 64, 320, 321].map((id) => chunk(0, body.slice(0, 3), { id })))],
    [
      "too many buffered bytes",
      concat(...[3, 4, 5, 64].map((id) => chunk(0, body.slice(0, 128), { id, length: 300 }))),
    ],
    ["a short control body", concat(chunk(0, body.slice(0, 9)), chunk(0, hex("000001"), { typeId: 2 }))],
  ];

  test.each(cases)("%s, in pieces of every size", (_, bytes) => {
    const whole = observe([bytes], LIMITS);
    expect(whole.length).toBeGreaterThan(0);
    for (let size = 1; size < bytes.length; size++) expect(observe(splits(bytes, size), LIMITS)).toEqual(whole);
  });

  test.each(cases)("%s, cut once at every place", (_, bytes) => {
    const whole = observe([bytes], LIMITS);
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(observe([bytes.slice(0, cut), bytes.slice(cut)], LIMITS)).toEqual(whole);
    }
  });

  test("2 000 random chunk sequences, in single bytes and in random pieces", () => {
    const random = seededRandom(20_251);
    let messages = 0;
    const faults = new Set<string>();
    for (let round = 0; round < 2000; round++) {
      const bytes = randomChunks(random);
      const whole = observe([bytes], LIMITS);
      expect(observe(splits(bytes, 1), LIMITS), `round ${round}`).toEqual(whole);
      expect(observe(randomSplits(bytes, random), LIMITS), `round ${round}`).toEqual(whole);
      messages += whole.length;
      const last = whole.at(-1) ?? "";
      if (last.startsWith("CHUNK_")) faults.add(last.split(" ")[0] ?? "");
    }
    expect(messages).toBeGreaterThan(5000);
    expect(faults.size).toBeGreaterThanOrEqual(4);
  });

  test("bytes of no meaning give messages or a ChunkError, the same in any cut", () => {
    const bytes = fc.uint8Array({ maxLength: 400 });
    fc.assert(
      fc.property(bytes, fc.integer({ min: 1, max: 50 }), (input, size) => {
        expect(observe(splits(input, size), LIMITS)).toEqual(observe([input], LIMITS));
      }),
      { seed: 7, numRuns: 500 },
    );
  });
});

const message = fc.record({
  chunkStreamId: fc.constantFrom(...EDGE_IDS),
  messageStreamId: fc.constantFrom(0, 1, 0xffffffff),
  typeId: fc.constantFrom(3, 8, 9, 18, 20, 255),
  timestamp: fc.oneof(fc.constantFrom(...EDGE_TIMES), fc.integer({ min: 0, max: 0xffffffff })),
  payload: fc.oneof(
    fc.uint8Array({ maxLength: 20 }),
    fc.constantFrom(...EDGE_LENGTHS).map((length) => pattern(length)),
  ),
});
const chunkSize = fc.constantFrom(1, 2, 127, 128, 129, 4096, 0x7fffffff);

describe("what is written is read back", () => {
  test("through a ChunkWriter, with chunk size changes in between, in single bytes too", () => {
    const step = fc.oneof({ weight: 5, arbitrary: message }, { weight: 1, arbitrary: chunkSize });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const writer = new ChunkWriter();
        const expected: string[] = [];
        const parts = steps.map((next) => {
          if (typeof next === "number") return writer.setChunkSize(next);
          expected.push(describeMessage(next));
          return writer.write(next);
        });
        const bytes = concat(...parts);
        for (const pieces of [[bytes], splits(bytes, 1)]) {
          const reader = new ChunkReader();
          const read = pieces.flatMap((piece) => reader.read(piece));
          expect(read.filter(({ typeId }) => typeId !== 1).map(describeMessage)).toEqual(expected);
          expect(reader.chunkSize).toBe(writer.chunkSize);
        }
      }),
      { seed: 11, numRuns: 300 },
    );
  });

  test("through encodeMessage, whatever the reader has seen before", () => {
    const reader = new ChunkReader();
    fc.assert(
      fc.property(message, (sent) => {
        expect(reader.read(encodeMessage(sent, 128)).map(describeMessage)).toEqual([describeMessage(sent)]);
      }),
      { seed: 13, numRuns: 500 },
    );
  });

  test("a message that was read can be written again and says the same", () => {
    const random = seededRandom(5);
    for (let round = 0; round < 300; round++) {
      const read: RtmpMessage[] = [];
      try {
        new ChunkReader(LIMITS).push(randomChunks(random), (one) => read.push(one));
      } catch {
        // The messages before the fault are the test's input.
      }
      const bytes = concat(...read.map((one) => encodeMessage(one, 128)));
      expect(observe([bytes])).toEqual(read.map(describeMessage));
    }
  });
});

test("unfinished payloads never hold more than the limit", () => {
  const random = seededRandom(99);
  for (let round = 0; round < 300; round++) {
    const reader = new ChunkReader(LIMITS);
    try {
      for (const piece of splits(randomChunks(random), 7)) {
        reader.push(piece, () => undefined);
        expect(reader.bufferedBytes).toBeLessThanOrEqual(500);
      }
    } catch (error) {
      expect(error).toHaveProperty("name", "ChunkError");
    }
  }
});
