import { concat, f64, hex, toHex, u24, u8 } from "@rtmp/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  avcEndOfSequence,
  avcFrame,
  avcSequenceHeader,
  encodeVideoTag,
  parseColorInfo,
  parseVideoTag,
} from "../src/index.ts";
import type { VideoCodec, VideoTag, VideoTrackTag } from "../src/index.ts";
import { faultOf } from "./faults.ts";

const hvc1 = "68766331";
const av01 = "61763031";
const legacy = { isEnhanced: false } as const;
const enhanced = { isEnhanced: true } as const;

describe("a legacy video tag", () => {
  const tags: readonly [string, VideoTag][] = [
    ["17 00 000000 0164", { kind: "sequence-header", ...legacy, codec: "avc", config: hex("0164") }],
    ["1c 00 000000 01", { kind: "sequence-header", ...legacy, codec: "hevc", config: hex("01") }],
    ["17 02 000000", { kind: "end-of-sequence", ...legacy, codec: "avc" }],
    ["52 00", { kind: "command", ...legacy, command: "start-seek", value: 0, lowNibble: 2 }],
    ["57 01", { kind: "command", ...legacy, command: "end-seek", value: 1, lowNibble: 7 }],
    ["57 09", { kind: "command", ...legacy, command: "reserved", value: 9, lowNibble: 7 }],
    [
      "27 01 00000a 65",
      { kind: "frame", ...legacy, codec: "avc", frameType: "inter", compositionTimeOffset: 10, data: hex("65") },
    ],
    [
      "1d 01 ffffde 12",
      { kind: "frame", ...legacy, codec: "av1", frameType: "key", compositionTimeOffset: -34, data: hex("12") },
    ],
    [
      "32 0000",
      {
        kind: "frame",
        ...legacy,
        codec: "sorenson-h263",
        frameType: "disposable-inter",
        compositionTimeOffset: 0,
        data: hex("0000"),
      },
    ],
    ["18 aa", { kind: "unknown", codecId: 8, payload: hex("18 aa") }],
    ["17 05 aa", { kind: "unknown", codecId: 7, packetType: 5, payload: hex("17 05 aa") }],
  ];

  test.each(tags)("%s is read, and written the same", (bytes, tag) => {
    expect(parseVideoTag(hex(bytes))).toEqual(tag);
    expect(toHex(encodeVideoTag(tag))).toBe(toHex(hex(bytes)));
  });

  test("ends a sequence even without the three bytes that mean nothing there", () => {
    expect(parseVideoTag(hex("17 02"))).toEqual({ kind: "end-of-sequence", ...legacy, codec: "avc" });
  });

  test("is a view of its payload", () => {
    const payload = hex("17 01 000000 65");
    const tag = parseVideoTag(payload);
    payload[5] = 0x41;
    expect(tag).toMatchObject({ data: hex("41") });
  });

  test.each([
    ["", "FLV_TRUNCATED@0"],
    ["17", "FLV_TRUNCATED@1"],
    ["17 01 0000", "FLV_TRUNCATED@4"],
    ["17 00", "FLV_TRUNCATED@2"],
    ["57", "FLV_TRUNCATED@1"],
  ])("cut short to '%s' is refused: %s", (bytes, fault) => {
    expect(faultOf(() => parseVideoTag(hex(bytes)))).toBe(fault);
  });
});

describe("an enhanced video tag", () => {
  const tags: readonly [string, VideoTag][] = [
    [`90 ${hvc1} 01`, { kind: "sequence-header", ...enhanced, codec: "hevc", config: hex("01") }],
    [`95 ${av01} 80`, { kind: "mpeg2ts-sequence-header", ...enhanced, codec: "av1", descriptor: hex("80") }],
    ["92 76703039", { kind: "end-of-sequence", ...enhanced, codec: "vp9" }],
    ["d1 01", { kind: "command", ...enhanced, command: "end-seek", value: 1, lowNibble: 1 }],
    [
      `a1 ${hvc1} 00001e 26`,
      { kind: "frame", ...enhanced, codec: "hevc", frameType: "inter", compositionTimeOffset: 30, data: hex("26") },
    ],
    [
      "91 76766331 fffffe 26",
      { kind: "frame", ...enhanced, codec: "vvc", frameType: "key", compositionTimeOffset: -2, data: hex("26") },
    ],
    [
      "93 61766331 65",
      { kind: "frame", ...enhanced, codec: "avc", frameType: "key", compositionTimeOffset: 0, data: hex("65") },
    ],
    [
      "91 76703038 9d",
      { kind: "frame", ...enhanced, codec: "vp8", frameType: "key", compositionTimeOffset: 0, data: hex("9d") },
    ],
    [
      `81 ${av01} 12`,
      { kind: "frame", ...enhanced, codec: "av1", frameType: "unspecified", compositionTimeOffset: 0, data: hex("12") },
    ],
    [
      "91 78787878 12",
      { kind: "unknown", fourCc: "xxxx", frameTypeId: 1, packetType: 1, payload: hex("91 78787878 12") },
    ],
    [
      `9b ${hvc1} 12`,
      { kind: "unknown", fourCc: "hvc1", frameTypeId: 1, packetType: 11, payload: hex(`9b ${hvc1} 12`) },
    ],
    [`96 31 ${hvc1}`, { kind: "unknown", packetType: 6, payload: hex(`96 31 ${hvc1}`) }],
  ];

  test.each(tags)("%s is read, and written the same", (bytes, tag) => {
    expect(parseVideoTag(hex(bytes))).toEqual(tag);
    expect(toHex(encodeVideoTag(tag))).toBe(toHex(hex(bytes)));
  });

  test("carries nanoseconds in a ModEx before its packet type", () => {
    const bytes = hex(`97 02 0f423f 01 ${av01} 12`);
    const tag = parseVideoTag(bytes);
    expect(tag).toMatchObject({ kind: "frame", timestampOffsetNanos: 999_999 });
    expect(encodeVideoTag(tag)).toEqual(bytes);
  });

  test("ignores an offset of a millisecond and more", () => {
    const tag = parseVideoTag(hex(`97 02 0f4240 01 ${av01} 12`));
    expect(tag).toMatchObject({ kind: "frame", codec: "av1" });
    expect(tag).not.toHaveProperty("timestampOffsetNanos");
  });

  test("may have ModEx of unknown type, of long size, and several", () => {
    const long = concat(hex("97 ff 012b"), new Uint8Array(300), hex("17 03 000005ff 03"), hex(`${hvc1} 26`));
    expect(parseVideoTag(long)).toMatchObject({
      kind: "frame",
      codec: "hevc",
      timestampOffsetNanos: 5,
      data: hex("26"),
    });
  });

  test("carries a composition offset only for codecs that have one", () => {
    expect(parseVideoTag(hex(`91 ${av01} 0a0b0c`))).toMatchObject({ compositionTimeOffset: 0, data: hex("0a0b0c") });
  });

  test.each([
    ["97", "FLV_TRUNCATED@1"],
    ["97 05 0000", "FLV_TRUNCATED@4"],
    ["97 ff 00", "FLV_TRUNCATED@3"],
    ["97 00 2a", "FLV_TRUNCATED@3"],
    ["97 00 2a 01", "FLV_BAD_MOD_EX@2"],
    ["91 6176", "FLV_TRUNCATED@3"],
    [`91 ${hvc1} 0000`, "FLV_TRUNCATED@7"],
    ["d1", "FLV_TRUNCATED@1"],
    ["96", "FLV_TRUNCATED@1"],
    [`96 06 ${hvc1} 01`, "FLV_BAD_MULTITRACK@1"],
    [`96 01 ${hvc1}`, "FLV_TRUNCATED@6"],
    [`96 11 ${hvc1} 01 000005 00`, "FLV_TRUNCATED@11"],
    ["96 21 6876", "FLV_TRUNCATED@4"],
  ])("of the bytes %s is refused: %s", (bytes, fault) => {
    expect(faultOf(() => parseVideoTag(hex(bytes)))).toBe(fault);
  });
});

describe("HDR metadata", () => {
  const key = (name: string): Uint8Array =>
    concat(
      u8(0, name.length),
      Uint8Array.from(name, (c) => c.charCodeAt(0)),
    );
  const number = (name: string, value: number): Uint8Array => concat(key(name), u8(0), f64(value));
  const end = hex("0000 09");
  const colorInfo = concat(
    hex(`94 ${hvc1}`),
    concat(u8(2), key("colorInfo"), u8(3)),
    concat(key("colorConfig"), u8(3), number("bitDepth", 10), number("colorPrimaries", 9), end),
    concat(key("hdrCll"), u8(3), number("maxFall", 400), number("maxCLL", 1000), end),
    concat(key("hdrMdcv"), u8(3), number("redX", 0.68), key("minLuminance"), u8(2), key("x"), end),
    end,
  );

  test("names bit depth, colours and light levels, and drops fields of a wrong type", () => {
    const tag = parseVideoTag(colorInfo);
    expect(tag.kind).toBe("metadata");
    if (tag.kind !== "metadata") return;
    expect(parseColorInfo(tag.pairs)).toEqual({
      colorConfig: { bitDepth: 10, colorPrimaries: 9 },
      hdrCll: { maxFall: 400, maxCLL: 1000 },
      hdrMdcv: { redX: 0.68 },
    });
    expect(encodeVideoTag(tag)).toEqual(colorInfo);
  });

  test("is taken back by undefined or an empty object", () => {
    expect(parseColorInfo([["colorInfo", undefined]])).toEqual({});
    expect(parseColorInfo([["colorInfo", {}]])).toEqual({});
    expect(parseColorInfo([["other", {}]])).toBeUndefined();
  });

  test("without a name, or cut short, is refused", () => {
    expect(faultOf(() => parseVideoTag(concat(hex(`94 ${hvc1} 00`), f64(1))))).toBe("FLV_BAD_SCRIPT@5");
    expect(faultOf(() => parseVideoTag(colorInfo.subarray(0, 20)))).toMatch(/^FLV_BAD_SCRIPT@/);
  });
});

describe("a multitrack video message", () => {
  const frame: VideoTrackTag = {
    kind: "frame",
    ...enhanced,
    codec: "hevc",
    frameType: "key",
    compositionTimeOffset: 7,
    data: hex("26 01"),
  };

  test("of one track has no size before its body", () => {
    const bytes = hex(`96 01 ${hvc1} 05 000007 2601`);
    const tag: VideoTag = {
      kind: "multitrack",
      ...enhanced,
      multitrackType: "one-track",
      tracks: [{ trackId: 5, tag: frame }],
    };
    expect(parseVideoTag(bytes)).toEqual(tag);
    expect(encodeVideoTag(tag)).toEqual(bytes);
  });

  test("of many tracks has a size before each body, and nanoseconds for all", () => {
    const body = hex("000007 2601");
    const bytes = concat(hex(`97 02 000009 06 11 ${hvc1}`), u8(0), u24(5), body, u8(255), u24(5), body);
    const tracks = [
      { trackId: 0, tag: frame },
      { trackId: 255, tag: frame },
    ];
    const tag: VideoTag = {
      kind: "multitrack",
      ...enhanced,
      timestampOffsetNanos: 9,
      multitrackType: "many-tracks",
      tracks,
    };
    expect(parseVideoTag(bytes)).toEqual(tag);
    expect(encodeVideoTag(tag)).toEqual(bytes);
  });

  test("of many codecs names the codec of each track, known or not", () => {
    const bytes = concat(hex("96 20"), hex(hvc1), u8(1), u24(1), u8(1), hex("78787878"), u8(2), u24(2), hex("abcd"));
    const tag: VideoTag = {
      kind: "multitrack",
      ...enhanced,
      multitrackType: "many-tracks-many-codecs",
      tracks: [
        { trackId: 1, tag: { kind: "sequence-header", ...enhanced, codec: "hevc", config: hex("01") } },
        { trackId: 2, tag: { kind: "unknown", fourCc: "xxxx", frameTypeId: 1, packetType: 0, payload: hex("abcd") } },
      ],
    };
    expect(parseVideoTag(bytes)).toEqual(tag);
    expect(encodeVideoTag(tag)).toEqual(bytes);
  });

  test("is not written when its tracks cannot share one header", () => {
    const end: VideoTrackTag = { kind: "end-of-sequence", ...enhanced, codec: "hevc" };
    const multitrackType = "many-tracks";
    const write =
      (...tags: VideoTrackTag[]) =>
      (): Uint8Array =>
        encodeVideoTag({
          kind: "multitrack",
          ...enhanced,
          multitrackType,
          tracks: tags.map((tag) => ({ trackId: 1, tag })),
        });
    expect(write(frame, end)).toThrow("packet type");
    expect(write(frame, { ...frame, frameType: "inter" })).toThrow("frame type");
    expect(write(end, { ...end, codec: "av1" })).toThrow("several codecs");
    expect(write({ ...end, timestampOffsetNanos: 1 })).toThrow("timestampOffsetNanos");
    expect(write()).toThrow("tracks");
  });

  test("of frames without composition time is written the same when one codec is unknown, wherever that track is", () => {
    const unknownTrack = "00000000 00 000001 00";
    const avcTrack = "61766331 01 000003 000000";
    for (const tracks of [unknownTrack + avcTrack, avcTrack + unknownTrack]) {
      const bytes = hex(`96 23 ${tracks}`);
      expect(toHex(encodeVideoTag(parseVideoTag(bytes)))).toBe(toHex(bytes));
    }
  });

  test("of tracks that stay unread is written with the frame type it came with, reserved or not", () => {
    for (const frameTypeId of [0, 1, 2, 3, 4, 6, 7]) {
      const first = (0x86 | (frameTypeId << 4)).toString(16);
      const bytes = hex(`${first}21 00000000 00 000001 00 78787878 01 000002 abcd`);
      const tag = parseVideoTag(bytes);
      expect(tag).toMatchObject({ tracks: [{ tag: { frameTypeId } }, { tag: { frameTypeId } }] });
      expect(toHex(encodeVideoTag(tag))).toBe(toHex(bytes));
    }
    const reserved = hex("e621 00000000 00 000001 00 61766331 00 000003 000000");
    expect(toHex(encodeVideoTag(parseVideoTag(reserved)))).toBe(toHex(reserved));
  });

  test("of sequence headers takes its frame type from the track that stays unread", () => {
    for (const tracks of [
      "78787878 00 000001 00 68766331 01 000001 01",
      "68766331 01 000001 01 78787878 00 000001 00",
    ]) {
      const bytes = hex(`a620 ${tracks}`);
      expect(toHex(encodeVideoTag(parseVideoTag(bytes)))).toBe(toHex(bytes));
    }
  });

  test("is not written when a track that stays unread has another frame type, or one that is none", () => {
    const write =
      (...tags: VideoTrackTag[]) =>
      (): Uint8Array =>
        encodeVideoTag({
          kind: "multitrack",
          ...enhanced,
          multitrackType: "many-tracks-many-codecs",
          tracks: tags.map((tag) => ({ trackId: 1, tag })),
        });
    const unread: VideoTrackTag = { kind: "unknown", fourCc: "xxxx", packetType: 1, payload: hex("ab") };
    expect(toHex(write(unread)())).toBe("96217878787801000001ab");
    expect(toHex(write(unread, { ...frame, frameType: "inter" })().subarray(0, 2))).toBe("a621");
    expect(write({ ...unread, frameTypeId: 2 }, frame)).toThrow("frame type");
    expect(write({ ...unread, frameTypeId: 6 }, { ...unread, frameTypeId: 7 })).toThrow("frame type");
    for (const frameTypeId of [-1, 0.5, 5, 8]) expect(write({ ...unread, frameTypeId })).toThrow("frameTypeId");
  });
});

describe("writing", () => {
  test("the short builders make what encoders send", () => {
    expect(toHex(avcSequenceHeader(hex("0164")))).toBe("17000000000164");
    expect(toHex(avcFrame({ isKey: true, compositionTimeOffset: 0, data: hex("65") }))).toBe("170100000065");
    expect(toHex(avcFrame({ isKey: false, compositionTimeOffset: -1, data: hex("41") }))).toBe("2701ffffff41");
    expect(toHex(avcEndOfSequence())).toBe("1702000000");
  });

  test("what the wire has no form for is the caller's mistake", () => {
    const frame = {
      kind: "frame",
      ...legacy,
      codec: "avc",
      frameType: "key",
      compositionTimeOffset: 0,
      data: hex(""),
    } as const;
    expect(() => encodeVideoTag({ ...frame, codec: "vp9" })).toThrow("vp9");
    expect(() => encodeVideoTag({ ...frame, isEnhanced: true, codec: "screen" })).toThrow("screen");
    expect(() => encodeVideoTag({ ...frame, compositionTimeOffset: 0x800000 })).toThrow("compositionTimeOffset");
    expect(() => encodeVideoTag({ ...frame, timestampOffsetNanos: 1 })).toThrow("timestampOffsetNanos");
    expect(() => encodeVideoTag({ ...frame, isEnhanced: true, timestampOffsetNanos: 1e6 })).toThrow("999999");
    expect(() => encodeVideoTag({ kind: "metadata", ...legacy, codec: "avc", pairs: [] })).toThrow("metadata");
    expect(() => encodeVideoTag({ kind: "sequence-header", ...legacy, codec: "vp6", config: hex("") })).toThrow("vp6");
  });

  test("what was written is read back, whatever it was", () => {
    const bytes = fc.uint8Array({ maxLength: 20 });
    const offset = fc.integer({ min: -0x800000, max: 0x7fffff });
    const reordering = fc.constantFrom<VideoCodec>("avc", "hevc", "vvc");
    const codec = fc.constantFrom<VideoCodec>("avc", "hevc", "vvc", "av1", "vp8", "vp9");
    const frameType = fc.constantFrom("key", "inter", "disposable-inter", "generated-key", "unspecified");
    const kind = fc.constant("frame" as const);
    const form = fc.constant(true);
    const tag: fc.Arbitrary<VideoTrackTag> = fc.oneof(
      fc.record({ kind, isEnhanced: form, codec: reordering, frameType, compositionTimeOffset: offset, data: bytes }),
      fc.record({ kind: fc.constant("sequence-header" as const), isEnhanced: form, codec, config: bytes }),
      fc.record({ kind: fc.constant("end-of-sequence" as const), isEnhanced: form, codec }),
    );
    const nanos = fc.integer({ min: 0, max: 999_999 });
    const track = fc.record({ trackId: fc.nat(255), tag });
    fc.assert(
      fc.property(tag, nanos, track, (single, timestampOffsetNanos, one) => {
        const tags: VideoTag[] = [
          single,
          { ...single, timestampOffsetNanos } as VideoTag,
          { kind: "multitrack", ...enhanced, multitrackType: "one-track", tracks: [one] },
          { kind: "multitrack", ...enhanced, multitrackType: "many-tracks", tracks: [one, one] },
          { kind: "multitrack", ...enhanced, multitrackType: "many-tracks-many-codecs", tracks: [one, one, one] },
        ];
        for (const each of tags) expect(parseVideoTag(encodeVideoTag(each))).toEqual(each);
      }),
      { seed: 21, numRuns: 300 },
    );
  });
});
