import { describeAudio, describeVideo, encodeScriptTag, parseAudioTag, parseVideoTag } from "@rtmp/flv-tags";
import type { FlvTag } from "@rtmp/flv-tags";

const avcCodecId = 7;
const aacCodecId = 10;

/**
 * The metadata that raw H.264 and AAC do not have, made from the sequence headers they begin with (FLV 10.1 §E.5).
 * A `frameRate` counts more than what the video says of itself.
 */
export function streamMetadata(headers: readonly FlvTag[], frameRate: number | undefined): FlvTag {
  const properties: Record<string, number> = {};
  for (const header of headers)
    Object.assign(properties, header.type === "video" ? ofVideo(header, frameRate) : ofAudio(header));
  return { type: "script", timestamp: 0, payload: encodeScriptTag("onMetaData", properties) };
}

function ofVideo({ payload }: FlvTag, askedFrameRate: number | undefined): Record<string, number> {
  const video = parseVideoTag(payload);
  if (video.kind !== "sequence-header") return {};
  const { width, height, frameRate } = describeVideo(video.codec, video.config);
  return withoutUnknown({ videocodecid: avcCodecId, width, height, framerate: askedFrameRate ?? frameRate });
}

function ofAudio({ payload }: FlvTag): Record<string, number> {
  const audio = parseAudioTag(payload);
  if (audio.kind !== "sequence-header") return {};
  const { sampleRate, channelCount } = describeAudio(audio.codec, audio.config);
  return withoutUnknown({ audiocodecid: aacCodecId, audiosamplerate: sampleRate, audiochannels: channelCount });
}

function withoutUnknown(properties: Record<string, number | undefined>): Record<string, number> {
  const known = Object.entries(properties).filter((entry): entry is [string, number] => entry[1] !== undefined);
  return Object.fromEntries(known);
}
