import type { Amf0Value } from "@rtmp/amf0";
import { readInt24 } from "./byte-fields.ts";
import { VideoPacketType, need, readExPrefix, readFourCc, readMultitrack } from "./enhanced.ts";
import type { MultitrackType } from "./enhanced.ts";
import { fourCcToText, videoCodecOf, videoCodecsById } from "./four-cc.ts";
import type { VideoCodec } from "./four-cc.ts";
import { parseMetadataPairs } from "./script.ts";

/** What kind of picture a frame is (FLV 10.1 §E.4.3.1 "Frame Type"). Number 0 is reserved, yet some senders use it. */
export type VideoFrameType = "unspecified" | "key" | "inter" | "disposable-inter" | "generated-key";

/** Fields of every video tag that has an enhanced or a legacy form. */
export interface VideoTagForm {
  /** Whether the tag has a FourCC header (E-RTMP v2) instead of the four-bit codec id. */
  readonly isEnhanced: boolean;
  /** Nanoseconds, 0 to 999 999, to add to the presentation time; only enhanced tags can carry it, outside of tracks. */
  readonly timestampOffsetNanos?: number;
}

/** What a decoder needs before the first frame: avcC, hvcC, av1C, vpcC or vvcC bytes, without any box header. */
export interface VideoSequenceHeader extends VideoTagForm {
  readonly kind: "sequence-header";
  readonly codec: VideoCodec;
  /** The configuration record. A view. */
  readonly config: Uint8Array;
}

/** An AV1 sequence header in the form MPEG-2 TS uses, an AV1 video descriptor. */
export interface VideoMpeg2TsSequenceHeader extends VideoTagForm {
  readonly kind: "mpeg2ts-sequence-header";
  readonly codec: VideoCodec;
  /** The descriptor. A view. */
  readonly descriptor: Uint8Array;
}

/** One coded picture. */
export interface VideoFrame extends VideoTagForm {
  readonly kind: "frame";
  readonly codec: VideoCodec;
  readonly frameType: VideoFrameType;
  /** Presentation time minus decode time in milliseconds, signed 24 bit; 0 for codecs that do not carry it. */
  readonly compositionTimeOffset: number;
  /** Length-prefixed NAL units for AVC, HEVC and VVC, a temporal unit for AV1, the codec's own frame otherwise. A view. */
  readonly data: Uint8Array;
}

/** No more frames follow until the next sequence header. */
export interface VideoEndOfSequence extends VideoTagForm {
  readonly kind: "end-of-sequence";
  readonly codec: VideoCodec;
}

/** Tells a player that a server-side seek begins or ends. Values beyond 0 and 1 are reserved. */
export interface VideoCommand extends VideoTagForm {
  readonly kind: "command";
  readonly command: "start-seek" | "end-seek" | "reserved";
  /** The command byte. */
  readonly value: number;
  /** The packet type (enhanced) or codec id (legacy) sent beside the command; it has no meaning. */
  readonly lowNibble: number;
}

/** Name and value pairs about the pictures, today only `colorInfo`; see `parseColorInfo`. */
export interface VideoMetadata extends VideoTagForm {
  readonly kind: "metadata";
  readonly codec: VideoCodec;
  readonly pairs: readonly (readonly [name: string, value: Amf0Value])[];
}

/** A codec, packet type or layout this package does not know. It is no error: pass it on. */
export interface UnknownVideo {
  readonly kind: "unknown";
  /** The legacy codec id, when the tag has no FourCC header. */
  readonly codecId?: number;
  /** The FourCC, when one could be read. */
  readonly fourCc?: string;
  /**
   * The frame type as the wire has it, 0 to 7, when a FourCC could be read. A multitrack message is written with that
   * of its tracks; a track without one goes with any.
   */
  readonly frameTypeId?: number;
  /** The packet type, when there is one. */
  readonly packetType?: number;
  /** The whole tag payload; inside a multitrack message, the bytes of this track. A view. */
  readonly payload: Uint8Array;
}

/** What a track of a multitrack message can be. */
export type VideoTrackTag =
  VideoSequenceHeader | VideoMpeg2TsSequenceHeader | VideoFrame | VideoEndOfSequence | VideoMetadata | UnknownVideo;

/** One track of a multitrack message. */
export interface VideoTrack {
  /** 0 to 255; 0 is the default track. */
  readonly trackId: number;
  readonly tag: VideoTrackTag;
}

/** Several tracks in one message, all of the same packet type and frame type. */
export interface VideoMultitrack extends VideoTagForm {
  readonly kind: "multitrack";
  readonly multitrackType: MultitrackType;
  readonly tracks: readonly VideoTrack[];
}

/** What a video message says. */
export type VideoTag = VideoTrackTag | VideoCommand | VideoMultitrack;

const frameTypes: readonly (VideoFrameType | undefined)[] = [
  "unspecified",
  "key",
  "inter",
  "disposable-inter",
  "generated-key",
];
const COMMAND_FRAME = 5;

/**
 * Reads the payload of a video tag or RTMP video message. Byte fields of the result are views of `payload`.
 * Throws `FlvError` when a header is cut short or contradicts itself; what is merely unknown has kind `"unknown"`.
 */
export function parseVideoTag(payload: Uint8Array): VideoTag {
  need(payload, 0, 1);
  return payload[0]! < 0x80 ? parseLegacyVideo(payload) : parseEnhancedVideo(payload);
}

/** (FLV 10.1 §E.4.3.1) */
function parseLegacyVideo(payload: Uint8Array): VideoTag {
  const frameTypeId = payload[0]! >>> 4;
  const codecId = payload[0]! & 0x0f;
  if (frameTypeId === COMMAND_FRAME) return parseCommand(payload, 1, codecId, { isEnhanced: false });
  const codec = videoCodecsById[codecId];
  if (codec === undefined) return { kind: "unknown", codecId, payload };
  if (codec === "avc" || codec === "hevc" || codec === "av1") return parseAvcLike(payload, codec, codecId);
  const frameType = frameTypes[frameTypeId];
  if (frameType === undefined) return { kind: "unknown", codecId, payload };
  return { kind: "frame", isEnhanced: false, codec, frameType, compositionTimeOffset: 0, data: payload.subarray(1) };
}

/** AVCVIDEOPACKET, which the legacy ids of HEVC and AV1 borrow (FLV 10.1 §E.4.3.1). */
function parseAvcLike(payload: Uint8Array, codec: VideoCodec, codecId: number): VideoTag {
  need(payload, 1, 1);
  const packetType = payload[1]!;
  if (packetType === 2) return { kind: "end-of-sequence", isEnhanced: false, codec };
  const frameType = frameTypes[payload[0]! >>> 4];
  if (packetType > 2 || (packetType === 1 && frameType === undefined)) {
    return { kind: "unknown", codecId, packetType, payload };
  }
  need(payload, 2, 3);
  const data = payload.subarray(5);
  if (frameType === undefined || packetType === 0)
    return { kind: "sequence-header", isEnhanced: false, codec, config: data };
  const compositionTimeOffset = readInt24(payload, 2);
  return { kind: "frame", isEnhanced: false, codec, frameType, compositionTimeOffset, data };
}

function parseCommand(payload: Uint8Array, position: number, lowNibble: number, form: VideoTagForm): VideoCommand {
  need(payload, position, 1);
  const value = payload[position]!;
  const command = value === 0 ? "start-seek" : value === 1 ? "end-seek" : "reserved";
  return { kind: "command", ...form, command, value, lowNibble };
}

/** (E-RTMP v2 "ExVideoTagHeader") */
function parseEnhancedVideo(payload: Uint8Array): VideoTag {
  const frameTypeId = (payload[0]! >>> 4) & 7;
  const { packetType, position, timestampOffsetNanos } = readExPrefix(payload);
  const form: VideoTagForm =
    timestampOffsetNanos === undefined ? { isEnhanced: true } : { isEnhanced: true, timestampOffsetNanos };
  if (frameTypeId === COMMAND_FRAME && packetType !== VideoPacketType.Metadata) {
    return parseCommand(payload, position, packetType, form);
  }
  if (packetType === VideoPacketType.Multitrack) {
    const multitrack = readMultitrack(payload, position, VideoPacketType.Multitrack);
    const { multitrackType } = multitrack;
    if (multitrackType === undefined) return { kind: "unknown", packetType, payload };
    const tracks = multitrack.tracks.map(({ trackId, fourCc, body }): VideoTrack => {
      const packet = { payload: body, position: 0, packetType: multitrack.packetType, frameTypeId, fourCc };
      return { trackId, tag: parsePacket(packet, { isEnhanced: true }) };
    });
    return { kind: "multitrack", ...form, multitrackType, tracks };
  }
  const fourCc = readFourCc(payload, position);
  return parsePacket({ payload, position: position + 4, packetType, frameTypeId, fourCc }, form);
}

interface ExVideoPacket {
  readonly payload: Uint8Array;
  /** Where the body begins, behind the FourCC. */
  readonly position: number;
  readonly packetType: number;
  readonly frameTypeId: number;
  readonly fourCc: number;
}

/** (E-RTMP v2 "ExVideoTagBody") */
function parsePacket(packet: ExVideoPacket, form: VideoTagForm): VideoTrackTag {
  const { payload, position, packetType, frameTypeId } = packet;
  const codec = videoCodecOf(packet.fourCc);
  const fourCc = fourCcToText(packet.fourCc);
  const unknown: UnknownVideo = { kind: "unknown", fourCc, frameTypeId, packetType, payload };
  if (codec === undefined) return unknown;
  const body = payload.subarray(position);
  switch (packetType) {
    case VideoPacketType.SequenceStart:
      return { kind: "sequence-header", ...form, codec, config: body };
    case VideoPacketType.Mpeg2TsSequenceStart:
      return { kind: "mpeg2ts-sequence-header", ...form, codec, descriptor: body };
    case VideoPacketType.SequenceEnd:
      return { kind: "end-of-sequence", ...form, codec };
    case VideoPacketType.Metadata:
      return { kind: "metadata", ...form, codec, pairs: parseMetadataPairs(payload, position) };
    case VideoPacketType.CodedFrames:
    case VideoPacketType.CodedFramesX: {
      const frameType = frameTypes[frameTypeId];
      if (frameType === undefined) return unknown;
      if (packetType === VideoPacketType.CodedFramesX || !carriesCompositionTime(codec)) {
        return { kind: "frame", ...form, codec, frameType, compositionTimeOffset: 0, data: body };
      }
      need(payload, position, 3);
      const compositionTimeOffset = readInt24(payload, position);
      return { kind: "frame", ...form, codec, frameType, compositionTimeOffset, data: body.subarray(3) };
    }
    default:
      return unknown;
  }
}

/** Whether CodedFrames of this codec open with a composition time offset: the three with reordered NAL units. */
export function carriesCompositionTime(codec: VideoCodec): boolean {
  return codec === "avc" || codec === "hevc" || codec === "vvc";
}
