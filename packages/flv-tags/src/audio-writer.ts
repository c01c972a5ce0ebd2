import { EX_AUDIO_FORMAT, legacySampleRates } from "./audio.ts";
import type { AudioMultitrack, AudioTag, AudioTrackTag, ChannelLayout, LegacySound } from "./audio.ts";
import { concatBytes, writeUint32 } from "./byte-fields.ts";
import { AudioPacketType, encodeExPrefix, encodeMultitrack, fourCcBytes } from "./enhanced.ts";
import type { RawTrack } from "./enhanced.ts";
import { audioCodecsById, fourCcOf, fourCcToNumber } from "./four-cc.ts";
import type { AudioCodec } from "./four-cc.ts";

const NO_BYTES: Uint8Array = new Uint8Array(0);
const USUAL_SOUND: LegacySound = { sampleRate: 44_100, bitsPerSample: 16, isStereo: true };

/**
 * Writes the payload of an audio tag; `parseAudioTag` of the result gives the tag back.
 * Throws `RangeError` for what the wire has no form for, such as FLAC in a legacy tag.
 */
export function encodeAudioTag(tag: AudioTag): Uint8Array {
  if (tag.kind === "silence") return new Uint8Array(0);
  if (tag.kind === "unknown") return tag.payload.slice();
  return tag.isEnhanced ? encodeEnhancedAudio(tag) : encodeLegacyAudio(tag);
}

/** Writes the sequence header of an AAC stream. `audioConfig` is an AudioSpecificConfig. */
export function aacSequenceHeader(audioConfig: Uint8Array): Uint8Array {
  return encodeAudioTag({ kind: "sequence-header", isEnhanced: false, codec: "aac", config: audioConfig });
}

/** Writes one raw AAC frame, which has no ADTS header. */
export function aacFrame(data: Uint8Array): Uint8Array {
  return encodeAudioTag({ kind: "frame", isEnhanced: false, codec: "aac", data });
}

type KnownAudioTag = Exclude<AudioTag, { readonly kind: "unknown" | "silence" }>;
type KnownTrackTag = Exclude<AudioTrackTag, { readonly kind: "unknown" }>;

/** (FLV 10.1 §E.4.2.1) */
function encodeLegacyAudio(tag: KnownAudioTag): Uint8Array {
  if (tag.timestampOffsetNanos !== undefined) throw new RangeError("timestampOffsetNanos needs an enhanced tag");
  if (tag.kind !== "sequence-header" && tag.kind !== "frame") {
    throw new RangeError(`a legacy audio tag cannot be ${tag.kind}`);
  }
  const codecId = audioCodecsById.indexOf(tag.codec);
  if (codecId < 0) throw new RangeError(`${tag.codec} has no legacy audio tag`);
  const first = (codecId << 4) | soundBits(tag.sound ?? USUAL_SOUND);
  const hasPacketType = tag.codec === "aac" || tag.codec === "opus";
  if (tag.kind === "sequence-header") {
    if (!hasPacketType) throw new RangeError(`${tag.codec} has no sequence header`);
    return concatBytes([Uint8Array.of(first, 0), tag.config]);
  }
  return concatBytes([hasPacketType ? Uint8Array.of(first, 1) : Uint8Array.of(first), tag.data]);
}

function soundBits(sound: LegacySound): number {
  const rate = legacySampleRates.indexOf(sound.sampleRate);
  if (rate < 0) throw new RangeError(`a legacy tag has no sampleRate ${String(sound.sampleRate)}`);
  return (rate << 2) | (sound.bitsPerSample === 16 ? 2 : 0) | (sound.isStereo ? 1 : 0);
}

/** (E-RTMP v2 "ExAudioTagHeader") */
function encodeEnhancedAudio(tag: KnownAudioTag): Uint8Array {
  if (tag.kind === "multitrack") return encodeAudioMultitrack(tag);
  const prefix = encodeExPrefix(EX_AUDIO_FORMAT << 4, packetTypeOf(tag), tag.timestampOffsetNanos);
  return concatBytes([prefix, fourCcBytes(fourCcFor(tag.codec)), encodeBody(tag)]);
}

function encodeAudioMultitrack(tag: AudioMultitrack): Uint8Array {
  const [first] = tag.tracks;
  if (first === undefined) throw new RangeError("tracks must not be empty");
  const packetType = packetTypeOf(first.tag);
  const tracks = tag.tracks.map(({ trackId, tag: track }): RawTrack => {
    if (packetTypeOf(track) !== packetType) throw new RangeError("tracks of one message share their packet type");
    if (track.kind === "unknown") {
      if (track.fourCc === undefined) throw new RangeError("an unknown track needs its fourCc");
      return { trackId, fourCc: fourCcToNumber(track.fourCc), body: track.payload };
    }
    if (!track.isEnhanced) throw new RangeError("tracks are enhanced tags");
    if (track.timestampOffsetNanos !== undefined) throw new RangeError("timestampOffsetNanos belongs to the message");
    return { trackId, fourCc: fourCcFor(track.codec), body: encodeBody(track) };
  });
  const prefix = encodeExPrefix(EX_AUDIO_FORMAT << 4, AudioPacketType.Multitrack, tag.timestampOffsetNanos);
  return concatBytes([prefix, encodeMultitrack(tag.multitrackType, packetType, tracks)]);
}

function packetTypeOf(tag: AudioTrackTag): number {
  switch (tag.kind) {
    case "sequence-header":
      return AudioPacketType.SequenceStart;
    case "frame":
      return AudioPacketType.CodedFrames;
    case "end-of-sequence":
      return AudioPacketType.SequenceEnd;
    case "multichannel-config":
      return AudioPacketType.MultichannelConfig;
    case "unknown":
      if (tag.packetType === undefined) throw new RangeError("an unknown track needs its packetType");
      return tag.packetType;
  }
}

function fourCcFor(codec: AudioCodec): number {
  const fourCc = fourCcOf(codec);
  if (fourCc === undefined) throw new RangeError(`${codec} has no FourCC`);
  return fourCc;
}

function encodeBody(tag: KnownTrackTag): Uint8Array {
  switch (tag.kind) {
    case "sequence-header":
      return tag.config;
    case "frame":
      return tag.data;
    case "end-of-sequence":
      return NO_BYTES;
    case "multichannel-config":
      return encodeChannelLayout(tag.layout);
  }
}

function encodeChannelLayout(layout: ChannelLayout): Uint8Array {
  const { channelCount } = layout;
  if (!Number.isInteger(channelCount) || channelCount < 0 || channelCount > 255) {
    throw new RangeError("channelCount must be 0 to 255");
  }
  switch (layout.order) {
    case "unspecified":
      return Uint8Array.of(0, channelCount);
    case "native": {
      const bytes = Uint8Array.of(1, channelCount, 0, 0, 0, 0);
      writeUint32(bytes, 2, layout.mask);
      return bytes;
    }
    case "custom":
      if (layout.mapping.length !== channelCount) throw new RangeError("mapping must have channelCount bytes");
      return concatBytes([Uint8Array.of(2, channelCount), layout.mapping]);
  }
}
