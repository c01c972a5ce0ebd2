import { concat, hex, seededRandom, u24, u8 } from "@rtmp/testkit";
import { describe, expect, test } from "vitest";
import {
  isAudioSequenceHeader,
  isKeyFrame,
  isVideoSequenceHeader,
  parseAudioTag,
  parseVideoTag,
  visitAudioTracks,
  visitVideoTracks,
} from "../src/index.ts";
import { faultOf } from "./faults.ts";

const hvc1 = "68766331";
const av01 = "61763031";
const opus = "4f707573";

function videoRoles(payload: Uint8Array): string[] {
  const roles: string[] = [];
  visitVideoTracks(payload, (trackId, role) => roles.push(`${String(trackId)} ${role}`));
  return roles;
}

function audioRoles(payload: Uint8Array): string[] {
  const roles: string[] = [];
  visitAudioTracks(payload, (trackId, role) => roles.push(`${String(trackId)} ${role}`));
  return roles;
}

describe("a video message is", () => {
  const messages: readonly [string, string, string][] = [
    ["17 00 000000 0164", "0 sequence-header", "an AVC sequence header"],
    ["17 01 000000 00000001", "0 key-frame", "an AVC key frame"],
    ["27 01 000000 00000001", "0 frame", "an AVC inter frame"],
    ["17 02", "0 end-of-sequence", "an AVC end, even without its three zeros"],
    ["17 03 000000", "0 unknown", "an AVC packet of a type nobody defined"],
    ["1c 00 000000 01", "0 sequence-header", "an HEVC sequence header under the id 12"],
    ["1c 01 000000 01", "0 key-frame", "an HEVC key frame under the id 12"],
    ["2d 01 000000 01", "0 frame", "an AV1 frame under the id 13"],
    ["12 84", "0 key-frame", "a Sorenson H.263 key frame"],
    ["22 00", "0 frame", "a Sorenson H.263 inter frame"],
    ["42 00", "0 frame", "a generated key frame, which only a server may make"],
    ["57 00", "0 command", "a command"],
    ["18 01 000000", "0 unknown", "a codec id nobody defined"],
    [`90${hvc1} 01`, "0 sequence-header", "an enhanced sequence header"],
    [`91${hvc1} 000000 01`, "0 key-frame", "an enhanced key frame"],
    [`a3${hvc1} 01`, "0 frame", "an enhanced inter frame without offset"],
    [`83${hvc1} 01`, "0 frame", "an enhanced frame of the reserved type 0"],
    [`e3${hvc1} 01`, "0 unknown", "an enhanced frame of the reserved type 6"],
    [`92${hvc1}`, "0 end-of-sequence", "an enhanced end"],
    [`94${hvc1} 00`, "0 metadata", "enhanced metadata"],
    [`d4${hvc1} 00`, "0 metadata", "enhanced metadata whose frame type says command"],
    [`95${av01} 80`, "0 sequence-header", "an AV1 sequence header for MPEG-2 TS"],
    ["d1 01", "0 command", "an enhanced command, which has no FourCC"],
    ["91 78787878 01", "0 unknown", "a FourCC nobody defined"],
    [`98${hvc1}`, "0 unknown", "an enhanced packet type nobody defined"],
    [`97 00 2a 11 ${hvc1} 000000 01`, "0 key-frame", "a key frame behind an unknown ModEx"],
    [`97 02 0f4240 07 02 000001 03 ${hvc1} 01`, "0 key-frame", "a key frame behind two ModEx"],
    [`97 ff 0001 2a2a 10 ${hvc1} 01`, "0 sequence-header", "a sequence header behind a ModEx of long size"],
  ];

  test.each(messages)("%s: %s, for it is %s", (bytes, role) => {
    const payload = hex(bytes);
    expect(videoRoles(payload)).toEqual([role]);
    expect(isKeyFrame(payload)).toBe(role.endsWith("key-frame"));
    expect(isVideoSequenceHeader(payload)).toBe(role.endsWith("sequence-header"));
  });
});

describe("an audio message is", () => {
  const messages: readonly [string, string, string][] = [
    ["", "0 silence", "empty"],
    ["af 00 1210", "0 sequence-header", "an AAC sequence header"],
    ["af 00", "0 sequence-header", "an AAC sequence header without configuration"],
    ["af 01 21", "0 frame", "an AAC frame"],
    ["af 07 21", "0 unknown", "an AAC packet type nobody defined"],
    ["af", "0 unknown", "an AAC message cut short"],
    ["df 00 4f", "0 sequence-header", "an Opus sequence header under the id 13"],
    ["2f ff", "0 frame", "MP3"],
    ["72 d5", "0 frame", "G.711"],
    ["b6 01", "0 frame", "Speex"],
    ["c0 01", "0 unknown", "a sound format nobody defined"],
    [`90${opus} 01`, "0 sequence-header", "an enhanced sequence header"],
    [`91${opus} 01`, "0 frame", "an enhanced frame"],
    [`92${opus}`, "0 end-of-sequence", "an enhanced end"],
    [`94${opus} 00 02`, "0 multichannel-config", "a channel layout"],
    [`93${opus}`, "0 unknown", "a packet type that only video has"],
    ["91 78787878", "0 unknown", "a FourCC nobody defined"],
    [`97 02 000001 00 ${opus}`, "0 sequence-header", "a sequence header behind ModEx"],
  ];

  test.each(messages)("%s: %s, for it is %s", (bytes, role) => {
    const payload = hex(bytes);
    expect(audioRoles(payload)).toEqual([role]);
    expect(isAudioSequenceHeader(payload)).toBe(role.endsWith("sequence-header"));
  });
});

describe("a multitrack message is visited track by track", () => {
  const many = concat(hex(`96 11 ${hvc1}`), u8(1), u24(4), hex("00000041"), u8(2), u24(3), hex("000000"));
  const codecs = concat(
    hex(`96 20 ${hvc1}`),
    u8(1),
    u24(1),
    u8(9),
    hex(av01),
    u8(2),
    u24(0),
    hex("78787878 03 000000"),
  );

  test("one track reaches to the end of the message", () => {
    expect(videoRoles(hex(`96 01 ${hvc1} 07 000000 99`))).toEqual(["7 key-frame"]);
    expect(audioRoles(hex(`95 00 ${opus} 03`))).toEqual(["3 sequence-header"]);
  });

  test("many tracks share codec, packet type and frame type", () => {
    expect(videoRoles(many)).toEqual(["1 key-frame", "2 key-frame"]);
  });

  test("many tracks of many codecs are told apart by FourCC", () => {
    expect(videoRoles(codecs)).toEqual(["1 sequence-header", "2 sequence-header", "3 unknown"]);
    expect(isVideoSequenceHeader(codecs)).toBe(true);
    expect(isKeyFrame(codecs)).toBe(false);
  });

  test("audio and video number the multitrack packet type differently", () => {
    expect(audioRoles(hex(`96 01 ${opus} 07`))).toEqual(["0 unknown"]);
    expect(videoRoles(hex(`95 01 ${hvc1} 07`))).toEqual(["0 unknown"]);
  });

  test("a reserved layout and a multitrack inside a multitrack are unknown", () => {
    expect(videoRoles(hex(`96 31 ${hvc1} 01`))).toEqual(["0 unknown"]);
    expect(videoRoles(hex(`96 06 ${hvc1} 01`))).toEqual(["0 unknown"]);
    expect(audioRoles(hex(`95 05 ${opus} 01`))).toEqual(["0 unknown"]);
  });

  test("a track whose size runs past the end ends the visit", () => {
    expect(videoRoles(concat(many, u8(3), u24(9), u8(0)))).toEqual(["1 key-frame", "2 key-frame"]);
  });

  test("a visitor ends the visit with true, and the call says so", () => {
    const seen: number[] = [];
    expect(visitVideoTracks(many, (trackId) => seen.push(trackId) > 0)).toBe(true);
    expect(seen).toEqual([1]);
    expect(visitVideoTracks(many, () => undefined)).toBe(false);
  });

  test("an empty video message is unknown", () => {
    expect(videoRoles(new Uint8Array(0))).toEqual(["0 unknown"]);
    expect(isKeyFrame(new Uint8Array(0))).toBe(false);
  });
});

describe("laws", () => {
  const random = seededRandom(99);
  const firstBytes = [0x17, 0x27, 0x1c, 0x2d, 0x12, 0x90, 0x91, 0x96, 0xa3, 0x97, 0xd7, 0x94, 0xaf, 0x95, 0xdf];

  /** A message that looks likely at first and is random behind that. */
  function anyMessage(): Uint8Array {
    const head = random.next() < 0.8 ? u8(random.pick(firstBytes)) : random.bytes(1);
    const modEx = random.next() < 0.2 ? concat(u8(0), random.bytes(1), u8(random.int(0, 255))) : new Uint8Array(0);
    const tracks = random.next() < 0.4 ? u8(random.pick([0x01, 0x00, 0x11, 0x20, 0x21])) : new Uint8Array(0);
    const fourCc = random.next() < 0.8 ? hex(random.pick([hvc1, av01, opus])) : random.bytes(4);
    const bytes = concat(head, modEx, tracks, fourCc, random.bytes(random.int(0, 12)));
    return bytes.subarray(0, random.next() < 0.3 ? random.int(0, bytes.length) : bytes.length);
  }

  test("a look never throws, and agrees with the parser wherever the parser can read", () => {
    let agreed = 0;
    for (let round = 0; round < 20_000; round++) {
      const payload = anyMessage();
      const looked = isKeyFrame(payload);
      const isHeader = isVideoSequenceHeader(payload);
      if (faultOf(() => parseVideoTag(payload)) !== "no fault") continue;
      const tag = parseVideoTag(payload);
      const tags = tag.kind === "multitrack" ? tag.tracks.map((track) => track.tag) : [tag];
      expect(looked).toBe(tags.some((each) => each.kind === "frame" && each.frameType === "key"));
      expect(isHeader).toBe(tags.some(({ kind }) => kind === "sequence-header" || kind === "mpeg2ts-sequence-header"));
      agreed += 1;
    }
    expect(agreed).toBeGreaterThan(5000);
  });

  test("the same holds for audio", () => {
    let agreed = 0;
    for (let round = 0; round < 20_000; round++) {
      const payload = anyMessage();
      const isHeader = isAudioSequenceHeader(payload);
      if (faultOf(() => parseAudioTag(payload)) !== "no fault") continue;
      const tag = parseAudioTag(payload);
      const tags = tag.kind === "multitrack" ? tag.tracks.map((track) => track.tag) : [tag];
      expect(isHeader).toBe(tags.some(({ kind }) => kind === "sequence-header"));
      agreed += 1;
    }
    expect(agreed).toBeGreaterThan(5000);
  });
});
