import { concat, hex, seededRandom, toHex } from "@rtmp/testkit";
import { describe, expect, test } from "vitest";
import {
  avcConfigFromParameterSets,
  describeVideo,
  dropUnusedParameterSets,
  encodeAvcDecoderConfigurationRecord,
  parseAvcDecoderConfigurationRecord,
  parseAvcSps,
} from "../src/index.ts";
import { BitFields, protect } from "./bit-fields.ts";
import { faultOf } from "./faults.ts";

// What x264 writes for a test picture of 322x242 pixels at 25 frames a second.
const sps420 = hex("6764000dacd94150878888c044000003000400000300c83c50a658");
const sps444 = hex("67f4000d919b282a10f1f1f808800000030080000019078a14cb");
const sps422 = hex("677a000db6cd9415087888fc0440000003004000000c83c50a6580");
const interlaced = hex("67640015acd941410fcb808800000300080000030190f8a14cb0"); // 320x240
const pps = hex("68eae3cb22c0");

describe("a sequence parameter set", () => {
  test("gives the size of the shown picture, cropped in units of its chroma format", () => {
    expect(parseAvcSps(sps420)).toMatchObject({ width: 322, height: 242, chromaFormatIdc: 1, bitDepthLuma: 8 });
    expect(parseAvcSps(sps444)).toMatchObject({ width: 322, height: 242, chromaFormatIdc: 3, bitDepthLuma: 8 });
    expect(parseAvcSps(sps422)).toMatchObject({ width: 322, height: 242, chromaFormatIdc: 2, bitDepthLuma: 10 });
  });

  test("of interlaced pictures counts the lines of both fields", () => {
    expect(parseAvcSps(interlaced)).toMatchObject({ width: 320, height: 240, slices: { isFrameMbsOnly: false } });
  });

  test("says frame rate and how many frames wait to be shown", () => {
    expect(parseAvcSps(sps420)).toMatchObject({ frameRate: 25, reorderDepth: 2, profileIdc: 100, levelIdc: 13 });
  });

  test("may carry scaling lists, two buffer models and a picture order cycle", () => {
    const fields = new BitFields().bits(0x67, 8).bits(100, 8).bits(0, 8).bits(40, 8).ue(3);
    fields.ue(1, 0, 0).bits(0, 1); // 4:2:0, 8 bit
    fields.bits(1, 1); // scaling matrix: one flat list, one that stops at once, one full, five absent
    fields.bits(1, 1).se(...Array.from({ length: 16 }, () => 0));
    fields.bits(1, 1).se(-8);
    for (let list = 2; list < 7; list++) fields.bits(0, 1);
    fields.bits(1, 1).se(...Array.from({ length: 64 }, (_, index) => (index % 2 === 0 ? 3 : -3)));
    fields.ue(0).ue(1).bits(0, 1).se(-2, 1).ue(2).se(4, -4); // picture order count type 1
    fields.ue(2).bits(0, 1).ue(39, 29).bits(1, 1).bits(1, 1).bits(0, 1); // 640x480, no cropping
    fields.bits(1, 1).bits(1, 1).bits(255, 8).bits(4, 16).bits(3, 16); // pixel aspect ratio 4:3
    fields.bits(1, 1).bits(0, 1).bits(1, 1).bits(5, 3).bits(0, 1).bits(1, 1).bits(1, 8).bits(1, 8).bits(1, 8);
    fields.bits(1, 1).ue(0, 0).bits(1, 1).bits(1001, 32).bits(60_000, 32).bits(1, 1);
    const buffers = (): BitFields => fields.ue(1).bits(0, 8).ue(9, 9).bits(0, 1).ue(9, 9).bits(1, 1).bits(0, 20);
    fields.bits(1, 1);
    buffers();
    fields.bits(1, 1);
    buffers().bits(0, 1).bits(0, 1).bits(1, 1).bits(1, 1).ue(0, 0, 9, 9, 1, 2);
    const sps = parseAvcSps(protect(fields.bytes()));
    expect(sps).toMatchObject({ id: 3, width: 640, height: 480, pixelAspectRatio: 4 / 3, reorderDepth: 1 });
    expect(sps.frameRate).toBeCloseTo(29.97, 2);
    expect(sps.slices.pictureOrder).toEqual({
      type: 1,
      isDeltaAlwaysZero: false,
      offsetForNonRefPicture: -2,
      offsetForTopToBottomField: 1,
      offsetsForRefFrames: [4, -4],
    });
  });

  test.each([
    ["68eae3cb22c0", "FLV_BAD_CONFIG@0"],
    ["6764000dac", "FLV_TRUNCATED@5"],
    ["", "FLV_TRUNCATED@0"],
    ["67640028000000000000", "FLV_BAD_CONFIG@8"],
  ])("of the bytes '%s' is refused: %s", (bytes, fault) => {
    expect(faultOf(() => parseAvcSps(hex(bytes)))).toBe(fault);
  });
});

describe("an AVC configuration", () => {
  const bytes = concat(hex("01 64 00 0d ff e1 001b"), sps420, hex("01 0006"), pps, hex("fd f8 f8 00"));

  test("is read with its parameter sets", () => {
    expect(parseAvcDecoderConfigurationRecord(bytes)).toEqual({
      profileIdc: 100,
      profileCompatibility: 0,
      levelIdc: 13,
      lengthSize: 4,
      sequenceParameterSets: [sps420],
      pictureParameterSets: [pps],
      high: { chromaFormatIdc: 1, bitDepthLuma: 8, bitDepthChroma: 8, sequenceParameterSetExtensions: [] },
    });
  });

  test("is made from parameter sets alone", () => {
    expect(toHex(encodeAvcDecoderConfigurationRecord(avcConfigFromParameterSets([sps420], [pps])))).toBe(toHex(bytes));
    const deep = avcConfigFromParameterSets([sps422], []);
    expect(deep.high).toMatchObject({ chromaFormatIdc: 2, bitDepthLuma: 10, bitDepthChroma: 10 });
    expect(parseAvcDecoderConfigurationRecord(encodeAvcDecoderConfigurationRecord(deep))).toEqual(deep);
  });

  test("of Main profile has no chroma fields, and bytes behind it are ignored", () => {
    const main = concat(hex("01 4d 40 1e fe e0 00"), hex("fd f8 f8 00"));
    const record = parseAvcDecoderConfigurationRecord(main);
    expect(record).toMatchObject({ profileIdc: 77, lengthSize: 3, sequenceParameterSets: [] });
    expect(record.high).toBeUndefined();
  });

  test("of High profile may leave the chroma fields out", () => {
    expect(parseAvcDecoderConfigurationRecord(bytes.subarray(0, -4)).high).toBeUndefined();
  });

  test("gives codec string, size and frame rate", () => {
    expect(describeVideo("avc", bytes)).toEqual({ codecString: "avc1.64000d", width: 322, height: 242, frameRate: 25 });
    expect(describeVideo("avc", hex("01 42 c0 1e ff e0 00"))).toEqual({ codecString: "avc1.42c01e" });
  });

  test("cut short anywhere is refused, never misread", () => {
    const whole = bytes.length - 4;
    for (let size = 0; size < whole; size++) {
      const fault = `FLV_TRUNCATED@${String(size)}`;
      expect(faultOf(() => parseAvcDecoderConfigurationRecord(bytes.subarray(0, size)))).toBe(fault);
    }
  });

  test("of another version is refused", () => {
    expect(faultOf(() => parseAvcDecoderConfigurationRecord(hex("02 64 00 0d ff e0 00")))).toBe("FLV_BAD_CONFIG@0");
  });

  test("that its counts cannot hold is the caller's mistake", () => {
    const record = avcConfigFromParameterSets([sps420], [pps]);
    const write = (more: object) => (): Uint8Array => encodeAvcDecoderConfigurationRecord({ ...record, ...more });
    expect(write({ sequenceParameterSets: Array.from({ length: 32 }, () => sps420) })).toThrow("sequenceParameterSets");
    expect(write({ pictureParameterSets: Array.from({ length: 256 }, () => pps) })).toThrow("pictureParameterSets");
    expect(write({ pictureParameterSets: [new Uint8Array(0x10000)] })).toThrow("65535");
    expect(() => avcConfigFromParameterSets([], [pps])).toThrow(RangeError);
  });
});

test("random bytes make a configuration or its own error, never another", () => {
  const random = seededRandom(4);
  for (let round = 0; round < 5000; round++) {
    const bytes = concat(hex("01 64 00 28 ff e1 0010 67 64 00 28"), random.bytes(random.int(0, 40)));
    expect(faultOf(() => describeVideo("avc", bytes))).toMatch(/^(no fault|FLV_(TRUNCATED|BAD_CONFIG)@\d+)$/);
  }
});

describe("parameter sets that nothing uses", () => {
  // The sets that Chromium's software encoder listed after 1280x720 became 480x640; only the second is in use.
  const spsWithId = (id: number, widthInMbs: number, profileIdc = 66): Uint8Array => {
    const fields = new BitFields().bits(0x67, 8).bits(profileIdc, 8).bits(0xc0, 8).bits(31, 8).ue(id);
    fields
      .ue(0, 2, 1)
      .bits(0, 1)
      .ue(widthInMbs - 1, 39)
      .bits(1, 1)
      .bits(1, 1)
      .bits(0, 1)
      .bits(0, 1)
      .bits(1, 1);
    return protect(fields.bytes());
  };
  const ppsFor = (id: number, spsId: number): Uint8Array =>
    protect(new BitFields().bits(0x68, 8).ue(id, spsId).bits(0, 1).bits(0, 1).ue(0, 0, 0).bits(1, 1).bytes());
  const [former, present] = [spsWithId(0, 80, 77), spsWithId(1, 30)];

  test("are dropped, and the record says what those in use say", () => {
    const record = avcConfigFromParameterSets([former, present], [ppsFor(0, 1)]);
    const kept = dropUnusedParameterSets(record);
    expect(kept.sequenceParameterSets).toEqual([present]);
    expect(kept).toMatchObject({ profileIdc: 66, lengthSize: 4 });
    expect(describeVideo("avc", encodeAvcDecoderConfigurationRecord(kept))).toMatchObject({ width: 480, height: 640 });
  });

  test("are none where each is used", () => {
    const record = avcConfigFromParameterSets([former, present], [ppsFor(0, 0), ppsFor(1, 1)]);
    expect(dropUnusedParameterSets(record)).toBe(record);
  });

  test("do not hide that the one in use is missing", () => {
    const record = avcConfigFromParameterSets([former], [ppsFor(0, 1)]);
    expect(faultOf(() => dropUnusedParameterSets(record))).toBe("FLV_BAD_CONFIG@0");
  });
});
