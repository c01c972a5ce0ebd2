import { concat, hex, randomSplits, seededRandom, splits, toHex, u32, u8 } from "@rtmp/testkit";
import { describe, expect, test } from "vitest";
import { FlvReader } from "../src/index.ts";
import type { FlvTag } from "../src/index.ts";
import { describeFault, faultOf } from "./faults.ts";
import { fileHeader, tagBytes } from "./file-bytes.ts";

const twoTags = concat(
  fileHeader(),
  tagBytes(8, 0, hex("af 00 12 10")),
  tagBytes(9, 0x01020304, hex("17 01 000000 00000001 65")),
  u32(21),
);

/** Everything a reader reports for these pieces, the fault included. */
function observe(pieces: readonly Uint8Array[], maxTagSize = 1000): unknown[] {
  const seen: unknown[] = [];
  const reader = new FlvReader({ maxTagSize });
  try {
    for (const piece of pieces) reader.push(piece, (tag) => seen.push({ ...tag, payload: toHex(tag.payload) }));
    reader.end();
  } catch (error) {
    seen.push(describeFault(error));
  }
  return seen;
}

function readAll(bytes: Uint8Array): FlvTag[] {
  const tags: FlvTag[] = [];
  const reader = new FlvReader();
  reader.push(bytes, (tag) => tags.push(tag));
  return tags;
}

describe("an FLV file", () => {
  test("is read tag by tag, the eighth header byte being the top of the timestamp", () => {
    expect(observe([twoTags])).toEqual([
      { type: "audio", timestamp: 0, payload: "af001210" },
      { type: "video", timestamp: 0x01020304, payload: "17010000000000000165" },
    ]);
  });

  test("keeps a timestamp with its highest bit set positive", () => {
    expect(readAll(concat(fileHeader(), tagBytes(8, 0xffffffff, u8(0x2f))))[0]?.timestamp).toBe(0xffffffff);
  });

  test("says in its header which media it claims, once nine bytes have come", () => {
    const reader = new FlvReader();
    reader.push(fileHeader(1).subarray(0, 8), () => undefined);
    expect(reader.header).toBeUndefined();
    reader.push(fileHeader(1).subarray(8), () => undefined);
    expect(reader.header).toEqual({ hasAudio: false, hasVideo: true });
  });

  test("may have a header longer than nine bytes", () => {
    const bytes = concat(fileHeader(5, 12), u8(1, 2, 3), tagBytes(8, 7, u8(0x2f)));
    expect(observe([bytes])).toEqual([{ type: "audio", timestamp: 7, payload: "2f" }]);
  });

  test("may carry a wrong size of the previous tag and a stream id that is not zero", () => {
    const bytes = concat(fileHeader(), tagBytes(8, 7, u8(0x2f), { previousTagSize: 99, streamId: 5 }));
    expect(observe([bytes])).toEqual([{ type: "audio", timestamp: 7, payload: "2f" }]);
  });

  test("may end inside the last size of the previous tag, but not inside a tag", () => {
    const bytes = concat(fileHeader(), tagBytes(8, 7, u8(0x2f)));
    for (let extra = 0; extra <= 4; extra++) expect(observe([bytes, new Uint8Array(extra)])).toHaveLength(1);
    expect(observe([bytes, new Uint8Array(5)])[1]).toBe(`FLV_TRUNCATED@${String(bytes.length + 5)}`);
  });

  test("reports a tag without payload as soon as its header is there", () => {
    expect(observe([concat(fileHeader(), tagBytes(8, 40, new Uint8Array(0)))])).toEqual([
      { type: "audio", timestamp: 40, payload: "" },
    ]);
  });

  test("marks encrypted tags and ignores the two reserved bits", () => {
    const bytes = concat(fileHeader(), tagBytes(0x20 | 9, 1, u8(1)), tagBytes(0xc0 | 9, 2, u8(2)));
    expect(observe([bytes])).toEqual([
      { type: "video", timestamp: 1, payload: "01", isEncrypted: true },
      { type: "video", timestamp: 2, payload: "02" },
    ]);
  });

  test("gives script data of type 15 without its format byte, as type 18 has it", () => {
    const bytes = concat(fileHeader(), tagBytes(15, 0, hex("00 02 0001 61")), tagBytes(18, 0, hex("02 0001 61")));
    expect(observe([bytes])).toEqual([
      { type: "script", timestamp: 0, payload: "02000161" },
      { type: "script", timestamp: 0, payload: "02000161" },
    ]);
  });

  test("skips tags of types nobody defined without keeping their bytes", () => {
    const bytes = concat(fileHeader(), tagBytes(10, 0, new Uint8Array(900)), tagBytes(8, 1, u8(0x2f)));
    expect(observe([bytes])).toEqual([{ type: "audio", timestamp: 1, payload: "2f" }]);
  });

  test("leaves a tag larger than the first reserve in a buffer of exactly its size", () => {
    const payload = seededRandom(3).bytes(200_000);
    const reader = new FlvReader();
    const tags: FlvTag[] = [];
    for (const piece of splits(concat(fileHeader(), tagBytes(9, 0, payload)), 1460)) {
      reader.push(piece, (tag) => tags.push(tag));
    }
    expect(tags).toHaveLength(1);
    expect(tags[0]?.payload).toEqual(payload);
    expect(tags[0]?.payload.buffer.byteLength).toBe(payload.length);
  });
});

describe("hostile bytes", () => {
  const faults: readonly [string, Uint8Array, string][] = [
    ["no FLV at all", hex("47 40 11 10 00 42 f0 25 00"), "FLV_BAD_SIGNATURE@0"],
    ["a version of the future", fileHeader(5, 9, 2), "FLV_UNSUPPORTED_VERSION@3"],
    ["a header that claims to be shorter than itself", fileHeader(5, 8), "FLV_BAD_HEADER@5"],
    ["a tag above the limit", concat(fileHeader(), tagBytes(8, 0, u8(), { size: 1001 })), "FLV_TAG_TOO_LARGE@13"],
    ["an empty file", new Uint8Array(0), "FLV_TRUNCATED@0"],
    ["a header cut short", fileHeader().subarray(0, 8), "FLV_TRUNCATED@8"],
    ["a tag cut short", twoTags.subarray(0, 26), "FLV_TRUNCATED@26"],
  ];

  test.each(faults)("%s are refused with their code and place", (_name, bytes, fault) => {
    expect(observe([bytes]).at(-1)).toBe(fault);
  });

  test("a tag of exactly the limit is read", () => {
    expect(observe([concat(fileHeader(), tagBytes(8, 0, new Uint8Array(1000)))])).toHaveLength(1);
  });

  test("a claim of 16 MiB costs no memory until bytes come", () => {
    const reader = new FlvReader({ maxTagSize: 0xffffff });
    const before = process.memoryUsage().arrayBuffers;
    reader.push(concat(fileHeader(), tagBytes(9, 0, u8(1), { size: 0xffffff })), () => undefined);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024);
    expect(
      faultOf(() => {
        reader.end();
      }),
    ).toBe("FLV_TRUNCATED@25");
  });

  test("a reader that has thrown throws the same error for ever", () => {
    const reader = new FlvReader();
    const first = faultOf(() => {
      reader.push(hex("00 00 00 00 00 00 00 00 00"), () => undefined);
    });
    expect(first).toBe("FLV_BAD_SIGNATURE@0");
    expect(
      faultOf(() => {
        reader.push(twoTags, () => undefined);
      }),
    ).toBe(first);
    expect(
      faultOf(() => {
        reader.end();
      }),
    ).toBe(first);
  });

  test("a limit that is no size is the caller's mistake", () => {
    expect(() => new FlvReader({ maxTagSize: -1 })).toThrow(RangeError);
    expect(() => new FlvReader({ maxTagSize: 0.5 })).toThrow(RangeError);
  });
});

describe("laws", () => {
  const tooLarge = concat(twoTags.subarray(0, -4), tagBytes(9, 5, u8(1, 2, 3), { size: 2000 }));
  const unknown = concat(twoTags.subarray(0, -4), tagBytes(3, 5, u8(1, 2, 3)), tagBytes(9, 6, u8()));
  const inputs = [twoTags, tooLarge, unknown, twoTags.subarray(0, 30), concat(fileHeader(5, 20), new Uint8Array(30))];

  test("how the bytes are split never changes what the reader reports", () => {
    for (const bytes of inputs) {
      const whole = observe([bytes]);
      for (let size = 1; size < bytes.length; size++) expect(observe(splits(bytes, size))).toEqual(whole);
    }
  });

  test("random cuts of a long file change nothing either", () => {
    const random = seededRandom(11);
    const tags = Array.from({ length: 40 }, () =>
      tagBytes(random.pick([8, 9, 18, 7]), 0, random.bytes(random.int(0, 900))),
    );
    const bytes = concat(fileHeader(), ...tags);
    const whole = observe([bytes]);
    expect(whole.length).toBeGreaterThan(10);
    for (let round = 0; round < 30; round++) expect(observe(randomSplits(bytes, random))).toEqual(whole);
  });

  test("overwriting the input afterwards changes nothing already reported", () => {
    const bytes = twoTags.slice();
    const tags = readAll(bytes);
    bytes.fill(0xee);
    expect(tags.map(({ payload }) => toHex(payload))).toEqual(["af001210", "17010000000000000165"]);
  });
});
