import { parseAudioSpecificConfig } from "./audio-config.ts";
import { findAv1SequenceHeader } from "./av1-sequence-header.ts";
import { parseAv1CodecConfigurationRecord } from "./av1-config.ts";
import { parseAvcDecoderConfigurationRecord } from "./avc-config.ts";
import { parseAvcSps } from "./avc-sps.ts";
import { parseFlacStreamInfo } from "./flac-config.ts";
import type { AudioCodec, VideoCodec } from "./four-cc.ts";
import { parseHevcDecoderConfigurationRecord } from "./hevc-config.ts";
import type { HevcProfileTierLevel } from "./hevc-config.ts";
import { parseHevcSps } from "./hevc-sps.ts";
import { parseOpusHead } from "./opus-config.ts";
import { parseVpCodecConfigurationRecord } from "./vp-config.ts";

/** What a video sequence header tells a player or a log. Fields the record does not carry are left out. */
export interface VideoDescription {
  /** The codec as RFC 6381 and media source extensions spell it, e.g. "avc1.64001f". */
  readonly codecString?: string;
  /** Pixels. */
  readonly width?: number;
  /** Pixels. */
  readonly height?: number;
  /** Frames a second. */
  readonly frameRate?: number;
}

/** What an audio sequence header tells a player or a log. Fields the record does not carry are left out. */
export interface AudioDescription {
  /** The codec as RFC 6381 and media source extensions spell it, e.g. "mp4a.40.2". */
  readonly codecString?: string;
  /** Hz. */
  readonly sampleRate?: number;
  readonly channelCount?: number;
}

/** Describes a video stream from the `config` of its sequence header. Throws `FlvError` when the record is broken. */
export function describeVideo(codec: VideoCodec, config: Uint8Array): VideoDescription {
  switch (codec) {
    case "avc":
      return describeAvc(config);
    case "hevc":
      return describeHevc(config);
    case "av1":
      return describeAv1(config);
    case "vp8":
    case "vp9": {
      const { profile, level, bitDepth } = parseVpCodecConfigurationRecord(config);
      const fields = [profile, level, bitDepth].map((field) => String(field).padStart(2, "0"));
      return { codecString: [codec === "vp8" ? "vp08" : "vp09", ...fields].join(".") };
    }
    default:
      return {};
  }
}

/** Describes an audio stream from the `config` of its sequence header. Throws `FlvError` when the record is broken. */
export function describeAudio(codec: AudioCodec, config: Uint8Array): AudioDescription {
  switch (codec) {
    case "aac": {
      const audioConfig = parseAudioSpecificConfig(config);
      const { objectType, samplingFrequency, hasSbr, hasPs, extensionSamplingFrequency } = audioConfig;
      const outerType = hasPs ? 29 : hasSbr ? 5 : objectType;
      return {
        codecString: `mp4a.40.${String(outerType)}`,
        sampleRate: extensionSamplingFrequency ?? samplingFrequency,
        channelCount: hasPs && audioConfig.channelCount === 1 ? 2 : audioConfig.channelCount,
      };
    }
    case "opus":
      if (config.length === 0) return { codecString: "opus", sampleRate: 48_000 };
      return { codecString: "opus", sampleRate: 48_000, channelCount: parseOpusHead(config).channelCount };
    case "flac": {
      const { sampleRate, channelCount } = parseFlacStreamInfo(config);
      return { codecString: "flac", sampleRate, channelCount };
    }
    case "ac3":
      return { codecString: "ac-3" };
    case "eac3":
      return { codecString: "ec-3" };
    case "mp3":
    case "mp3-8k":
      return { codecString: "mp3" };
    default:
      return {};
  }
}

function describeAvc(config: Uint8Array): VideoDescription {
  const record = parseAvcDecoderConfigurationRecord(config);
  const bytes = [record.profileIdc, record.profileCompatibility, record.levelIdc];
  const codecString = `avc1.${bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  const [first] = record.sequenceParameterSets;
  if (first === undefined) return { codecString };
  const { width, height, frameRate } = parseAvcSps(first);
  return { codecString, width, height, ...(frameRate === undefined ? {} : { frameRate }) };
}

function describeHevc(config: Uint8Array): VideoDescription {
  const record = parseHevcDecoderConfigurationRecord(config);
  const codecString = hevcCodecString(record);
  const first = record.arrays.find(({ nalUnitType }) => nalUnitType === 33)?.nalUnits[0];
  if (first === undefined) return { codecString };
  const { width, height } = parseHevcSps(first);
  return { codecString, width, height };
}

/** (ISO/IEC 14496-15 §E.3) */
function hevcCodecString(level: HevcProfileTierLevel): string {
  const space = ["", "A", "B", "C"][level.profileSpace] ?? "";
  const constraints = Array.from(level.constraintFlags, (byte) => byte.toString(16).toUpperCase());
  while (constraints.at(-1) === "0") constraints.pop();
  return [
    "hvc1",
    `${space}${String(level.profileIdc)}`,
    reverseBits(level.profileCompatibility).toString(16).toUpperCase(),
    `${level.isHighTier ? "H" : "L"}${String(level.levelIdc)}`,
    ...constraints,
  ].join(".");
}

function reverseBits(value: number): number {
  let reversed = 0;
  for (let bit = 0; bit < 32; bit++) reversed = (reversed << 1) | ((value >>> bit) & 1);
  return reversed >>> 0;
}

/** (AV1-ISOBMFF §5) */
function describeAv1(config: Uint8Array): VideoDescription {
  const record = parseAv1CodecConfigurationRecord(config);
  const level = String(record.levelIdx).padStart(2, "0") + (record.isHighTier ? "H" : "M");
  const codecString = `av01.${String(record.profile)}.${level}.${String(record.bitDepth).padStart(2, "0")}`;
  const sequence = findAv1SequenceHeader(record.configObus);
  return sequence === undefined ? { codecString } : { codecString, width: sequence.width, height: sequence.height };
}
