import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  encodeFlvHeader,
  encodeFlvTag,
  isKeyFrame,
  parseAudioSpecificConfig,
  parseAudioTag,
  parseAvcDecoderConfigurationRecord,
  parseAvcSps,
  parseVideoTag,
  splitLengthPrefixed,
} from "@rtmp/flv-tags";
import type { FlvTag } from "@rtmp/flv-tags";
import { concat } from "@rtmp/testkit";
import { afterAll, describe, expect, test } from "vitest";
import { fileMedia } from "../src/file-media.ts";
import { MIN_STAMPED_SIZE } from "../src/stamp.ts";
import { MAX_BITS_PER_SECOND, MIN_BITS_PER_SECOND, syntheticMedia } from "../src/synthetic-media.ts";

const folder = mkdtempSync(join(tmpdir(), "rtmp-load-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(tags: readonly FlvTag[]): string {
  const file = join(folder, "media.flv");
  writeFileSync(file, concat(encodeFlvHeader({ audio: true, video: true }), ...tags.map(encodeFlvTag)));
  return file;
}

describe("synthetic media", () => {
  test.for([MIN_BITS_PER_SECOND, 206_000, 6_000_000, MAX_BITS_PER_SECOND])("%d bit/s come out", (bitsPerSecond) => {
    const { frames, durationMs } = syntheticMedia(bitsPerSecond);
    const bytes = frames.reduce((sum, { payload }) => sum + payload.length, 0);
    expect((bytes * 8000) / durationMs / bitsPerSecond).toBeCloseTo(1, 1);
    expect(frames.every(({ payload }) => payload.length >= MIN_STAMPED_SIZE)).toBe(true);
  });

  test("there are 68 messages a second and a key frame every two", () => {
    const media = syntheticMedia(206_000);
    expect(media.framesDue(9999) / 10).toBe(68);
    expect(media.gopMs).toBe(2000);
    expect(media.frames.filter(({ payload, type }) => type === "video" && isKeyFrame(payload))).toHaveLength(1);
  });

  test("headers are those of H.264 of 640 × 480 and AAC-LC of 44.1 kHz", () => {
    const [metadata, video, audio] = syntheticMedia(206_000).headers;
    expect(metadata?.type).toBe("script");
    const picture = parseVideoTag(video!.payload);
    if (picture.kind !== "sequence-header") throw new Error(picture.kind);
    const [sps] = parseAvcDecoderConfigurationRecord(picture.config).sequenceParameterSets;
    expect(parseAvcSps(sps!)).toMatchObject({ width: 640, height: 480, profileIdc: 66 });
    const sound = parseAudioTag(audio!.payload);
    if (sound.kind !== "sequence-header") throw new Error(sound.kind);
    expect(parseAudioSpecificConfig(sound.config)).toMatchObject({ objectType: 2, samplingFrequency: 44_100 });
  });

  test("each picture is one whole slice", () => {
    for (const { type, payload } of syntheticMedia(206_000).frames) {
      if (type !== "video") continue;
      const frame = parseVideoTag(payload);
      if (frame.kind !== "frame") throw new Error(frame.kind);
      const units = splitLengthPrefixed(frame.data, 4);
      expect(units.map((unit) => unit[0]! & 0x1f)).toEqual([frame.frameType === "key" ? 5 : 1]);
    }
  });

  test("a bit rate that cannot be is a RangeError", () => {
    expect(() => syntheticMedia(1000)).toThrow(RangeError);
  });
});

describe("media of a file", () => {
  const source = syntheticMedia(206_000);
  const frames = source.frames.map(({ type, timestamp, payload }) => ({ type, timestamp: timestamp + 5000, payload }));

  test("is what is in the file, on a timeline from 0, in a loop as long as its frames", async () => {
    const media = await fileMedia(fileOf([...source.headers, ...frames]));
    expect(media.headers.map(({ type }) => type)).toEqual(["script", "video", "audio"]);
    expect(media.frames.map(({ timestamp }) => timestamp)).toEqual(source.frames.map(({ timestamp }) => timestamp));
    expect(media.durationMs).toBeGreaterThanOrEqual(2000);
    expect(media.durationMs).toBeLessThanOrEqual(2040);
  });

  test("begins with the first key frame", async () => {
    const [first, ...rest] = frames;
    const media = await fileMedia(fileOf([...source.headers, ...rest, { ...first!, timestamp: 7000 }]));
    expect(media.frames).toHaveLength(1);
    expect(media.frames[0]).toMatchObject({ type: "video", timestamp: 0 });
  });

  test("leaves what is too short for a stamp as it is", async () => {
    const silence: FlvTag = { type: "audio", timestamp: 5010, payload: Uint8Array.of(0xaf, 1, 0x21, 0x10) };
    const media = await fileMedia(fileOf([...source.headers, frames[0]!, silence]));
    expect(media.frames.map(({ checksumBefore }) => checksumBefore === undefined)).toEqual([false, true]);
  });

  test("a file without any is refused", async () => {
    await expect(fileMedia(fileOf(source.headers))).rejects.toThrow("neither audio nor video");
  });
});

test("what is due counts whole rounds and the part of the last", () => {
  const media = syntheticMedia(206_000);
  const perRound = media.frames.length;
  expect(media.framesDue(-1)).toBe(0);
  expect(media.framesDue(0)).toBe(2); // a picture and a sound at 0
  expect(media.framesDue(1999.9)).toBe(perRound);
  expect(media.framesDue(3 * 2000)).toBe(3 * perRound + 2);
});
