// hot: looks for the relay. They allocate nothing and never throw; what cannot be read is "unknown".
import { readUint16, readUint24, readUint32 } from "./byte-fields.ts";
import { AudioPacketType, VideoPacketType } from "./enhanced.ts";
import { audioCodecOf, audioCodecsById, videoCodecOf, videoCodecsById } from "./four-cc.ts";

/** What one track of a message means to a relay that does not decode it. */
export type TrackRole =
  | "sequence-header"
  | "key-frame"
  | "frame"
  | "end-of-sequence"
  | "metadata"
  | "multichannel-config"
  | "command"
  | "silence"
  | "unknown";

/**
 * Is called for each track of a message, with track id 0 when the message is not multitrack.
 * Returning `true` ends the visit.
 */
export type TrackVisitor = (trackId: number, role: TrackRole) => unknown;

const KEY_FRAME = 1;
const COMMAND_FRAME = 5;
const MULTITRACK_MANY_CODECS = 2;
const EX_AUDIO = 9;
const AAC = 10;
const OPUS = 13;
const MOD_EX = 7;

/**
 * Visits the tracks of a video message. Whether the message is a key frame is said per track.
 * Returns whether a visit was ended by `true`. Never throws by itself.
 */
export function visitVideoTracks(videoPayload: Uint8Array, visit: TrackVisitor): boolean {
  const first = videoPayload[0];
  if (first === undefined) return visit(0, "unknown") === true;
  const frameType = (first >>> 4) & 7;
  if (first < 0x80) return visit(0, legacyVideoRole(videoPayload, frameType, first & 0x0f)) === true;
  const position = skipModEx(videoPayload);
  if (position < 0) return visit(0, "unknown") === true;
  const packetType = videoPayload[position]! & 0x0f;
  if (frameType === COMMAND_FRAME && packetType !== VideoPacketType.Metadata) {
    return visit(0, position + 1 < videoPayload.length ? "command" : "unknown") === true;
  }
  if (packetType === VideoPacketType.Multitrack) return visitMultitrack(videoPayload, position + 1, frameType, visit);
  return visit(0, trackRole(videoPayload, position + 1, frameType, packetType)) === true;
}

/** Visits the tracks of an audio message, as `visitVideoTracks` does. An empty message is one visit, "silence". */
export function visitAudioTracks(audioPayload: Uint8Array, visit: TrackVisitor): boolean {
  const first = audioPayload[0];
  if (first === undefined) return visit(0, "silence") === true;
  if (first >>> 4 !== EX_AUDIO) return visit(0, legacyAudioRole(audioPayload, first >>> 4)) === true;
  const position = skipModEx(audioPayload);
  if (position < 0) return visit(0, "unknown") === true;
  const packetType = audioPayload[position]! & 0x0f;
  if (packetType === AudioPacketType.Multitrack) return visitMultitrack(audioPayload, position + 1, AUDIO, visit);
  return visit(0, trackRole(audioPayload, position + 1, AUDIO, packetType)) === true;
}

/**
 * Whether the message holds a coded key frame, in any of its tracks. False for sequence headers, and for codecs and
 * packet types this package does not know. A relay that caches several tracks asks `visitVideoTracks` instead.
 */
export function isKeyFrame(videoPayload: Uint8Array): boolean {
  return visitVideoTracks(videoPayload, isKeyFrameRole);
}

/** Whether the message holds a video sequence header, in any of its tracks. */
export function isVideoSequenceHeader(videoPayload: Uint8Array): boolean {
  return visitVideoTracks(videoPayload, isSequenceHeaderRole);
}

/** Whether the message holds an audio sequence header, in any of its tracks. */
export function isAudioSequenceHeader(audioPayload: Uint8Array): boolean {
  return visitAudioTracks(audioPayload, isSequenceHeaderRole);
}

function isKeyFrameRole(_trackId: number, role: TrackRole): boolean {
  return role === "key-frame";
}

function isSequenceHeaderRole(_trackId: number, role: TrackRole): boolean {
  return role === "sequence-header";
}

function legacyVideoRole(payload: Uint8Array, frameType: number, codecId: number): TrackRole {
  if (frameType === COMMAND_FRAME) return payload.length > 1 ? "command" : "unknown";
  const codec = videoCodecsById[codecId];
  if (codec === undefined) return "unknown";
  if (codec !== "avc" && codec !== "hevc" && codec !== "av1") return frameRole(frameType);
  switch (payload[1]) {
    case 0:
      return payload.length >= 5 ? "sequence-header" : "unknown";
    case 1:
      return payload.length >= 5 ? frameRole(frameType) : "unknown";
    case 2:
      return "end-of-sequence";
    default:
      return "unknown";
  }
}

function legacyAudioRole(payload: Uint8Array, codecId: number): TrackRole {
  if (codecId === AAC || codecId === OPUS) {
    if (payload[1] === 0) return "sequence-header";
    return payload[1] === 1 ? "frame" : "unknown";
  }
  return audioCodecsById[codecId] === undefined ? "unknown" : "frame";
}

/** Stands in for the frame type that audio does not have. */
const AUDIO = -1;

/** The role of a body that opens with its FourCC at `position`. */
function trackRole(payload: Uint8Array, position: number, frameType: number, packetType: number): TrackRole {
  if (position + 4 > payload.length) return "unknown";
  return packetRole(readUint32(payload, position), frameType, packetType);
}

function packetRole(fourCc: number, frameType: number, packetType: number): TrackRole {
  if (frameType === AUDIO) return audioCodecOf(fourCc) === undefined ? "unknown" : audioPacketRole(packetType);
  return videoCodecOf(fourCc) === undefined ? "unknown" : videoPacketRole(packetType, frameType);
}

function audioPacketRole(packetType: number): TrackRole {
  switch (packetType) {
    case AudioPacketType.SequenceStart:
      return "sequence-header";
    case AudioPacketType.CodedFrames:
      return "frame";
    case AudioPacketType.SequenceEnd:
      return "end-of-sequence";
    case AudioPacketType.MultichannelConfig:
      return "multichannel-config";
    default:
      return "unknown";
  }
}

function videoPacketRole(packetType: number, frameType: number): TrackRole {
  switch (packetType) {
    case VideoPacketType.SequenceStart:
    case VideoPacketType.Mpeg2TsSequenceStart:
      return "sequence-header";
    case VideoPacketType.CodedFrames:
    case VideoPacketType.CodedFramesX:
      return frameRole(frameType);
    case VideoPacketType.SequenceEnd:
      return "end-of-sequence";
    case VideoPacketType.Metadata:
      return "metadata";
    default:
      return "unknown";
  }
}

function frameRole(frameType: number): TrackRole {
  if (frameType === KEY_FRAME) return "key-frame";
  return frameType <= 4 ? "frame" : "unknown";
}

/** Finds the byte whose low nibble is the packet type, behind all ModEx prefixes; -1 if the message stops before it. */
function skipModEx(payload: Uint8Array): number {
  let position = 0;
  while ((payload[position]! & 0x0f) === MOD_EX) {
    if (position + 4 > payload.length) return -1;
    let size = payload[position + 1]! + 1;
    position += 2;
    if (size === 256) {
      size = readUint16(payload, position) + 1;
      position += 2;
    }
    position += size;
    if (position >= payload.length) return -1;
  }
  return position;
}

function visitMultitrack(payload: Uint8Array, start: number, frameType: number, visit: TrackVisitor): boolean {
  const types = payload[start];
  const multitrackPacketType = frameType === AUDIO ? AudioPacketType.Multitrack : VideoPacketType.Multitrack;
  if (types === undefined || types >>> 4 > MULTITRACK_MANY_CODECS || (types & 0x0f) === multitrackPacketType) {
    return visit(0, "unknown") === true;
  }
  const multitrackType = types >>> 4;
  const fixedFourCcAt = multitrackType === MULTITRACK_MANY_CODECS ? -1 : start + 1;
  let position = fixedFourCcAt < 0 ? start + 1 : start + 5;
  while (position < payload.length) {
    const fourCcAt = fixedFourCcAt < 0 ? position : fixedFourCcAt;
    if (fixedFourCcAt < 0) position += 4;
    const bodyAt = position + (multitrackType === 0 ? 1 : 4);
    if (bodyAt > payload.length) break;
    const end = multitrackType === 0 ? payload.length : bodyAt + readUint24(payload, position + 1);
    if (end > payload.length) break; // the size runs past the message: nobody can read this track
    if (visit(payload[position]!, trackRole(payload, fourCcAt, frameType, types & 0x0f)) === true) return true;
    position = end;
  }
  return false;
}
