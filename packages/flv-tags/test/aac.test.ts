import { concat, hex, randomSplits, seededRandom, splits, toHex, u8 } from "@rtmp/testkit";
import { describe, expect, test } from "vitest";
import { AacReader, aacFrameToTags, parseAdtsHeader, rawToAdts, readAac, splitAdts } from "../src/index.ts";
import type { AacFrame } from "../src/index.ts";
import { describeFault, faultOf } from "./faults.ts";

const lc48 = { objectType: 2, samplingFrequency: 48_000, channelConfiguration: 2 };
const first = hex("fff14c80013ffc aabb"); // 48 kHz, stereo, 9 bytes in all
const withChecksum = hex("fff04c80017ffc 1234 cc dd");

function observe(pieces: readonly Uint8Array[]): unknown[] {
  const seen: unknown[] = [];
  const reader = new AacReader();
  try {
    for (const piece of pieces) {
      reader.push(piece, ({ config, timestamp, data }) => seen.push([config && toHex(config), timestamp, toHex(data)]));
    }
    reader.end();
  } catch (error) {
    seen.push(describeFault(error));
  }
  return seen;
}

describe("an ADTS header", () => {
  test("says what an AudioSpecificConfig would, and how long its frame is", () => {
    expect(parseAdtsHeader(first)).toEqual({ ...lc48, headerSize: 7, frameSize: 9 });
    expect(parseAdtsHeader(withChecksum)).toEqual({ ...lc48, headerSize: 9, frameSize: 11 });
  });

  test("is written as it is read", () => {
    expect(toHex(rawToAdts(lc48, hex("aabb")))).toBe("fff14c80013ffcaabb");
    const frames = splitAdts(concat(rawToAdts(lc48, hex("01")), rawToAdts(lc48, new Uint8Array(8184))));
    expect(frames.map(({ data }) => data.length)).toEqual([1, 8184]);
  });

  test("has no room for long frames, odd frequencies and other object types", () => {
    expect(() => rawToAdts(lc48, new Uint8Array(8185))).toThrow("8191");
    expect(() => rawToAdts({ ...lc48, samplingFrequency: 37_800 }, u8())).toThrow("37800");
    expect(() => rawToAdts({ ...lc48, objectType: 5 }, u8())).toThrow("objectType");
    expect(() => rawToAdts({ ...lc48, channelConfiguration: 8 }, u8())).toThrow("channelConfiguration");
  });

  test.each([
    ["fff14c8001", "FLV_TRUNCATED@5"],
    ["ffe14c80013ffc", "FLV_BAD_ADTS@0"],
    ["fff34c80013ffc", "FLV_BAD_ADTS@0"],
    ["fff17480013ffc", "FLV_BAD_ADTS@0"],
    ["fff14c00013ffc", "FLV_BAD_ADTS@0"],
    ["fff14c80001ffc", "FLV_BAD_ADTS@0"],
    ["fff14c80013ffd", "FLV_BAD_ADTS@0"],
  ])("of the bytes %s is refused: %s", (bytes, fault) => {
    expect(faultOf(() => parseAdtsHeader(hex(bytes)))).toBe(fault);
  });
});

describe("an ADTS stream", () => {
  test("gives raw frames 1024 samples apart, the configuration before the first", () => {
    expect(observe([concat(first, first, withChecksum)])).toEqual([
      ["1190", 0, "aabb"],
      [undefined, 21, "aabb"],
      [undefined, 43, "ccdd"],
    ]);
  });

  test("gives a new configuration when the header changes, and time goes on", () => {
    const mono44 = rawToAdts({ objectType: 2, samplingFrequency: 44_100, channelConfiguration: 1 }, hex("ee"));
    expect(observe([concat(first, first, first, mono44, mono44)]).slice(3)).toEqual([
      ["1208", 64, "ee"],
      [undefined, 87, "ee"],
    ]);
  });

  test("keeps time over hours: the rounding of one frame never adds up", () => {
    const reader = new AacReader();
    let last: AacFrame | undefined;
    for (let frame = 0; frame < 46_876; frame++) reader.push(first, (read) => (last = read));
    expect(last?.timestamp).toBe(1_000_000);
  });

  test("becomes FLV tags, sequence header first", async () => {
    const source = (async function* (): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(concat(first, first.subarray(0, 3)));
      yield first.subarray(3);
    })();
    const tags: string[] = [];
    for await (const tag of readAac(source)) tags.push(`${tag.type} ${String(tag.timestamp)} ${toHex(tag.payload)}`);
    expect(tags).toEqual(["audio 0 af001190", "audio 0 af01aabb", "audio 21 af01aabb"]);
    expect(aacFrameToTags({ timestamp: 5, data: hex("01") })).toEqual([
      { type: "audio", timestamp: 5, payload: hex("af0101") },
    ]);
  });

  test("cut short or out of step is refused where it breaks", () => {
    expect(observe([concat(first, first.subarray(0, 8))]).at(-1)).toBe("FLV_TRUNCATED@17");
    expect(observe([concat(first, hex("00000000000000"))]).at(-1)).toBe("FLV_BAD_ADTS@9");
    const reader = new AacReader();
    const fault = faultOf(() => {
      reader.push(new Uint8Array(7), () => undefined);
    });
    expect(fault).toBe("FLV_BAD_ADTS@0");
    expect(
      faultOf(() => {
        reader.push(first, () => undefined);
      }),
    ).toBe(fault);
    expect(
      faultOf(() => {
        reader.end();
      }),
    ).toBe(fault);
  });

  test("reports the same however it is split, faults included, and owns what it reports", () => {
    const random = seededRandom(6);
    const frames = Array.from({ length: 20 }, () => rawToAdts(lc48, random.bytes(random.int(0, 300))));
    for (const tail of [u8(), hex("00112233445566"), first.subarray(0, 4)]) {
      const bytes = concat(...frames, tail);
      const whole = observe([bytes]);
      expect(whole.length).toBeGreaterThan(19);
      for (const size of [1, 2, 7, 100]) expect(observe(splits(bytes, size))).toEqual(whole);
      for (let round = 0; round < 20; round++) expect(observe(randomSplits(bytes, random))).toEqual(whole);
    }
    const bytes = first.slice();
    const seen: AacFrame[] = [];
    new AacReader().push(bytes, (frame) => seen.push(frame));
    bytes.fill(0);
    expect(seen[0]?.data).toEqual(hex("aabb"));
  });
});
