import { readUint32 } from "./byte-fields.ts";

/** Video codecs this package has a name for. */
export type VideoCodec =
  "sorenson-h263" | "screen" | "vp6" | "vp6-alpha" | "screen2" | "avc" | "hevc" | "vvc" | "av1" | "vp8" | "vp9";

/** Audio codecs this package has a name for. */
export type AudioCodec =
  | "pcm"
  | "adpcm"
  | "mp3"
  | "pcm-le"
  | "nellymoser-16k"
  | "nellymoser-8k"
  | "nellymoser"
  | "g711-alaw"
  | "g711-mulaw"
  | "aac"
  | "speex"
  | "opus"
  | "mp3-8k"
  | "device-specific"
  | "ac3"
  | "eac3"
  | "flac";

/** Writes four characters as the number that stands for them in `onMetaData`: "av01" is 1635135537 (E-RTMP v2). */
export function fourCcToNumber(text: string): number {
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  if (bytes.length !== 4) throw new RangeError(`a FourCC has four characters: ${text}`);
  return readUint32(bytes, 0);
}

/** Writes the number form of a FourCC as its four characters. */
export function fourCcToText(fourCc: number): string {
  return String.fromCharCode(fourCc >>> 24, (fourCc >>> 16) & 0xff, (fourCc >>> 8) & 0xff, fourCc & 0xff);
}

/** The codec behind a video FourCC, `undefined` for one this package does not know (E-RTMP v2 "VideoFourCc"). */
export function videoCodecOf(fourCc: number): VideoCodec | undefined {
  switch (fourCc) {
    case 0x61766331: // avc1
      return "avc";
    case 0x68766331: // hvc1
      return "hevc";
    case 0x76766331: // vvc1
      return "vvc";
    case 0x61763031: // av01
      return "av1";
    case 0x76703038: // vp08
      return "vp8";
    case 0x76703039: // vp09
      return "vp9";
    default:
      return undefined;
  }
}

/** The codec behind an audio FourCC, `undefined` for one this package does not know (E-RTMP v2 "AudioFourCc"). */
export function audioCodecOf(fourCc: number): AudioCodec | undefined {
  switch (fourCc) {
    case 0x6d703461: // mp4a
      return "aac";
    case 0x4f707573: // Opus
      return "opus";
    case 0x664c6143: // fLaC
      return "flac";
    case 0x61632d33: // ac-3
      return "ac3";
    case 0x65632d33: // ec-3
      return "eac3";
    case 0x2e6d7033: // .mp3
      return "mp3";
    default:
      return undefined;
  }
}

/** The FourCC of a codec, `undefined` for codecs that only have a legacy id. */
export function fourCcOf(codec: VideoCodec | AudioCodec): number | undefined {
  const text = fourCcTexts.get(codec);
  return text === undefined ? undefined : fourCcToNumber(text);
}

const fourCcTexts: ReadonlyMap<VideoCodec | AudioCodec, string> = new Map<VideoCodec | AudioCodec, string>([
  ["avc", "avc1"],
  ["hevc", "hvc1"],
  ["vvc", "vvc1"],
  ["av1", "av01"],
  ["vp8", "vp08"],
  ["vp9", "vp09"],
  ["aac", "mp4a"],
  ["opus", "Opus"],
  ["flac", "fLaC"],
  ["ac3", "ac-3"],
  ["eac3", "ec-3"],
  ["mp3", ".mp3"],
]);

/** Legacy video codec ids; 12 and 13 are the extension that encoders and CDNs in China agreed on (FLV 10.1 §E.4.3.1). */
export const videoCodecsById: readonly (VideoCodec | undefined)[] = [
  undefined,
  undefined,
  "sorenson-h263",
  "screen",
  "vp6",
  "vp6-alpha",
  "screen2",
  "avc",
  undefined,
  undefined,
  undefined,
  undefined,
  "hevc",
  "av1",
  undefined,
  undefined,
];

/** Legacy sound formats; 9 announces an enhanced header, 13 is the same extension as above (FLV 10.1 §E.4.2.1). */
export const audioCodecsById: readonly (AudioCodec | undefined)[] = [
  "pcm",
  "adpcm",
  "mp3",
  "pcm-le",
  "nellymoser-16k",
  "nellymoser-8k",
  "nellymoser",
  "g711-alaw",
  "g711-mulaw",
  undefined,
  "aac",
  "speex",
  undefined,
  "opus",
  "mp3-8k",
  "device-specific",
];
