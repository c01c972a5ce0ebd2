import { concatBytes, isInt24, writeUint24 } from "./byte-fields.ts";
import { VideoPacketType, encodeExPrefix, encodeMultitrack, fourCcBytes } from "./enhanced.ts";
import type { RawTrack } from "./enhanced.ts";
import { fourCcOf, fourCcToNumber, videoCodecsById } from "./four-cc.ts";
import type { VideoCodec } from "./four-cc.ts";
import { encodeMetadataPairs } from "./script.ts";
import { carriesCompositionTime } from "./video.ts";
import type { VideoFrameType, VideoMultitrack, VideoTag, VideoTrackTag } from "./video.ts";

const frameTypeIds: Readonly<Record<VideoFrameType, number>> = {
  unspecified: 0,
  key: 1,
  inter: 2,
  "disposable-inter": 3,
  "generated-key": 4,
};
const COMMAND_FRAME = 5;
const NO_BYTES: Uint8Array = new Uint8Array(0);

/**
 * Writes the payload of a video tag; `parseVideoTag` of the result gives the tag back.
 * Throws `RangeError` for what the wire has no form for, such as VP9 in a legacy tag.
 */
export function encodeVideoTag(tag: VideoTag): Uint8Array {
  if (tag.kind === "unknown") return tag.payload.slice();
  return tag.isEnhanced ? encodeEnhancedVideo(tag) : encodeLegacyVideo(tag);
}

/** Writes the sequence header of an H.264 stream. `avcConfig` is an AVCDecoderConfigurationRecord. */
export function avcSequenceHeader(avcConfig: Uint8Array): Uint8Array {
  return encodeVideoTag({ kind: "sequence-header", isEnhanced: false, codec: "avc", config: avcConfig });
}

/** Writes one H.264 picture. `data` is length-prefixed NAL units, the offset is in milliseconds and may be negative. */
export function avcFrame(frame: {
  readonly isKey: boolean;
  readonly compositionTimeOffset: number;
  readonly data: Uint8Array;
}): Uint8Array {
  const { isKey, compositionTimeOffset, data } = frame;
  const frameType = isKey ? "key" : "inter";
  return encodeVideoTag({ kind: "frame", isEnhanced: false, codec: "avc", frameType, compositionTimeOffset, data });
}

/** Writes the end of an H.264 stream. */
export function avcEndOfSequence(): Uint8Array {
  return encodeVideoTag({ kind: "end-of-sequence", isEnhanced: false, codec: "avc" });
}

type KnownVideoTag = Exclude<VideoTag, { readonly kind: "unknown" }>;

/** (FLV 10.1 §E.4.3.1) */
function encodeLegacyVideo(tag: KnownVideoTag): Uint8Array {
  if (tag.timestampOffsetNanos !== undefined) throw new RangeError("timestampOffsetNanos needs an enhanced tag");
  switch (tag.kind) {
    case "command":
      return Uint8Array.of((COMMAND_FRAME << 4) | tag.lowNibble, tag.value);
    case "sequence-header":
      return encodeAvcLike("key", legacyCodecId(tag.codec, true), 0, 0, tag.config);
    case "end-of-sequence":
      return encodeAvcLike("key", legacyCodecId(tag.codec, true), 2, 0, NO_BYTES);
    case "frame": {
      if (tag.codec === "avc" || tag.codec === "hevc" || tag.codec === "av1") {
        const codecId = legacyCodecId(tag.codec, true);
        return encodeAvcLike(tag.frameType, codecId, 1, tag.compositionTimeOffset, tag.data);
      }
      const first = (frameTypeIds[tag.frameType] << 4) | legacyCodecId(tag.codec, false);
      return concatBytes([Uint8Array.of(first), tag.data]);
    }
    case "metadata":
    case "multitrack":
    case "mpeg2ts-sequence-header":
      throw new RangeError(`a legacy video tag cannot be ${tag.kind}`);
  }
}

function encodeAvcLike(
  frameType: VideoFrameType,
  codecId: number,
  packetType: number,
  compositionTimeOffset: number,
  data: Uint8Array,
): Uint8Array {
  const bytes = new Uint8Array(5 + data.length);
  bytes[0] = (frameTypeIds[frameType] << 4) | codecId;
  bytes[1] = packetType;
  writeUint24(bytes, 2, checkedOffset(compositionTimeOffset));
  bytes.set(data, 5);
  return bytes;
}

function legacyCodecId(codec: VideoCodec, hasPacketType: boolean): number {
  const codecId = videoCodecsById.indexOf(codec);
  if (codecId < 0) throw new RangeError(`${codec} has no legacy video tag`);
  if (hasPacketType && codec !== "avc" && codec !== "hevc" && codec !== "av1") {
    throw new RangeError(`${codec} has no sequence header`);
  }
  return codecId;
}

/** (E-RTMP v2 "ExVideoTagHeader") */
function encodeEnhancedVideo(tag: KnownVideoTag): Uint8Array {
  switch (tag.kind) {
    case "command": {
      const prefix = encodeExPrefix(0x80 | (COMMAND_FRAME << 4), tag.lowNibble, tag.timestampOffsetNanos);
      return concatBytes([prefix, Uint8Array.of(tag.value)]);
    }
    case "multitrack":
      return encodeVideoMultitrack(tag);
    default: {
      const isX = tag.kind === "frame" && carriesCompositionTime(tag.codec) && tag.compositionTimeOffset === 0;
      const packetType = isX ? VideoPacketType.CodedFramesX : packetTypeOf(tag);
      const high = 0x80 | (frameTypeIds[tag.kind === "frame" ? tag.frameType : "key"] << 4);
      const prefix = encodeExPrefix(high, packetType, tag.timestampOffsetNanos);
      return concatBytes([prefix, fourCcBytes(fourCcFor(tag.codec)), encodeBody(tag, packetType)]);
    }
  }
}

function encodeVideoMultitrack(tag: VideoMultitrack): Uint8Array {
  const [first] = tag.tracks;
  if (first === undefined) throw new RangeError("tracks must not be empty");
  // Frames without composition time come in either of two packet types; a track that stays unread came in its own.
  const packetType = packetTypeOf((tag.tracks.find((track) => track.tag.kind === "unknown") ?? first).tag);
  let frameTypeId: number | undefined; // one for all tracks, but only frames and unread tracks mind which
  const tracks = tag.tracks.map(({ trackId, tag: track }): RawTrack => {
    if (!canBe(track, packetType)) throw new RangeError("tracks of one message share their packet type");
    const ownId = trackFrameTypeId(track);
    frameTypeId ??= ownId;
    if (ownId !== undefined && ownId !== frameTypeId)
      throw new RangeError("tracks of one message share their frame type");
    if (track.kind === "unknown") return { trackId, fourCc: unknownFourCc(track), body: track.payload };
    if (!track.isEnhanced) throw new RangeError("tracks are enhanced tags");
    if (track.timestampOffsetNanos !== undefined) throw new RangeError("timestampOffsetNanos belongs to the message");
    return { trackId, fourCc: fourCcFor(track.codec), body: encodeBody(track, packetType) };
  });
  const high = 0x80 | ((frameTypeId ?? frameTypeIds.key) << 4);
  const prefix = encodeExPrefix(high, VideoPacketType.Multitrack, tag.timestampOffsetNanos);
  return concatBytes([prefix, encodeMultitrack(tag.multitrackType, packetType, tracks)]);
}

function canBe(track: VideoTrackTag, packetType: number): boolean {
  if (track.kind !== "frame" || packetType !== VideoPacketType.CodedFramesX) return packetTypeOf(track) === packetType;
  return track.compositionTimeOffset === 0;
}

function unknownFourCc(track: VideoTrackTag & { readonly kind: "unknown" }): number {
  if (track.fourCc === undefined) throw new RangeError("an unknown track needs its fourCc");
  return fourCcToNumber(track.fourCc);
}

/** `undefined` for what goes with any frame type. */
function trackFrameTypeId(track: VideoTrackTag): number | undefined {
  if (track.kind === "frame") return frameTypeIds[track.frameType];
  if (track.kind !== "unknown" || track.frameTypeId === undefined) return undefined;
  const { frameTypeId } = track;
  if (!Number.isInteger(frameTypeId) || frameTypeId < 0 || frameTypeId > 7 || frameTypeId === COMMAND_FRAME) {
    throw new RangeError("frameTypeId of a track must be 0 to 7 and not 5, a command");
  }
  return frameTypeId;
}

function packetTypeOf(tag: VideoTrackTag): number {
  switch (tag.kind) {
    case "sequence-header":
      return VideoPacketType.SequenceStart;
    case "mpeg2ts-sequence-header":
      return VideoPacketType.Mpeg2TsSequenceStart;
    case "frame":
      return VideoPacketType.CodedFrames;
    case "end-of-sequence":
      return VideoPacketType.SequenceEnd;
    case "metadata":
      return VideoPacketType.Metadata;
    case "unknown":
      if (tag.packetType === undefined) throw new RangeError("an unknown track needs its packetType");
      return tag.packetType;
  }
}

function fourCcFor(codec: VideoCodec): number {
  const fourCc = fourCcOf(codec);
  if (fourCc === undefined) throw new RangeError(`${codec} has no FourCC`);
  return fourCc;
}

function encodeBody(tag: Exclude<VideoTrackTag, { readonly kind: "unknown" }>, packetType: number): Uint8Array {
  switch (tag.kind) {
    case "sequence-header":
      return tag.config;
    case "mpeg2ts-sequence-header":
      return tag.descriptor;
    case "end-of-sequence":
      return NO_BYTES;
    case "metadata":
      return encodeMetadataPairs(tag.pairs);
    case "frame": {
      if (!carriesCompositionTime(tag.codec)) {
        if (tag.compositionTimeOffset !== 0) throw new RangeError(`${tag.codec} carries no compositionTimeOffset`);
        return tag.data;
      }
      if (packetType === VideoPacketType.CodedFramesX) return tag.data;
      const bytes = new Uint8Array(3 + tag.data.length);
      writeUint24(bytes, 0, checkedOffset(tag.compositionTimeOffset));
      bytes.set(tag.data, 3);
      return bytes;
    }
  }
}

function checkedOffset(compositionTimeOffset: number): number {
  if (!isInt24(compositionTimeOffset)) throw new RangeError("compositionTimeOffset must fit a signed 24-bit integer");
  return compositionTimeOffset;
}
