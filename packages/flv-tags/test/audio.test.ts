import { concat, hex, toHex, u24, u8 } from "@rtmp/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { aacFrame, aacSequenceHeader, encodeAudioTag, parseAudioTag } from "../src/index.ts";
import type { AudioCodec, AudioTag, AudioTrackTag, LegacySound } from "../src/index.ts";
import { faultOf } from "./faults.ts";

const opus = "4f707573";
const enhanced = { isEnhanced: true } as const;
const usual: LegacySound = { sampleRate: 44_100, bitsPerSample: 16, isStereo: true };

function legacy(sound: LegacySound): { readonly isEnhanced: false; readonly sound: LegacySound } {
  return { isEnhanced: false, sound };
}

const narrow = legacy({ sampleRate: 5500, bitsPerSample: 16, isStereo: false });

describe("a legacy audio tag", () => {
  const tags: readonly [string, AudioTag][] = [
    ["af 00 1210", { kind: "sequence-header", ...legacy(usual), codec: "aac", config: hex("1210") }],
    ["af 00", { kind: "sequence-header", ...legacy(usual), codec: "aac", config: hex("") }],
    ["af 01 2110", { kind: "frame", ...legacy(usual), codec: "aac", data: hex("2110") }],
    ["df 01 fc", { kind: "frame", ...legacy(usual), codec: "opus", data: hex("fc") }],
    ["2f fffb", { kind: "frame", ...legacy(usual), codec: "mp3", data: hex("fffb") }],
    ["72 d5", { kind: "frame", ...narrow, codec: "g711-alaw", data: hex("d5") }],
    ["82 ff", { kind: "frame", ...narrow, codec: "g711-mulaw", data: hex("ff") }],
    ["b2 01", { kind: "frame", ...narrow, codec: "speex", data: hex("01") }],
    [
      "34 80",
      {
        kind: "frame",
        ...legacy({ sampleRate: 11_025, bitsPerSample: 8, isStereo: false }),
        codec: "pcm-le",
        data: hex("80"),
      },
    ],
    ["c2 01", { kind: "unknown", codecId: 12, payload: hex("c2 01") }],
    ["af 07 01", { kind: "unknown", codecId: 10, packetType: 7, payload: hex("af 07 01") }],
  ];

  test.each(tags)("%s is read, and written the same", (bytes, tag) => {
    expect(parseAudioTag(hex(bytes))).toEqual(tag);
    expect(toHex(encodeAudioTag(tag))).toBe(toHex(hex(bytes)));
  });

  test("of no bytes at all means silence", () => {
    expect(parseAudioTag(new Uint8Array(0))).toEqual({ kind: "silence" });
    expect(encodeAudioTag({ kind: "silence" })).toEqual(new Uint8Array(0));
  });

  test("of AAC cut short before its packet type is refused", () => {
    expect(faultOf(() => parseAudioTag(hex("af")))).toBe("FLV_TRUNCATED@1");
  });

  test("is a view of its payload", () => {
    const payload = hex("af 01 21");
    const tag = parseAudioTag(payload);
    payload[2] = 0x7e;
    expect(tag).toMatchObject({ data: hex("7e") });
  });
});

describe("an enhanced audio tag", () => {
  const tags: readonly [string, AudioTag][] = [
    ["90 6d703461 1190", { kind: "sequence-header", ...enhanced, codec: "aac", config: hex("1190") }],
    ["90 664c6143", { kind: "sequence-header", ...enhanced, codec: "flac", config: hex("") }],
    ["91 61632d33 0b77", { kind: "frame", ...enhanced, codec: "ac3", data: hex("0b77") }],
    ["91 65632d33 0b77", { kind: "frame", ...enhanced, codec: "eac3", data: hex("0b77") }],
    ["91 2e6d7033 fffb", { kind: "frame", ...enhanced, codec: "mp3", data: hex("fffb") }],
    [`92 ${opus}`, { kind: "end-of-sequence", ...enhanced, codec: "opus" }],
    [
      `94 ${opus} 00 06`,
      { kind: "multichannel-config", ...enhanced, codec: "opus", layout: { order: "unspecified", channelCount: 6 } },
    ],
    [
      `94 ${opus} 01 02 80000003`,
      {
        kind: "multichannel-config",
        ...enhanced,
        codec: "opus",
        layout: { order: "native", channelCount: 2, mask: 0x80000003 },
      },
    ],
    [
      `94 ${opus} 02 03 00ff02`,
      {
        kind: "multichannel-config",
        ...enhanced,
        codec: "opus",
        layout: { order: "custom", channelCount: 3, mapping: hex("00ff02") },
      },
    ],
    [`94 ${opus} 03 02`, { kind: "unknown", fourCc: "Opus", packetType: 4, payload: hex(`94 ${opus} 03 02`) }],
    [`93 ${opus} 01`, { kind: "unknown", fourCc: "Opus", packetType: 3, payload: hex(`93 ${opus} 01`) }],
    ["91 78787878 01", { kind: "unknown", fourCc: "xxxx", packetType: 1, payload: hex("91 78787878 01") }],
    [`95 41 ${opus}`, { kind: "unknown", packetType: 5, payload: hex(`95 41 ${opus}`) }],
    [
      `97 02 000007 01 ${opus} fc`,
      { kind: "frame", ...enhanced, timestampOffsetNanos: 7, codec: "opus", data: hex("fc") },
    ],
  ];

  test.each(tags)("%s is read, and written the same", (bytes, tag) => {
    expect(parseAudioTag(hex(bytes))).toEqual(tag);
    expect(toHex(encodeAudioTag(tag))).toBe(toHex(hex(bytes)));
  });

  test.each([
    ["91 4f70", "FLV_TRUNCATED@3"],
    ["97 01 0000 01", "FLV_BAD_MOD_EX@2"],
    [`94 ${opus} 00`, "FLV_TRUNCATED@6"],
    [`94 ${opus} 01 02 0000`, "FLV_TRUNCATED@9"],
    [`94 ${opus} 02 03 0001`, "FLV_TRUNCATED@9"],
    [`95 05 ${opus} 01`, "FLV_BAD_MULTITRACK@1"],
    [`95 10 ${opus} 01 0000`, "FLV_TRUNCATED@9"],
  ])("of the bytes %s is refused: %s", (bytes, fault) => {
    expect(faultOf(() => parseAudioTag(hex(bytes)))).toBe(fault);
  });
});

describe("a multitrack audio message", () => {
  const fc1: AudioTrackTag = { kind: "frame", ...enhanced, codec: "opus", data: hex("fc 01") };

  test("lays its tracks out in three ways", () => {
    const messages: readonly [Uint8Array, AudioTag][] = [
      [
        hex(`95 01 ${opus} 03 fc01`),
        { kind: "multitrack", ...enhanced, multitrackType: "one-track", tracks: [{ trackId: 3, tag: fc1 }] },
      ],
      [
        concat(hex(`95 11 ${opus}`), u8(0), u24(2), hex("fc01"), u8(1), u24(2), hex("fc01")),
        {
          kind: "multitrack",
          ...enhanced,
          multitrackType: "many-tracks",
          tracks: [
            { trackId: 0, tag: fc1 },
            { trackId: 1, tag: fc1 },
          ],
        },
      ],
      [
        concat(hex(`95 21 ${opus}`), u8(0), u24(2), hex("fc01"), hex("78787878"), u8(1), u24(1), u8(9)),
        {
          kind: "multitrack",
          ...enhanced,
          multitrackType: "many-tracks-many-codecs",
          tracks: [
            { trackId: 0, tag: fc1 },
            { trackId: 1, tag: { kind: "unknown", fourCc: "xxxx", packetType: 1, payload: u8(9) } },
          ],
        },
      ],
    ];
    for (const [bytes, tag] of messages) {
      expect(parseAudioTag(bytes)).toEqual(tag);
      expect(encodeAudioTag(tag)).toEqual(bytes);
    }
  });

  test("is not written when the wire has no form for it", () => {
    const write =
      (...tags: AudioTrackTag[]) =>
      (): Uint8Array =>
        encodeAudioTag({
          kind: "multitrack",
          ...enhanced,
          multitrackType: "one-track",
          tracks: tags.map((tag) => ({ trackId: 300, tag })),
        });
    expect(write(fc1)).toThrow("trackId");
    expect(write(fc1, fc1)).toThrow("one-track");
    expect(write(fc1, { kind: "end-of-sequence", ...enhanced, codec: "opus" })).toThrow("packet type");
    expect(write({ ...fc1, isEnhanced: false })).toThrow("enhanced");
    expect(write({ kind: "unknown", payload: u8(1) })).toThrow("packetType");
  });
});

describe("writing", () => {
  test("the short builders make what encoders send", () => {
    expect(toHex(aacSequenceHeader(hex("1190")))).toBe("af001190");
    expect(toHex(aacFrame(hex("21")))).toBe("af0121");
  });

  test("what the wire has no form for is the caller's mistake", () => {
    const frame = { kind: "frame", isEnhanced: false, codec: "flac", data: hex("") } as const;
    expect(() => encodeAudioTag(frame)).toThrow("flac");
    expect(() => encodeAudioTag({ ...frame, isEnhanced: true, codec: "speex" })).toThrow("speex");
    expect(() => encodeAudioTag({ ...frame, codec: "aac", timestampOffsetNanos: 1 })).toThrow("timestampOffsetNanos");
    expect(() => encodeAudioTag({ kind: "end-of-sequence", isEnhanced: false, codec: "aac" })).toThrow("legacy");
    expect(() => encodeAudioTag({ kind: "sequence-header", isEnhanced: false, codec: "mp3", config: hex("") })).toThrow(
      "mp3",
    );
    const layout = { order: "custom", channelCount: 2, mapping: u8(1) } as const;
    expect(() => encodeAudioTag({ kind: "multichannel-config", ...enhanced, codec: "aac", layout })).toThrow("mapping");
  });

  test("what was written is read back, whatever it was", () => {
    const data = fc.uint8Array({ maxLength: 20 });
    const codec = fc.constantFrom<AudioCodec>("aac", "opus", "flac", "ac3", "eac3", "mp3");
    const timestampOffsetNanos = fc.integer({ min: 0, max: 999_999 });
    const sound = fc.record<LegacySound>({
      sampleRate: fc.constantFrom(5500, 11_025, 22_050, 44_100),
      bitsPerSample: fc.constantFrom(8, 16),
      isStereo: fc.boolean(),
    });
    const legacyCodec = fc.constantFrom<AudioCodec>(
      "aac",
      "opus",
      "mp3",
      "mp3-8k",
      "speex",
      "g711-alaw",
      "pcm",
      "adpcm",
    );
    const tag: fc.Arbitrary<AudioTag> = fc.oneof(
      fc.record({
        kind: fc.constant("frame" as const),
        isEnhanced: fc.constant(true),
        timestampOffsetNanos,
        codec,
        data,
      }),
      fc.record({
        kind: fc.constant("frame" as const),
        isEnhanced: fc.constant(false),
        sound,
        codec: legacyCodec,
        data,
      }),
      fc.record({ kind: fc.constant("sequence-header" as const), isEnhanced: fc.constant(true), codec, config: data }),
    );
    fc.assert(
      fc.property(tag, (each) => {
        expect(parseAudioTag(encodeAudioTag(each))).toEqual(each);
      }),
      { seed: 22, numRuns: 500 },
    );
  });
});
