import { concat, hex, randomSplits, seededRandom, splits, toHex, u8 } from "@rtmp/testkit";
import { describe, expect, test } from "vitest";
import {
  H264Reader,
  avcUnitToTags,
  isKeyFrame,
  isVideoSequenceHeader,
  parseAvcDecoderConfigurationRecord,
  readH264,
  splitLengthPrefixed,
} from "../src/index.ts";
import type { AvcAccessUnit, H264ReaderOptions } from "../src/index.ts";
import { describeFault, faultOf } from "./faults.ts";
import { pps, slice, sps, stream } from "./h264-bytes.ts";

const sei = hex("06 05 01 ff 80");
const delimiter = hex("09 f0");
const setup = stream(sps({ reorderDepth: 0 }), pps());

function read(bytes: Uint8Array, options: H264ReaderOptions = {}): AvcAccessUnit[] {
  const units: AvcAccessUnit[] = [];
  const reader = new H264Reader(options);
  reader.push(bytes, (unit) => units.push(unit));
  reader.end((unit) => units.push(unit));
  return units;
}

/** The NAL units of each access unit, as hex. */
function nalUnitsOf(bytes: Uint8Array): string[][] {
  return read(bytes).map(({ data }) => splitLengthPrefixed(data).map(toHex));
}

function timesOf(units: readonly AvcAccessUnit[]): [number, number][] {
  return units.map(({ timestamp, compositionTimeOffset }) => [timestamp, timestamp + compositionTimeOffset]);
}

describe("an access unit", () => {
  const idr = slice({ isIdr: true, order: 0 });
  const next = slice({ frameNum: 1, order: 2 });

  test("takes the SEI before its slices and leaves delimiter and parameter sets out", () => {
    const bytes = concat(stream(delimiter), setup, stream(sei, idr, delimiter, sei, next));
    expect(nalUnitsOf(bytes)).toEqual([
      [toHex(sei), toHex(idr)],
      [toHex(sei), toHex(next)],
    ]);
  });

  test("ends where a slice has another frame number, order, reference use or IDR number", () => {
    const base = { firstMacroblock: 1, frameNum: 1, order: 2 };
    const same = slice({ ...base, mark: 1 });
    for (const change of [{ frameNum: 2 }, { order: 4 }, { isReference: false }, { isIdr: true }]) {
      const other = slice({ ...base, ...change });
      expect(nalUnitsOf(concat(setup, stream(idr, same, same, other))).slice(1)).toEqual([
        [toHex(same), toHex(same)],
        [toHex(other)],
      ]);
    }
    const again = slice({ isIdr: true, order: 0, idrPicId: 1, firstMacroblock: 1 });
    expect(nalUnitsOf(concat(setup, stream(idr, again)))).toHaveLength(2);
  });

  test("ends at a slice with the first macroblock, though an encoder repeat all its numbers", () => {
    expect(nalUnitsOf(concat(setup, stream(idr, idr)))).toHaveLength(2);
  });

  test("keeps slices in any order and slices sent twice together in Baseline profile", () => {
    const rest = slice({ isIdr: true, order: 0, firstMacroblock: 2 });
    const baseline = (constraints: number): Uint8Array =>
      concat(stream(sps({ profileIdc: 66, constraints }), pps()), stream(rest, idr, idr));
    expect(nalUnitsOf(baseline(0))).toHaveLength(1);
    expect(nalUnitsOf(baseline(0x40))).toHaveLength(3);
  });

  test("ends where a parameter set, a delimiter, SEI or a reserved type begins the next", () => {
    const part = slice({ isIdr: true, order: 0, firstMacroblock: 1 });
    for (const between of [delimiter, sei, sps({ id: 3 }), pps(5), hex("0e 01"), hex("12 01")]) {
      expect(nalUnitsOf(concat(setup, stream(idr, between, part)))).toHaveLength(2);
    }
    for (const inside of [hex("0c ff 80"), hex("13 88"), hex("14 88")]) {
      expect(nalUnitsOf(concat(setup, stream(idr, inside, part)))).toHaveLength(1);
    }
  });

  test("holds both fields of a frame", () => {
    const fields = stream(sps({ isFrameMbsOnly: false, reorderDepth: 0 }), pps());
    const top = slice({ isIdr: true, order: 0, field: "top" });
    const bottom = slice({ frameNum: 0, order: 1, field: "bottom" });
    const frame = slice({ frameNum: 1, order: 2, field: "none" });
    expect(nalUnitsOf(concat(fields, stream(top, bottom, frame)))).toEqual([
      [toHex(top), toHex(bottom)],
      [toHex(frame)],
    ]);
  });

  test("is key exactly when it is an IDR picture", () => {
    expect(read(concat(setup, stream(idr, next))).map(({ isKey }) => isKey)).toEqual([true, false]);
  });

  test("without parameter sets is skipped", () => {
    expect(nalUnitsOf(concat(stream(idr, next), setup, stream(idr)))).toEqual([[toHex(idr)]]);
  });
});

describe("the configuration", () => {
  const idr = slice({ isIdr: true, order: 0 });

  test("comes with the first unit, and again only when it changes", () => {
    const other = sps({ reorderDepth: 0, timing: [1, 50] });
    const bytes = concat(setup, stream(idr), setup, stream(idr), stream(other, idr));
    const configs = read(bytes).map(({ config }) => config);
    expect(configs.map((config) => config !== undefined)).toEqual([true, false, true]);
    const record = parseAvcDecoderConfigurationRecord(configs[2] ?? hex(""));
    expect(record).toMatchObject({ profileIdc: 77, levelIdc: 30, lengthSize: 4, sequenceParameterSets: [other] });
  });

  test("holds every picture parameter set of its sequence, and none of another", () => {
    const bytes = concat(stream(sps(), sps({ id: 1 }), pps(1), pps(0), pps(2, 1)), stream(idr));
    const record = parseAvcDecoderConfigurationRecord(read(bytes)[0]?.config ?? hex(""));
    expect(record.sequenceParameterSets).toEqual([sps()]);
    expect(record.pictureParameterSets).toEqual([pps(0), pps(1)]);
  });
});

describe("time", () => {
  const idr = slice({ isIdr: true, order: 0 });
  const frame = (frameNum: number, order: number, isReference = true): Uint8Array =>
    slice({ frameNum, order, isReference });

  test("runs at the rate of the option, else of the stream, else at 25 frames a second", () => {
    const said = (timing?: [number, number]): Uint8Array =>
      concat(stream(sps({ reorderDepth: 0, ...(timing && { timing }) }), pps()), stream(idr, frame(1, 2), frame(2, 4)));
    expect(timesOf(read(said([1001, 60_000])))).toEqual([
      [0, 0],
      [33, 33],
      [67, 67],
    ]);
    expect(timesOf(read(said()))).toEqual([
      [0, 0],
      [40, 40],
      [80, 80],
    ]);
    expect(timesOf(read(said([1001, 60_000]), { frameRate: 10 }))).toEqual([
      [0, 0],
      [100, 100],
      [200, 200],
    ]);
  });

  test("runs at 25 frames a second when the stream says fewer than one in 100 seconds or over 1000 a second", () => {
    const secondFrameAt = (timing: readonly [number, number]): number | undefined =>
      read(concat(stream(sps({ reorderDepth: 0, timing }), pps()), stream(idr, frame(1, 2))))[1]?.timestamp;
    expect(secondFrameAt([50, 1])).toBe(100_000);
    expect(secondFrameAt([51, 1])).toBe(40);
    expect(secondFrameAt([0xffffffff, 1])).toBe(40);
    expect(secondFrameAt([1, 2000])).toBe(1);
    expect(secondFrameAt([1, 2001])).toBe(40);
  });

  test("of reordered pictures is shown in the order of their counts, whatever the step of the counts", () => {
    for (const step of [1, 2]) {
      const order = (place: number): number => place * step;
      const bytes = concat(
        stream(sps({ reorderDepth: 1 }), pps(), idr),
        stream(frame(1, order(2)), frame(2, order(1), false), frame(2, order(4)), frame(3, order(3), false)),
      );
      expect(timesOf(read(bytes))).toEqual([
        [0, 40],
        [40, 120],
        [80, 80],
        [120, 200],
        [160, 160],
      ]);
    }
  });

  test("goes on over an IDR picture, whose count starts again", () => {
    const group = stream(idr, frame(1, 4), frame(2, 2, false));
    const bytes = concat(stream(sps({ reorderDepth: 1 }), pps()), group, group);
    expect(timesOf(read(bytes)).map(([, shown]) => shown)).toEqual([40, 120, 80, 160, 240, 200]);
  });

  test("survives the wrap of the count's low bits", () => {
    const frames = Array.from({ length: 40 }, (_, index) => frame((index + 1) % 16, ((index + 1) * 2) % 32));
    const units = read(concat(stream(sps({ reorderDepth: 1 }), pps(), idr), stream(...frames)));
    expect(timesOf(units).every(([decoded, shown]) => shown === decoded + 40)).toBe(true);
    expect(units).toHaveLength(41);
  });

  test("needs no offset where pictures cannot be reordered", () => {
    const type2 = concat(stream(sps({ orderType: 2 }), pps()), stream(slice({ isIdr: true }), slice({ frameNum: 1 })));
    const baseline = concat(stream(sps({ profileIdc: 66 }), pps()), stream(idr, frame(1, 2)));
    expect(timesOf(read(type2))).toEqual([
      [0, 0],
      [40, 40],
    ]);
    expect(timesOf(read(baseline))).toEqual([
      [0, 0],
      [40, 40],
    ]);
  });

  test("allows for as many waiting frames as are referred to, when the stream does not say", () => {
    const bytes = concat(stream(sps({ refFrames: 2 }), pps()), stream(idr, frame(1, 2)));
    expect(timesOf(read(bytes))).toEqual([
      [0, 80],
      [40, 120],
    ]);
  });

  test("follows counts given as a cycle", () => {
    const cycle = (frameNum: number, isReference: boolean, delta = 0): Uint8Array =>
      slice({ frameNum, isReference, delta });
    // Expected counts: 0, 4, then 8 - 4 - 1 - 1 = 2 for the picture nobody refers to.
    const bytes = concat(
      stream(sps({ orderType: 1, reorderDepth: 1 }), pps()),
      stream(slice({ isIdr: true, delta: 0 }), cycle(1, true), cycle(2, false, -1), cycle(2, true)),
    );
    expect(timesOf(read(bytes)).map(([, shown]) => shown)).toEqual([40, 120, 80, 160]);
  });

  test("is held back no longer than the stream asks", () => {
    const reader = new H264Reader();
    const seen: number[] = [];
    reader.push(concat(setup, stream(idr, frame(1, 2), frame(2, 4))), ({ timestamp }) => seen.push(timestamp));
    expect(seen).toEqual([0]); // the second ends where the third begins, which its own end must show first
  });
});

describe("FLV tags of a stream", () => {
  const bytes = concat(setup, stream(slice({ isIdr: true, order: 0 }), slice({ frameNum: 1, order: 2 })));

  test("begin with a sequence header", async () => {
    const source = (async function* (): AsyncGenerator<Uint8Array> {
      for (const piece of splits(bytes, 5)) yield await Promise.resolve(piece);
    })();
    const seen: unknown[] = [];
    for await (const { type, timestamp, payload } of readH264(source, { frameRate: 50 })) {
      seen.push([type, timestamp, isVideoSequenceHeader(payload), isKeyFrame(payload)]);
    }
    expect(seen).toEqual([
      ["video", 0, true, false],
      ["video", 0, false, true],
      ["video", 20, false, false],
    ]);
  });

  test("have none where the configuration is not new", () => {
    const unit = { isKey: false, timestamp: 7, compositionTimeOffset: -1, data: hex("00000001 41") };
    expect(avcUnitToTags(unit)).toEqual([{ type: "video", timestamp: 7, payload: hex("2701ffffff 00000001 41") }]);
  });
});

describe("hostile streams", () => {
  const idr = slice({ isIdr: true, order: 0 });
  const big = concat(idr, new Uint8Array(100).fill(0x55));
  const cases: readonly [string, Uint8Array, string][] = [
    ["no start code", hex("47 40 11 10"), "FLV_BAD_NAL_UNIT@0"],
    ["something before the first start code", hex("00 00 02 00 00 01 67"), "FLV_BAD_NAL_UNIT@2"],
    ["a NAL unit above the limit", concat(setup, stream(big)), `FLV_ACCESS_UNIT_TOO_LARGE@${String(setup.length + 3)}`],
    [
      "many NAL units that are too much together",
      concat(
        setup,
        stream(idr, ...Array.from({ length: 20 }, () => slice({ isIdr: true, order: 0, firstMacroblock: 9 }))),
      ),
      "FLV_ACCESS_UNIT_TOO_LARGE",
    ],
    ["SEI without end", stream(...Array.from({ length: 20 }, () => sei)), "FLV_ACCESS_UNIT_TOO_LARGE"],
    ["a sequence parameter set cut short", stream(hex("67 4d 40")), "FLV_TRUNCATED@6"],
    ["a picture parameter set with an id no record can hold", stream(pps(255)), "FLV_BAD_NAL_UNIT@3"],
    ["a slice cut short", concat(setup, stream(hex("65"))), `FLV_TRUNCATED@${String(setup.length + 3)}`],
  ];

  function observe(pieces: readonly Uint8Array[]): unknown[] {
    const seen: unknown[] = [];
    const reader = new H264Reader({ maxAccessUnitSize: 60 });
    const onUnit = (unit: AvcAccessUnit): unknown => seen.push({ ...unit, data: toHex(unit.data) });
    try {
      for (const piece of pieces) reader.push(piece, onUnit);
      reader.end(onUnit);
    } catch (error) {
      seen.push(describeFault(error));
    }
    return seen;
  }

  test.each(cases)("%s is refused with its code and place", (_name, bytes, fault) => {
    expect(observe([bytes]).at(-1)).toMatch(new RegExp(`^${fault}`));
  });

  test("however they are split, units and faults are the same", () => {
    const random = seededRandom(5);
    const good = concat(setup, stream(sei, idr, slice({ frameNum: 1, order: 2 })), u8(0, 0), stream(delimiter, idr));
    for (const bytes of [
      good,
      concat(u8(0, 0, 0), good),
      ...cases.map(([, each]) => concat(good, each)),
      ...cases.map(([, each]) => each),
    ]) {
      const whole = observe([bytes]);
      for (const size of [1, 2, 3, 50, 61]) expect(observe(splits(bytes, size))).toEqual(whole);
      for (let round = 0; round < 10; round++) expect(observe(randomSplits(bytes, random))).toEqual(whole);
    }
  });

  test("that say a picture lasts two years are read as tags of 25 frames a second", () => {
    const bytes = hex("000001 67000000e992d080e90000000000008a 000001 68cc 000001 01418893");
    const units = read(bytes);
    expect(timesOf(units)).toEqual([[0, 80]]);
    expect(units.flatMap(avcUnitToTags).map(({ payload }) => toHex(payload.subarray(0, 5)))).toEqual([
      "1700000000",
      "2701000050",
    ]);
  });

  test("are refused at the slice whose composition offset is too large for a tag", () => {
    const bytes = concat(stream(sps({ reorderDepth: 1 }), pps(), sei), stream(idr));
    const readSlowly = (frameMs: number) => (): AvcAccessUnit[] => read(bytes, { frameRate: 1000 / frameMs });
    expect(timesOf(readSlowly(0x7fffff)())).toEqual([[0, 0x7fffff]]);
    for (const frameMs of [0x800000, 2 ** 32, 1e300]) {
      expect(faultOf(readSlowly(frameMs))).toBe(`FLV_BAD_NAL_UNIT@${String(bytes.length - idr.length)}`);
    }
  });

  test("end a reader for good", () => {
    const reader = new H264Reader();
    const fault = faultOf(() => {
      reader.push(hex("01 02 03"), () => undefined);
    });
    expect(fault).toBe("FLV_BAD_NAL_UNIT@0");
    expect(
      faultOf(() => {
        reader.push(setup, () => undefined);
      }),
    ).toBe(fault);
    expect(
      faultOf(() => {
        reader.end(() => undefined);
      }),
    ).toBe(fault);
  });

  test("of one large unit in 30 000 small pieces give it whole", () => {
    const large = concat(setup, stream(concat(idr, new Uint8Array(3_000_000).fill(0x55))));
    const units: AvcAccessUnit[] = [];
    const reader = new H264Reader();
    for (const piece of splits(large, 97)) reader.push(piece, (unit) => units.push(unit));
    reader.end((unit) => units.push(unit));
    expect(units[0]?.data.length).toBe(4 + idr.length + 3_000_000);
  });

  test("longer than any buffer of the reader lose no unit", () => {
    const random = seededRandom(17);
    const fill = (): Uint8Array => random.bytes(random.int(500, 20_000)).map((byte) => byte | 0x80);
    const nalUnits = Array.from({ length: 60 }, () => concat(idr, fill()));
    const bytes = concat(setup, stream(...nalUnits));
    for (const pieces of [[bytes], splits(bytes, 4096), splits(bytes, 60_001), randomSplits(bytes, random)]) {
      const units: AvcAccessUnit[] = [];
      const reader = new H264Reader();
      for (const piece of pieces) reader.push(piece, (unit) => units.push(unit));
      reader.end((unit) => units.push(unit));
      expect(units.map(({ data }) => toHex(data.subarray(4)))).toEqual(nalUnits.map(toHex));
    }
    for (const pieces of [[bytes], splits(bytes, 4096)]) {
      const reader = new H264Reader();
      for (const piece of pieces) reader.push(piece, () => undefined);
      const broken = stream(hex("67 4d 40"), delimiter, delimiter);
      const fault = faultOf(() => {
        reader.push(broken, () => undefined);
      });
      expect(fault).toBe(`FLV_TRUNCATED@${String(bytes.length + 6)}`);
    }
  });

  test("an option that makes no sense is the caller's mistake", () => {
    expect(() => new H264Reader({ frameRate: 0 })).toThrow("frameRate");
    expect(() => new H264Reader({ maxAccessUnitSize: 0 })).toThrow("maxAccessUnitSize");
  });

  test("units own their bytes", () => {
    const bytes = concat(setup, stream(idr, delimiter, idr));
    const [first] = read(bytes);
    const before = toHex(first?.data ?? u8());
    bytes.fill(0xff);
    expect(toHex(first?.data ?? u8())).toBe(before);
  });
});
