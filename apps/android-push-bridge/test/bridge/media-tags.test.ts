import { parseAudioTag, parseScriptTag, parseVideoTag } from "@rtmp/flv-tags";
import { concat, hex, toHex, u32 } from "@rtmp/testkit";
import { describe, expect, test } from "vitest";
import { MediaTags } from "../../src/bridge/media-tags.ts";
import type { MediaTag } from "../../src/bridge/media-tags.ts";
import { FrameFlag, FrameKind } from "../../src/protocol/frame.ts";
import { audioConfig, picture, small } from "./fake-phone.ts";

const startCode = hex("00000001");
const idr = hex("6588840a");
const sei = hex("0605ffff");

function pushAll(
  tags: MediaTags,
  ...frames: readonly (readonly [FrameKind, number, Uint8Array, number?])[]
): MediaTag[] {
  const made: MediaTag[] = [];
  for (const [kind, flags, payload, timestampUs = 0] of frames) {
    tags.push({ kind, flags, timestampUs, payload }, (tag) => made.push(tag));
  }
  return made;
}

describe("H.264 with start codes", () => {
  test("becomes length-prefixed units without delimiters, filler and parameter sets", () => {
    const unit = concat(
      startCode,
      hex("09f0"),
      small.annexB,
      startCode,
      sei,
      startCode,
      idr,
      startCode,
      hex("0cffff80"),
    );
    const [metadata, header, frame] = pushAll(new MediaTags(), [FrameKind.Video, FrameFlag.ByteStream, unit]);
    expect(parseScriptTag(metadata!.payload)).toMatchObject({
      name: "onMetaData",
      values: [{ width: 322, height: 242 }],
    });
    expect(parseVideoTag(header!.payload)).toMatchObject({ kind: "sequence-header", config: small.config });
    const parsed = parseVideoTag(frame!.payload);
    expect(parsed).toMatchObject({ kind: "frame", frameType: "key", compositionTimeOffset: 0 });
    expect(parsed.kind === "frame" && toHex(parsed.data)).toBe(toHex(concat(u32(4), sei, u32(4), idr)));
  });

  test("may bring its parameter sets apart, in a message that is no picture", () => {
    const tags = new MediaTags();
    const video = [FrameKind.Video, FrameFlag.ByteStream] as const;
    expect(pushAll(tags, [...video, small.annexB])).toEqual([]);
    expect(pushAll(tags, [...video, concat(startCode, idr)])).toHaveLength(3);
  });
});

describe("H.264 with lengths", () => {
  test("of two bytes is sent on with four", () => {
    const config = Uint8Array.from(small.config);
    config[4] = 0xfd;
    const made = pushAll(
      new MediaTags(),
      [FrameKind.VideoConfig, 0, config],
      [FrameKind.Video, FrameFlag.KeyFrame, concat(hex("0004"), idr)],
    );
    expect(parseVideoTag(made[1]!.payload)).toMatchObject({ config: small.config });
    const frame = parseVideoTag(made[2]!.payload);
    expect(frame.kind === "frame" && toHex(frame.data)).toBe(`00000004${toHex(idr)}`);
  });

  test("is a place to begin if it holds an IDR picture, whether the sender says so or not", () => {
    const made = pushAll(
      new MediaTags(),
      [FrameKind.VideoConfig, 0, small.config],
      [FrameKind.Video, 0, picture(true)],
    );
    expect(made.at(-1)).toMatchObject({ type: "video", isKeyFrame: true });
  });

  test("without any picture in it makes nothing", () => {
    const made = pushAll(
      new MediaTags(),
      [FrameKind.VideoConfig, 0, small.config],
      [FrameKind.Video, FrameFlag.KeyFrame, new Uint8Array(0)],
      [FrameKind.Video, FrameFlag.KeyFrame, concat(u32(2), hex("09f0"))],
    );
    expect(made).toEqual([]);
  });
});

describe("AAC behind ADTS headers", () => {
  // AAC LC, 44.1 kHz, stereo; payloads of 2 and 1 bytes.
  const adts = concat(hex("fff15080013ffc"), hex("2110"), hex("fff15080011ffc"), hex("21"));

  test("becomes a header made of the first frame's, and raw frames 1024 samples apart", () => {
    const made = pushAll(new MediaTags(), [FrameKind.Audio, FrameFlag.ByteStream, adts, 1_000_000]);
    expect(made.map(({ type, stampUs }) => [type, stampUs])).toEqual([
      ["script", 1_000_000],
      ["audio", 1_000_000],
      ["audio", 1_000_000],
      ["audio", 1_023_220],
    ]);
    expect(parseAudioTag(made[1]!.payload)).toMatchObject({ kind: "sequence-header", config: audioConfig });
    expect(parseAudioTag(made[3]!.payload)).toMatchObject({ kind: "frame", data: hex("21") });
  });
});

describe("sound", () => {
  test("that no config was sent for is passed over", () => {
    expect(pushAll(new MediaTags(), [FrameKind.Audio, 0, hex("211004")])).toEqual([]);
  });

  test("in Opus is Enhanced RTMP", () => {
    const opusHead = hex("4f707573486561640101380180bb0000000000");
    const made = pushAll(
      new MediaTags(),
      [FrameKind.AudioConfig, FrameFlag.Opus, opusHead],
      [FrameKind.Audio, FrameFlag.Opus, hex("fc01")],
    );
    expect(parseScriptTag(made[0]!.payload).values[0]).toMatchObject({ audiocodecid: 0x4f707573, stereo: false });
    expect(parseAudioTag(made[1]!.payload)).toMatchObject({ kind: "sequence-header", isEnhanced: true, codec: "opus" });
    expect(parseAudioTag(made[2]!.payload)).toMatchObject({ kind: "frame", codec: "opus", data: hex("fc01") });
  });
});
