import { ascii, concat, hex, toHex, u16, u32le, u8 } from "@rtmp/testkit";
import { describe, expect, test } from "vitest";
import {
  describeAudio,
  describeVideo,
  encodeAudioSpecificConfig,
  encodeAv1CodecConfigurationRecord,
  encodeHevcDecoderConfigurationRecord,
  encodeVpCodecConfigurationRecord,
  findAv1SequenceHeader,
  parseAudioSpecificConfig,
  parseAv1CodecConfigurationRecord,
  parseAv1SequenceHeader,
  parseFlacStreamInfo,
  parseHevcDecoderConfigurationRecord,
  parseHevcSps,
  parseOpusHead,
  parseVpCodecConfigurationRecord,
  splitObus,
} from "../src/index.ts";
import { BitFields, protect } from "./bit-fields.ts";
import { faultOf } from "./faults.ts";

describe("an HEVC configuration", () => {
  // What x265 writes for 322x242 pixels, 4:2:0 in 8 bits; its picture and video parameter sets left out.
  const sps = hex("42010101600000030090000003000003003ca00a480f9c9265959a4932bc05a0200000030020000003032122");
  const sps422 = hex("4201010408000003009d0800000300003cb00a480f9c93b65959a4932bc05a020000030002000003003210");
  const head = hex("01 01 60000000 900000000000 3c f000 fc fd f8 f8 0000 0f");
  const bytes = concat(head, hex("01 a1 0001"), u16(sps.length), sps);

  test("is read with its parameter sets, and written the same", () => {
    const record = parseHevcDecoderConfigurationRecord(bytes);
    expect(record).toMatchObject({
      profileIdc: 1,
      isHighTier: false,
      levelIdc: 60,
      lengthSize: 4,
      temporalLayerCount: 1,
    });
    expect(record.arrays).toEqual([{ isComplete: true, nalUnitType: 33, nalUnits: [sps] }]);
    expect(toHex(encodeHevcDecoderConfigurationRecord(record))).toBe(toHex(bytes));
  });

  test("gives codec string and size", () => {
    expect(describeVideo("hevc", bytes)).toEqual({ codecString: "hvc1.1.6.L60.90", width: 322, height: 242 });
    expect(parseHevcSps(sps422)).toMatchObject({ width: 322, height: 242, chromaFormatIdc: 2, bitDepthLuma: 10 });
  });

  test("names space, tier and all constraint bytes in its codec string", () => {
    const odd = concat(hex("01 62 00000001 b00000000001 99"), head.subarray(13), u8(0));
    expect(describeVideo("hevc", odd).codecString).toBe("hvc1.A2.80000000.H153.B0.0.0.0.0.1");
  });

  test("may have temporal layers with profiles and levels of their own", () => {
    const fields = new BitFields().bits(0x4201, 16).bits(0, 4).bits(2, 3).bits(1, 1);
    fields.bits(1, 8).bits(0x60000000, 32).bits(0, 32).bits(0, 16).bits(93, 8);
    fields.bits(0b11, 2).bits(0b01, 2).bits(0, 12); // two layers: one with both, one with a level
    fields.bits(0, 32).bits(0, 32).bits(0, 24).bits(60, 8).bits(63, 8);
    fields.ue(0, 1, 1280, 720).bits(0, 1).ue(2, 2);
    expect(parseHevcSps(protect(fields.bytes()))).toMatchObject({ width: 1280, height: 720, bitDepthLuma: 10 });
  });

  test.each([
    [0, "FLV_TRUNCATED@0"],
    [22, "FLV_TRUNCATED@22"],
    [25, "FLV_TRUNCATED@25"],
    [40, "FLV_TRUNCATED@40"],
  ])("cut to %i bytes is refused: %s", (size, fault) => {
    expect(faultOf(() => parseHevcDecoderConfigurationRecord(bytes.subarray(0, size)))).toBe(fault);
  });

  test("of a version of the future is refused, as is a set of another kind", () => {
    expect(faultOf(() => parseHevcDecoderConfigurationRecord(concat(u8(2), bytes.subarray(1))))).toBe(
      "FLV_BAD_CONFIG@0",
    );
    expect(faultOf(() => parseHevcSps(hex("4001 0c01")))).toBe("FLV_BAD_CONFIG@0");
  });
});

describe("an AV1 configuration", () => {
  const bytes = hex("81004c000a0b000000043d07c4daf94040"); // what libaom writes for 322x242 pixels in 10 bits

  test("is read with its sequence header, and written the same", () => {
    const record = parseAv1CodecConfigurationRecord(bytes);
    expect(record).toMatchObject({ profile: 0, levelIdx: 0, bitDepth: 10, isMonochrome: false, isSubsampledX: true });
    expect(toHex(encodeAv1CodecConfigurationRecord(record))).toBe(toHex(bytes));
    expect(findAv1SequenceHeader(record.configObus)).toEqual({
      profile: 0,
      levelIdx: 0,
      isHighTier: false,
      bitDepth: 10,
      isMonochrome: false,
      isSubsampledX: true,
      isSubsampledY: true,
      chromaSamplePosition: 0,
      width: 322,
      height: 242,
    });
  });

  test("gives codec string and size, without the header only the former", () => {
    expect(describeVideo("av1", bytes)).toEqual({ codecString: "av01.0.00M.10", width: 322, height: 242 });
    expect(describeVideo("av1", hex("81 4d e0 00"))).toEqual({ codecString: "av01.2.13H.12" });
  });

  test("may say how many frames are decoded before the first is shown", () => {
    const record = parseAv1CodecConfigurationRecord(hex("81 08 0c 19"));
    expect(record.initialPresentationDelayMinusOne).toBe(9);
    expect(toHex(encodeAv1CodecConfigurationRecord(record))).toBe("81080c19");
  });

  test("may have timing, a decoder model, several operating points and sRGB colours", () => {
    const fields = new BitFields().bits(1, 3).bits(0, 1).bits(0, 1); // High profile
    fields.bits(1, 1).bits(1, 32).bits(30, 32).bits(1, 1).ue(0); // timing
    fields.bits(1, 1).bits(9, 5).bits(1, 32).bits(9, 5).bits(9, 5); // decoder model
    fields.bits(1, 1).bits(1, 5); // display delay, two operating points
    fields.bits(0, 12).bits(9, 5).bits(1, 1).bits(1, 1).bits(0, 21).bits(1, 1).bits(3, 4);
    fields.bits(0, 12).bits(4, 5).bits(0, 1).bits(0, 1);
    fields.bits(10, 4).bits(10, 4).bits(1919, 11).bits(1079, 11);
    fields.bits(1, 1).bits(0, 7).bits(0, 3); // frame ids
    fields.bits(0, 4).bits(1, 1).bits(0, 2).bits(0, 1).bits(1, 1).bits(0, 1).bits(1, 1).bits(6, 3).bits(0, 3);
    fields.bits(1, 1).bits(1, 1).bits(1, 8).bits(13, 8).bits(0, 8);
    expect(parseAv1SequenceHeader(fields.bytes())).toMatchObject({
      profile: 1,
      levelIdx: 9,
      isHighTier: true,
      width: 1920,
      height: 1080,
      bitDepth: 10,
      isSubsampledX: false,
    });
  });

  test("may have a reduced header and sampling of its own in the Professional profile", () => {
    const fields = new BitFields().bits(2, 3).bits(1, 1).bits(1, 1).bits(5, 5);
    fields.bits(5, 4).bits(5, 4).bits(63, 6).bits(31, 6).bits(0, 3).bits(0, 3);
    fields.bits(1, 1).bits(1, 1).bits(0, 1).bits(0, 1).bits(0, 1).bits(1, 1).bits(0, 1);
    expect(parseAv1SequenceHeader(fields.bytes())).toMatchObject({
      width: 64,
      height: 32,
      levelIdx: 5,
      bitDepth: 12,
      isSubsampledX: true,
      isSubsampledY: false,
    });
  });

  test("of OBUs with and without size, with an extension byte, is split right", () => {
    expect(splitObus(hex("12 00 0e 00 02 aabb 30 cc"))).toEqual([
      { type: 2, payload: hex("") },
      { type: 1, payload: hex("aabb") },
      { type: 6, payload: hex("cc") },
    ]);
    expect(faultOf(() => splitObus(hex("0a 05 00")))).toBe("FLV_TRUNCATED@3");
    expect(faultOf(() => splitObus(hex("0a 8080")))).toBe("FLV_TRUNCATED@3");
    expect(faultOf(() => splitObus(hex("04")))).toBe("FLV_TRUNCATED@1");
  });

  test.each([
    ["01000000", "FLV_BAD_CONFIG@0"],
    ["82000000", "FLV_BAD_CONFIG@0"],
    ["8100", "FLV_TRUNCATED@2"],
    ["", "FLV_TRUNCATED@0"],
  ])("of the bytes '%s' is refused: %s", (text, fault) => {
    expect(faultOf(() => parseAv1CodecConfigurationRecord(hex(text)))).toBe(fault);
  });
});

describe("a VP configuration", () => {
  const bytes = hex("01000000 01 14 87 02 02 00 0000"); // what libvpx-vp9 and ffmpeg write for 4:4:4 in 8 bits

  test("is read with the version of its box or without it", () => {
    const record = parseVpCodecConfigurationRecord(bytes);
    expect(record).toMatchObject({ profile: 1, level: 20, bitDepth: 8, chromaSubsampling: 3, isFullRange: true });
    expect(parseVpCodecConfigurationRecord(bytes.subarray(4))).toEqual(record);
    expect(toHex(encodeVpCodecConfigurationRecord(record))).toBe(toHex(bytes));
    expect(describeVideo("vp9", bytes)).toEqual({ codecString: "vp09.01.20.08" });
    expect(describeVideo("vp8", bytes)).toEqual({ codecString: "vp08.01.20.08" });
  });

  test.each([
    ["00000000 01 14 87 02 02 00 0000", "FLV_BAD_CONFIG@0"],
    ["01000000 01 14 87 02 02 00 00", "FLV_TRUNCATED@11"],
    ["01000000 01 14 87 02 02 00 0005 00", "FLV_TRUNCATED@13"],
  ])("of the bytes %s is refused: %s", (text, fault) => {
    expect(faultOf(() => parseVpCodecConfigurationRecord(hex(text)))).toBe(fault);
  });
});

describe("an AudioSpecificConfig", () => {
  const lc = { objectType: 2, samplesPerFrame: 1024, hasSbr: false, hasPs: false };
  const stereo = { channelConfiguration: 2, channelCount: 2 };

  test.each([
    ["1190", "plain LC", { ...lc, ...stereo, samplingFrequency: 48_000 }],
    [
      "1208 ffff",
      "LC with bytes behind it",
      { ...lc, samplingFrequency: 44_100, channelConfiguration: 1, channelCount: 1 },
    ],
    ["1194", "LC of 960 samples", { ...lc, ...stereo, samplingFrequency: 48_000, samplesPerFrame: 960 }],
    ["11b8", "7.1 channels", { ...lc, samplingFrequency: 48_000, channelConfiguration: 7, channelCount: 8 }],
    [
      "2b920800",
      "SBR announced first",
      { ...lc, ...stereo, samplingFrequency: 22_050, hasSbr: true, extensionSamplingFrequency: 44_100 },
    ],
    [
      "139056e5a54880",
      "SBR and PS announced last",
      { ...lc, ...stereo, samplingFrequency: 22_050, hasSbr: true, hasPs: true, extensionSamplingFrequency: 44_100 },
    ],
    ["139056e500", "SBR announced as absent", { ...lc, ...stereo, samplingFrequency: 22_050 }],
    [
      "f8e640",
      "ELD, an escaped object type",
      { ...lc, ...stereo, objectType: 39, samplingFrequency: 48_000, samplesPerFrame: 512 },
    ],
  ])("%s is read: %s", (bytes, _name, config) => {
    expect(parseAudioSpecificConfig(hex(bytes))).toEqual(config);
  });

  test("of parametric stereo says two channels when it is described", () => {
    const ps = hex("eb8a0800");
    expect(parseAudioSpecificConfig(ps)).toMatchObject({ channelCount: 1, hasPs: true, hasSbr: true });
    expect(describeAudio("aac", ps)).toEqual({ codecString: "mp4a.40.29", sampleRate: 44_100, channelCount: 2 });
    expect(describeAudio("aac", hex("2b920800")).codecString).toBe("mp4a.40.5");
    expect(describeAudio("aac", hex("1190"))).toEqual({
      codecString: "mp4a.40.2",
      sampleRate: 48_000,
      channelCount: 2,
    });
  });

  test("may spell its frequency out", () => {
    const bytes = new BitFields().bits(2, 5).bits(15, 4).bits(37_800, 24).bits(2, 4).bits(0, 3).bytes();
    expect(parseAudioSpecificConfig(bytes)).toMatchObject({ samplingFrequency: 37_800, channelCount: 2 });
  });

  test("may describe its channels in a program config element", () => {
    const fields = new BitFields().bits(2, 5).bits(3, 4).bits(0, 4).bits(0, 3);
    fields.bits(0, 4).bits(1, 2).bits(3, 4).bits(2, 4).bits(0, 4).bits(1, 4).bits(1, 2).bits(1, 3).bits(1, 4);
    fields.bits(1, 1).bits(0, 4).bits(1, 1).bits(0, 4).bits(1, 1).bits(0, 3);
    fields.bits(0, 1).bits(0, 4).bits(1, 1).bits(0, 4).bits(1, 1).bits(1, 4); // front: one single, one pair; back: a pair
    fields.bits(0, 4).bits(0, 4).bits(0, 5);
    const bytes = concat(fields.bytes(), u8(2), ascii("hi"));
    expect(parseAudioSpecificConfig(bytes)).toMatchObject({ channelConfiguration: 0, channelCount: 6 });
  });

  test.each([
    ["", "FLV_TRUNCATED@0"],
    ["11", "FLV_TRUNCATED@1"],
    ["1690", "FLV_BAD_CONFIG@1"],
    ["1790", "FLV_TRUNCATED@2"],
    ["1180", "FLV_TRUNCATED@2"],
  ])("of the bytes '%s' is refused: %s", (bytes, fault) => {
    expect(faultOf(() => parseAudioSpecificConfig(hex(bytes)))).toBe(fault);
  });

  test("is written as encoders write it", () => {
    const write = (objectType: number, samplingFrequency: number, channelConfiguration: number, more = {}): string =>
      toHex(encodeAudioSpecificConfig({ objectType, samplingFrequency, channelConfiguration, ...more }));
    expect(write(2, 48_000, 2)).toBe("1190");
    expect(write(2, 44_100, 1)).toBe("1208");
    expect(write(2, 48_000, 2, { samplesPerFrame: 960 })).toBe("1194");
    expect(write(2, 22_050, 2, { hasSbr: true })).toBe("2b920800");
    expect(write(2, 22_050, 1, { hasSbr: true, hasPs: true })).toBe("eb8a0800");
    expect(write(22, 22_050, 2, { hasSbr: true })).toBe("2b925880");
    expect(write(22, 22_050, 2, { hasSbr: true, extensionChannelConfiguration: 3 })).toBe("2b9258c0");
  });

  test("that was written is read back", () => {
    for (const samplingFrequency of [7350, 8000, 37_800, 44_100, 96_000]) {
      for (const channelConfiguration of [1, 2, 6, 7]) {
        const fields = { ...lc, samplingFrequency, channelConfiguration };
        expect(parseAudioSpecificConfig(encodeAudioSpecificConfig(fields))).toMatchObject(fields);
      }
    }
  });

  test.each(["b2a056e5a0", "b39056e5a0", "b29056e581"])(
    "ER BSAC with SBR announced behind it, %s, is written as it was read",
    (text) => {
      const config = parseAudioSpecificConfig(hex(text));
      expect(config).toMatchObject({ objectType: 22, hasSbr: true });
      const again = parseAudioSpecificConfig(encodeAudioSpecificConfig(config));
      expect(again).toEqual(config);
    },
  );

  test.each([
    ["2fbc0000bcdb290000", "SBR", 12],
    ["eb0b58f60000", "SBR and PS", 3],
  ])("of ER BSAC under an extension keeps the channels of both: %s, %s", (text, _name, extensionChannels) => {
    const config = parseAudioSpecificConfig(hex(text));
    expect(config).toMatchObject({ objectType: 22, extensionChannelConfiguration: extensionChannels });
    expect(parseAudioSpecificConfig(encodeAudioSpecificConfig(config))).toEqual(config);
  });

  test("that cannot be written is the caller's mistake", () => {
    const fields = { objectType: 2, samplingFrequency: 48_000, channelConfiguration: 2 };
    expect(() => encodeAudioSpecificConfig({ ...fields, objectType: 39 })).toThrow("objectType");
    expect(() => encodeAudioSpecificConfig({ ...fields, channelConfiguration: 0 })).toThrow("channelConfiguration");
    expect(() => encodeAudioSpecificConfig({ ...fields, samplingFrequency: 0 })).toThrow("samplingFrequency");
    expect(() => encodeAudioSpecificConfig({ ...fields, samplesPerFrame: 512 })).toThrow("samplesPerFrame");
    const bsac = { ...fields, objectType: 22, hasSbr: true, extensionChannelConfiguration: 16 };
    expect(() => encodeAudioSpecificConfig(bsac)).toThrow("extensionChannelConfiguration");
  });
});

describe("an Opus header", () => {
  const head = concat(ascii("OpusHead"), u8(1, 2, 0x38, 0x01), u32le(44_100), u8(0x00, 0xff, 0));

  test("is read with little-endian numbers", () => {
    expect(parseOpusHead(head)).toEqual({
      version: 1,
      channelCount: 2,
      preSkip: 312,
      inputSampleRate: 44_100,
      outputGain: -1,
      mappingFamily: 0,
      channelMappingTable: hex(""),
    });
    expect(describeAudio("opus", head)).toEqual({ codecString: "opus", sampleRate: 48_000, channelCount: 2 });
    expect(describeAudio("opus", hex(""))).toEqual({ codecString: "opus", sampleRate: 48_000 });
  });

  test("of another mapping family has a table", () => {
    const surround = concat(head.subarray(0, 18), hex("01 04 02 000401020305"));
    expect(parseOpusHead(surround).channelMappingTable).toEqual(hex("04 02 000401020305"));
  });

  test("without its word, of a new version, or cut short is refused", () => {
    expect(faultOf(() => parseOpusHead(concat(ascii("OpusTags"), head.subarray(8))))).toBe("FLV_BAD_CONFIG@0");
    expect(faultOf(() => parseOpusHead(concat(head.subarray(0, 8), u8(16), head.subarray(9))))).toBe(
      "FLV_BAD_CONFIG@8",
    );
    expect(faultOf(() => parseOpusHead(head.subarray(0, 18)))).toBe("FLV_TRUNCATED@18");
  });
});

describe("a FLAC stream description", () => {
  const rate = new BitFields().bits(96_000, 20).bits(1, 3).bits(23, 5).bits(1, 4).bits(5, 32).bytes().subarray(0, 8);
  const info = concat(u16(4096), u16(4096), new Uint8Array(6), rate, new Uint8Array(16));

  test("is read with or without the words before it", () => {
    const expected = {
      minBlockSize: 4096,
      maxBlockSize: 4096,
      sampleRate: 96_000,
      channelCount: 2,
      bitsPerSample: 24,
      totalSamples: 2 ** 32 + 5,
    };
    const block = concat(hex("80 000022"), info);
    expect([info, block, concat(ascii("fLaC"), block)].map(parseFlacStreamInfo)).toEqual([
      expected,
      expected,
      expected,
    ]);
    expect(describeAudio("flac", info)).toEqual({ codecString: "flac", sampleRate: 96_000, channelCount: 2 });
  });

  test("cut short is refused", () => {
    expect(faultOf(() => parseFlacStreamInfo(info.subarray(0, 33)))).toBe("FLV_TRUNCATED@33");
  });
});

test("codecs without a record of their own are described by name, or not at all", () => {
  expect(describeAudio("ac3", hex(""))).toEqual({ codecString: "ac-3" });
  expect(describeAudio("eac3", hex(""))).toEqual({ codecString: "ec-3" });
  expect(describeAudio("mp3", hex(""))).toEqual({ codecString: "mp3" });
  expect(describeAudio("speex", hex(""))).toEqual({});
  expect(describeVideo("vvc", hex("ff"))).toEqual({});
});
