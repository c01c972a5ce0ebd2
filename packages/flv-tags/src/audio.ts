import { readUint32 } from "./byte-fields.ts";
import { AudioPacketType, need, readExPrefix, readFourCc, readMultitrack } from "./enhanced.ts";
import type { MultitrackType } from "./enhanced.ts";
import { audioCodecOf, audioCodecsById, fourCcToText } from "./four-cc.ts";
import type { AudioCodec } from "./four-cc.ts";

/** What a legacy tag says about its sound. For AAC, Speex, G.711 and Opus it is a formality and often untrue. */
export interface LegacySound {
  /** Hz. */
  readonly sampleRate: 5500 | 11_025 | 22_050 | 44_100;
  readonly bitsPerSample: 8 | 16;
  readonly isStereo: boolean;
}

/** Fields of every audio tag that has an enhanced or a legacy form. */
export interface AudioTagForm {
  /** Whether the tag has a FourCC header (E-RTMP v2) instead of the four-bit sound format. */
  readonly isEnhanced: boolean;
  /** The sound bits of a legacy tag. Left out when writing one, it is 44 100 Hz, 16 bit, stereo. */
  readonly sound?: LegacySound;
  /** Nanoseconds, 0 to 999 999, to add to the presentation time; only enhanced tags can carry it, outside of tracks. */
  readonly timestampOffsetNanos?: number;
}

/** What a decoder needs before the first frame: AudioSpecificConfig, OpusHead, or FLAC's STREAMINFO. May be empty. */
export interface AudioSequenceHeader extends AudioTagForm {
  readonly kind: "sequence-header";
  readonly codec: AudioCodec;
  /** The configuration. A view. */
  readonly config: Uint8Array;
}

/** One coded frame of sound (for uncompressed codecs, any number of samples). */
export interface AudioFrame extends AudioTagForm {
  readonly kind: "frame";
  readonly codec: AudioCodec;
  /** The frame without container framing: AAC has no ADTS header. A view. */
  readonly data: Uint8Array;
}

/** No more frames follow until the next sequence header. */
export interface AudioEndOfSequence extends AudioTagForm {
  readonly kind: "end-of-sequence";
  readonly codec: AudioCodec;
}

/** Which loudspeaker each channel is for (E-RTMP v2 "MultichannelConfig"). */
export type ChannelLayout =
  /** Only the number of channels is known. */
  | { readonly order: "unspecified"; readonly channelCount: number }
  /** Bit n of the mask stands for the AudioChannel n; channels come in that order. */
  | { readonly order: "native"; readonly channelCount: number; readonly mask: number }
  /** One AudioChannel number for each channel. A view. */
  | { readonly order: "custom"; readonly channelCount: number; readonly mapping: Uint8Array };

/** The channel layout of the frames that follow. */
export interface AudioMultichannelConfig extends AudioTagForm {
  readonly kind: "multichannel-config";
  readonly codec: AudioCodec;
  readonly layout: ChannelLayout;
}

/** A zero-length message: flush the decoder and do not wait for sound (E-RTMP v2). */
export interface AudioSilence {
  readonly kind: "silence";
}

/** A codec, packet type or layout this package does not know. It is no error: pass it on. */
export interface UnknownAudio {
  readonly kind: "unknown";
  /** The legacy sound format, when the tag has no FourCC header. */
  readonly codecId?: number;
  /** The FourCC, when one could be read. */
  readonly fourCc?: string;
  /** The packet type, when there is one. */
  readonly packetType?: number;
  /** The whole tag payload; inside a multitrack message, the bytes of this track. A view. */
  readonly payload: Uint8Array;
}

/** What a track of a multitrack message can be. */
export type AudioTrackTag =
  AudioSequenceHeader | AudioFrame | AudioEndOfSequence | AudioMultichannelConfig | UnknownAudio;

/** One track of a multitrack message. */
export interface AudioTrack {
  /** 0 to 255; 0 is the default track. */
  readonly trackId: number;
  readonly tag: AudioTrackTag;
}

/** Several tracks in one message, all of the same packet type. */
export interface AudioMultitrack extends AudioTagForm {
  readonly kind: "multitrack";
  readonly multitrackType: MultitrackType;
  readonly tracks: readonly AudioTrack[];
}

/** What an audio message says. */
export type AudioTag = AudioTrackTag | AudioSilence | AudioMultitrack;

/** Sample rates of a legacy tag by their two bits (FLV 10.1 §E.4.2.1). */
export const legacySampleRates: readonly LegacySound["sampleRate"][] = [5500, 11_025, 22_050, 44_100];

/** The sound format that announces an enhanced header. */
export const EX_AUDIO_FORMAT = 9;

/**
 * Reads the payload of an audio tag or RTMP audio message. Byte fields of the result are views of `payload`.
 * Throws `FlvError` when a header is cut short or contradicts itself; what is merely unknown has kind `"unknown"`.
 */
export function parseAudioTag(payload: Uint8Array): AudioTag {
  const first = payload[0];
  if (first === undefined) return { kind: "silence" };
  return first >>> 4 === EX_AUDIO_FORMAT ? parseEnhancedAudio(payload) : parseLegacyAudio(payload, first);
}

/** (FLV 10.1 §E.4.2.1) */
function parseLegacyAudio(payload: Uint8Array, first: number): AudioTag {
  const codecId = first >>> 4;
  const codec = audioCodecsById[codecId];
  if (codec === undefined) return { kind: "unknown", codecId, payload };
  const sound: LegacySound = {
    sampleRate: legacySampleRates[(first >>> 2) & 3]!,
    bitsPerSample: (first & 2) === 0 ? 8 : 16,
    isStereo: (first & 1) !== 0,
  };
  const form = { isEnhanced: false, sound };
  if (codec !== "aac" && codec !== "opus") return { kind: "frame", ...form, codec, data: payload.subarray(1) };
  need(payload, 1, 1);
  const packetType = payload[1]!;
  if (packetType === 0) return { kind: "sequence-header", ...form, codec, config: payload.subarray(2) };
  if (packetType === 1) return { kind: "frame", ...form, codec, data: payload.subarray(2) };
  return { kind: "unknown", codecId, packetType, payload };
}

/** (E-RTMP v2 "ExAudioTagHeader") */
function parseEnhancedAudio(payload: Uint8Array): AudioTag {
  const { packetType, position, timestampOffsetNanos } = readExPrefix(payload);
  const form: AudioTagForm =
    timestampOffsetNanos === undefined ? { isEnhanced: true } : { isEnhanced: true, timestampOffsetNanos };
  if (packetType !== AudioPacketType.Multitrack) {
    const fourCc = readFourCc(payload, position);
    return parsePacket({ payload, position: position + 4, packetType, fourCc }, form);
  }
  const multitrack = readMultitrack(payload, position, AudioPacketType.Multitrack);
  const { multitrackType } = multitrack;
  if (multitrackType === undefined) return { kind: "unknown", packetType, payload };
  const tracks = multitrack.tracks.map(({ trackId, fourCc, body }): AudioTrack => {
    const packet = { payload: body, position: 0, packetType: multitrack.packetType, fourCc };
    return { trackId, tag: parsePacket(packet, { isEnhanced: true }) };
  });
  return { kind: "multitrack", ...form, multitrackType, tracks };
}

interface ExAudioPacket {
  readonly payload: Uint8Array;
  /** Where the body begins, behind the FourCC. */
  readonly position: number;
  readonly packetType: number;
  readonly fourCc: number;
}

/** (E-RTMP v2 "ExAudioTagBody") */
function parsePacket(packet: ExAudioPacket, form: AudioTagForm): AudioTrackTag {
  const { payload, position, packetType, fourCc } = packet;
  const codec = audioCodecOf(fourCc);
  const unknown: UnknownAudio = { kind: "unknown", fourCc: fourCcToText(fourCc), packetType, payload };
  if (codec === undefined) return unknown;
  const body = payload.subarray(position);
  switch (packetType) {
    case AudioPacketType.SequenceStart:
      return { kind: "sequence-header", ...form, codec, config: body };
    case AudioPacketType.CodedFrames:
      return { kind: "frame", ...form, codec, data: body };
    case AudioPacketType.SequenceEnd:
      return { kind: "end-of-sequence", ...form, codec };
    case AudioPacketType.MultichannelConfig: {
      const layout = parseChannelLayout(payload, position);
      return layout === undefined ? unknown : { kind: "multichannel-config", ...form, codec, layout };
    }
    default:
      return unknown;
  }
}

/** `undefined` for a reserved channel order (E-RTMP v2 "AudioChannelOrder"). */
function parseChannelLayout(payload: Uint8Array, position: number): ChannelLayout | undefined {
  need(payload, position, 2);
  const channelCount = payload[position + 1]!;
  switch (payload[position]) {
    case 0:
      return { order: "unspecified", channelCount };
    case 1:
      need(payload, position + 2, 4);
      return { order: "native", channelCount, mask: readUint32(payload, position + 2) };
    case 2:
      need(payload, position + 2, channelCount);
      return { order: "custom", channelCount, mapping: payload.subarray(position + 2, position + 2 + channelCount) };
    default:
      return undefined;
  }
}
