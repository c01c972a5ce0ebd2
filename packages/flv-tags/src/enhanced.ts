import { concatBytes, readUint16, readUint24, readUint32, writeUint24, writeUint32 } from "./byte-fields.ts";
import { FlvError } from "./errors.ts";

/** Packet types of enhanced video headers (E-RTMP v2 "VideoPacketType"). */
export const VideoPacketType = {
  SequenceStart: 0,
  CodedFrames: 1,
  SequenceEnd: 2,
  CodedFramesX: 3,
  Metadata: 4,
  Mpeg2TsSequenceStart: 5,
  Multitrack: 6,
  ModEx: 7,
} as const;

/** Packet types of enhanced audio headers (E-RTMP v2 "AudioPacketType"). */
export const AudioPacketType = {
  SequenceStart: 0,
  CodedFrames: 1,
  SequenceEnd: 2,
  MultichannelConfig: 4,
  Multitrack: 5,
  ModEx: 7,
} as const;

/** How a multitrack message lays out its tracks (E-RTMP v2 "AvMultitrackType"). */
export type MultitrackType = "one-track" | "many-tracks" | "many-tracks-many-codecs";

const multitrackTypes: readonly MultitrackType[] = ["one-track", "many-tracks", "many-tracks-many-codecs"];
const MOD_EX = 7; // the same number for video and audio
const TIMESTAMP_OFFSET_NANO = 0;
const MAX_TIMESTAMP_OFFSET_NANO = 999_999;

/** The part of an enhanced header that comes before FourCC or track list. */
export interface ExPrefix {
  readonly packetType: number;
  /** Where the next field begins. */
  readonly position: number;
  readonly timestampOffsetNanos: number | undefined;
}

/** The bytes of one track inside a multitrack message, still unread. */
export interface RawTrack {
  readonly trackId: number;
  readonly fourCc: number;
  readonly body: Uint8Array;
}

/**
 * Reads the packet type behind any number of ModEx prefixes (E-RTMP v2 "ModEx").
 * Prefixes of unknown type are skipped, and so are nanosecond offsets of a millisecond and more, which are not allowed.
 */
export function readExPrefix(payload: Uint8Array): ExPrefix {
  let position = 0;
  let timestampOffsetNanos: number | undefined;
  need(payload, position, 1);
  while ((payload[position]! & 0x0f) === MOD_EX) {
    need(payload, position, 2);
    let size = payload[position + 1]! + 1;
    position += 2;
    if (size === 256) {
      need(payload, position, 2);
      size = readUint16(payload, position) + 1;
      position += 2;
    }
    need(payload, position, size + 1);
    if (payload[position + size]! >>> 4 === TIMESTAMP_OFFSET_NANO) {
      if (size < 3) throw new FlvError("FLV_BAD_MOD_EX", position, `a nanosecond offset of ${String(size)} bytes`);
      const nanos = readUint24(payload, position);
      if (nanos <= MAX_TIMESTAMP_OFFSET_NANO) timestampOffsetNanos = nanos;
    }
    position += size;
  }
  return { packetType: payload[position]! & 0x0f, position: position + 1, timestampOffsetNanos };
}

/** Reads a FourCC that must be there. */
export function readFourCc(payload: Uint8Array, position: number): number {
  need(payload, position, 4);
  return readUint32(payload, position);
}

/** What a multitrack message holds; `multitrackType` is `undefined` for a reserved layout, which nobody can read. */
export interface RawMultitrack {
  readonly multitrackType: MultitrackType | undefined;
  readonly packetType: number;
  readonly tracks: readonly RawTrack[];
}

/** Reads a multitrack message to its end (E-RTMP v2 "Multitrack"). `multitrackPacketType` is 6 in video, 5 in audio. */
export function readMultitrack(payload: Uint8Array, start: number, multitrackPacketType: number): RawMultitrack {
  need(payload, start, 1);
  const packetType = payload[start]! & 0x0f;
  const multitrackType = multitrackTypes[payload[start]! >>> 4];
  if (packetType === multitrackPacketType) {
    throw new FlvError("FLV_BAD_MULTITRACK", start, "a multitrack message inside a multitrack message");
  }
  if (multitrackType === undefined) return { multitrackType, packetType, tracks: [] };
  const tracks: RawTrack[] = [];
  let position = start + 1;
  let fourCc = 0;
  if (multitrackType !== "many-tracks-many-codecs") {
    fourCc = readFourCc(payload, position);
    position += 4;
  }
  do {
    if (multitrackType === "many-tracks-many-codecs") {
      fourCc = readFourCc(payload, position);
      position += 4;
    }
    need(payload, position, 1);
    const trackId = payload[position]!;
    position += 1;
    let size = payload.length - position;
    if (multitrackType !== "one-track") {
      need(payload, position, 3);
      size = readUint24(payload, position);
      position += 3;
      need(payload, position, size);
    }
    tracks.push({ trackId, fourCc, body: payload.subarray(position, position + size) });
    position += size;
  } while (position < payload.length);
  return { multitrackType, packetType, tracks };
}

/** Writes the first byte, or, with a nanosecond offset, the ModEx prefix that takes its place. `highNibble` is shifted. */
export function encodeExPrefix(
  highNibble: number,
  packetType: number,
  timestampOffsetNanos: number | undefined,
): Uint8Array {
  if (timestampOffsetNanos === undefined) return Uint8Array.of(highNibble | packetType);
  if (
    !Number.isInteger(timestampOffsetNanos) ||
    timestampOffsetNanos < 0 ||
    timestampOffsetNanos > MAX_TIMESTAMP_OFFSET_NANO
  ) {
    throw new RangeError("timestampOffsetNanos must be a whole number from 0 to 999999");
  }
  const bytes = Uint8Array.of(highNibble | MOD_EX, 2, 0, 0, 0, (TIMESTAMP_OFFSET_NANO << 4) | packetType);
  writeUint24(bytes, 2, timestampOffsetNanos);
  return bytes;
}

/** Writes what follows the first byte of a multitrack message. */
export function encodeMultitrack(
  multitrackType: MultitrackType,
  packetType: number,
  tracks: readonly RawTrack[],
): Uint8Array {
  const [first] = tracks;
  if (first === undefined) throw new RangeError("tracks must not be empty");
  if (multitrackType === "one-track" && tracks.length > 1) throw new RangeError("tracks must be one for one-track");
  const parts: Uint8Array[] = [Uint8Array.of((multitrackTypes.indexOf(multitrackType) << 4) | packetType)];
  const isManyCodecs = multitrackType === "many-tracks-many-codecs";
  if (!isManyCodecs) parts.push(fourCcBytes(first.fourCc));
  for (const { trackId, fourCc, body } of tracks) {
    if (!isManyCodecs && fourCc !== first.fourCc) {
      throw new RangeError(`tracks of several codecs need many-tracks-many-codecs, not ${multitrackType}`);
    }
    if (!Number.isInteger(trackId) || trackId < 0 || trackId > 255) throw new RangeError("trackId must be 0 to 255");
    if (isManyCodecs) parts.push(fourCcBytes(fourCc));
    parts.push(Uint8Array.of(trackId));
    if (multitrackType !== "one-track") {
      if (body.length > 0xffffff) throw new RangeError("a track must not exceed 16777215 bytes");
      const size = new Uint8Array(3);
      writeUint24(size, 0, body.length);
      parts.push(size);
    }
    parts.push(body);
  }
  return concatBytes(parts);
}

/** Writes a FourCC as its four bytes. */
export function fourCcBytes(fourCc: number): Uint8Array {
  const bytes = new Uint8Array(4);
  writeUint32(bytes, 0, fourCc);
  return bytes;
}

/** Throws `FLV_TRUNCATED` unless `size` bytes are there. */
export function need(payload: Uint8Array, position: number, size: number): void {
  if (position + size > payload.length) {
    throw new FlvError("FLV_TRUNCATED", payload.length, `${String(size)} bytes wanted at ${String(position)}`);
  }
}
