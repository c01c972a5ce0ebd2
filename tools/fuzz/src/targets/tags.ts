import {
  describeAudio,
  describeVideo,
  encodeAudioSpecificConfig,
  encodeAudioTag,
  encodeAv1CodecConfigurationRecord,
  encodeAvcDecoderConfigurationRecord,
  encodeHevcDecoderConfigurationRecord,
  encodeScriptTag,
  encodeVideoTag,
  encodeVpCodecConfigurationRecord,
  findAv1SequenceHeader,
  isAudioSequenceHeader,
  isKeyFrame,
  isVideoSequenceHeader,
  parseAudioSpecificConfig,
  parseAudioTag,
  parseAv1CodecConfigurationRecord,
  parseAv1SequenceHeader,
  parseAvcDecoderConfigurationRecord,
  parseAvcSps,
  parseColorInfo,
  parseFlacStreamInfo,
  parseHevcDecoderConfigurationRecord,
  parseHevcSps,
  parseOpusHead,
  parseScriptTag,
  parseVideoTag,
  parseVpCodecConfigurationRecord,
  splitObus,
  visitAudioTracks,
  visitVideoTracks,
} from "@rtmp/flv-tags";
import type { AudioTag, TrackRole, TrackVisitor, VideoTag } from "@rtmp/flv-tags";
import { amf0Corpus } from "../corpus/amf0.ts";
import { audioCorpus, configCorpus, h264Corpus, videoCorpus } from "../corpus/media.ts";
import { flvErrors } from "../families.ts";
import { mutated } from "../mutate.ts";
import { attempt, expectEqual, show } from "../observation.ts";
import type { FuzzTarget, Verdict } from "../target.ts";

const corpus: readonly Uint8Array[] = [
  ...[...videoCorpus, ...audioCorpus, ...configCorpus],
  ...[...amf0Corpus, ...h264Corpus.map((stream) => stream.subarray(4))],
];

/** Parsers of one whole payload. Every input goes through all of them: most refuse it at once. */
export const tagsTarget: FuzzTarget = {
  name: "tags",
  codes: ["FLV_TRUNCATED", "FLV_BAD_MOD_EX", "FLV_BAD_MULTITRACK", "FLV_BAD_SCRIPT", "FLV_BAD_CONFIG"],
  generate: (random) => mutated(corpus, random),
  check: checkPayload,
};

function checkPayload(input: Uint8Array): Verdict {
  const codes = new Set<string>();
  /** Whatever `parse` makes of the input, `write` must be able to write, and it must read the same. */
  const law = <Value>(
    name: string,
    parse: (bytes: Uint8Array) => Value,
    write?: (value: Value) => Uint8Array,
  ): void => {
    const { result, fault } = attempt(() => parse(input), flvErrors);
    if (fault !== undefined) codes.add(fault.code);
    else if (write !== undefined) {
      const before = show(result);
      const written = write(result);
      expectEqual(`${name} round trip`, before, show(parse(written)));
    }
  };
  law("video", parseVideoTag, encodeVideoTag);
  law("audio", parseAudioTag, encodeAudioTag);
  law("script", parseScriptTag, ({ name, values }) => encodeScriptTag(name, ...values));
  law("avcC", parseAvcDecoderConfigurationRecord, encodeAvcDecoderConfigurationRecord);
  law("hvcC", parseHevcDecoderConfigurationRecord, encodeHevcDecoderConfigurationRecord);
  law("av1C", parseAv1CodecConfigurationRecord, encodeAv1CodecConfigurationRecord);
  law("vpcC", parseVpCodecConfigurationRecord, encodeVpCodecConfigurationRecord);
  for (const parse of [parseAvcSps, parseHevcSps, splitObus, findAv1SequenceHeader, parseAv1SequenceHeader]) {
    law(parse.name, parse as (bytes: Uint8Array) => unknown);
  }
  law("FLAC", parseFlacStreamInfo);
  law("Opus", parseOpusHead);
  for (const codec of ["avc", "hevc", "av1", "vp9"] as const) law(codec, (bytes) => describeVideo(codec, bytes));
  for (const codec of ["aac", "opus", "flac"] as const) law(codec, (bytes) => describeAudio(codec, bytes));
  law("AudioSpecificConfig", checkAudioConfig);
  checkVideoLooks(input);
  checkAudioLooks(input);
  return { codes: [...codes] };
}

/** Only general audio with a channel configuration can be written. */
function checkAudioConfig(bytes: Uint8Array): void {
  const config = parseAudioSpecificConfig(bytes);
  let written: Uint8Array;
  try {
    written = encodeAudioSpecificConfig(config);
  } catch (error) {
    if (error instanceof RangeError) return;
    throw error;
  }
  expectEqual("AudioSpecificConfig round trip", show(config), show(parseAudioSpecificConfig(written)));
}

/** The relay's quick looks say what the parser says, and never throw. */
function checkVideoLooks(payload: Uint8Array): void {
  const roles = rolesOf((visit) => visitVideoTracks(payload, visit));
  expectEqual("isKeyFrame", String(roles.some(([, role]) => role === "key-frame")), String(isKeyFrame(payload)));
  const hasHeader = roles.some(([, role]) => role === "sequence-header");
  expectEqual("isVideoSequenceHeader", String(hasHeader), String(isVideoSequenceHeader(payload)));
  const { result: tag } = attempt(() => parseVideoTag(payload), flvErrors);
  if (tag === undefined) return;
  expectEqual("visitVideoTracks", show(parsedVideoRoles(tag)), show(roles), "roles");
  if (tag.kind === "metadata") parseColorInfo(tag.pairs);
}

function checkAudioLooks(payload: Uint8Array): void {
  const roles = rolesOf((visit) => visitAudioTracks(payload, visit));
  const hasHeader = roles.some(([, role]) => role === "sequence-header");
  expectEqual("isAudioSequenceHeader", String(hasHeader), String(isAudioSequenceHeader(payload)));
  const { result: tag } = attempt(() => parseAudioTag(payload), flvErrors);
  if (tag === undefined) return;
  const parsed =
    tag.kind === "multitrack" ? tag.tracks.map((track) => [track.trackId, track.tag.kind]) : [[0, tag.kind]];
  // The look does not go into a channel layout: one of a reserved order is a layout to it, to the parser it is unknown.
  const looked = roles.map(([trackId, role], i) => [
    trackId,
    role === "multichannel-config" && parsed[i]?.[1] === "unknown" ? "unknown" : role,
  ]);
  expectEqual("visitAudioTracks", show(parsed), show(looked), "roles");
}

function rolesOf(visitTracks: (visit: TrackVisitor) => boolean): [number, TrackRole][] {
  const roles: [number, TrackRole][] = [];
  visitTracks((trackId, role) => void roles.push([trackId, role]));
  return roles;
}

function parsedVideoRoles(tag: VideoTag): [number, string][] {
  if (tag.kind !== "multitrack") return [[0, videoRole(tag)]];
  return tag.tracks.map((track) => [track.trackId, videoRole(track.tag)]);
}

function videoRole(tag: VideoTag | AudioTag): string {
  if (tag.kind === "frame" && "frameType" in tag && tag.frameType === "key") return "key-frame";
  return tag.kind === "mpeg2ts-sequence-header" ? "sequence-header" : tag.kind;
}
