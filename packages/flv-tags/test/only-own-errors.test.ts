import { concat, hex, seededRandom } from "@rtmp/testkit";
import { expect, test } from "vitest";
import * as flv from "../src/index.ts";
import { faultOf } from "./faults.ts";
import { pps, slice, sps, stream } from "./h264-bytes.ts";

const readers: readonly ((bytes: Uint8Array) => unknown)[] = [
  (bytes) => flv.encodeVideoTag(flv.parseVideoTag(bytes)),
  (bytes) => flv.encodeAudioTag(flv.parseAudioTag(bytes)),
  flv.parseScriptTag,
  flv.parseHevcDecoderConfigurationRecord,
  flv.parseAvcSps,
  flv.parseHevcSps,
  flv.findAv1SequenceHeader,
  flv.parseAudioSpecificConfig,
  flv.parseOpusHead,
  flv.parseFlacStreamInfo,
  flv.parseVpCodecConfigurationRecord,
  (bytes) => flv.describeVideo("avc", bytes),
  (bytes) => flv.describeVideo("av1", bytes),
  flv.splitLengthPrefixed,
  flv.splitAdts,
  (bytes) => {
    const reader = new flv.FlvReader();
    reader.push(bytes, () => undefined);
    reader.end();
  },
  (bytes) => {
    const reader = new flv.H264Reader();
    reader.push(bytes, () => undefined);
    reader.end(() => undefined);
  },
];

const seeds: readonly Uint8Array[] = [
  hex("464c56010500000009 00000000 08 000002 000000 00 000000 af00 0000000d"),
  hex("96 21 68766331 01 000003 aabbcc 61763031 02 000000"),
  hex("97 02 000001 04 4f707573 01 02 00000003"),
  hex("94 68766331 02 0009 636f6c6f72496e666f 03 000009"),
  hex("02 000a 6f6e4d65746144617461 08 00000001 0001 61 05 000009"),
  hex("01 64 00 0d ff e1 001b 6764000dacd94150878888c044000003000400000300c83c50a658 01 0006 68eae3cb22c0"),
  hex("42010101600000030090000003000003003ca00a480f9c9265959a4932bc05a0200000030020000003032122"),
  hex("81004c000a0b000000043d07c4daf94040"),
  hex("139056e5a54880"),
  hex("eb8a0800"),
  hex("fff14c80013ffc aabb fff14c80013ffc aabb"),
  stream(
    sps({ timing: [1, 50], reorderDepth: 1 }),
    pps(),
    slice({ isIdr: true, order: 0 }),
    slice({ frameNum: 1, order: 2 }),
  ),
];

test("damaged bytes bring no error out of any reader but its own", () => {
  const random = seededRandom(2026);
  let refused = 0;
  for (let round = 0; round < 8000; round++) {
    const seed = random.pick(seeds);
    const bytes = concat(seed.subarray(0, random.int(0, seed.length)), random.next() < 0.5 ? seed : random.bytes(5));
    for (let damage = random.int(0, 4); damage > 0 && bytes.length > 0; damage--) {
      bytes[random.int(0, bytes.length - 1)] = random.pick([0, 1, 3, 0x7f, 0x80, 0xff, random.int(0, 255)]);
    }
    for (const read of readers) {
      const fault = faultOf(() => read(bytes));
      expect(fault).not.toMatch(/^foreign/);
      if (fault !== "no fault") refused += 1;
    }
  }
  expect(refused).toBeGreaterThan(10_000);
});
