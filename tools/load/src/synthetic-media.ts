import {
  aacFrame,
  aacSequenceHeader,
  avcConfigFromParameterSets,
  avcFrame,
  avcSequenceHeader,
  encodeAudioSpecificConfig,
  encodeAvcDecoderConfigurationRecord,
  encodeScriptTag,
} from "@rtmp/flv-tags";
import type { FlvTag } from "@rtmp/flv-tags";
import { MediaLoop } from "./media-loop.ts";

const VIDEO_PER_SECOND = 30;
const AUDIO_PER_SECOND = 38;
const GOP_MS = 2000;
const FRAMES_PER_GOP = (VIDEO_PER_SECOND * GOP_MS) / 1000;
/** A key frame is as big as so many others. */
const KEY_FRAME_WEIGHT = 12;
/** The sizes of the frames between key frames swing by so much around their mean. */
const SIZE_SWING = 0.3;

/** Below it, frames would be too small for a stamp. */
export const MIN_BITS_PER_SECOND = 60_000;
/** Above it, a key frame would be longer than many a server takes. */
export const MAX_BITS_PER_SECOND = 40_000_000;

/** Baseline profile, level 3.0, 640 × 480, one reference frame (ISO/IEC 14496-10 §7.3.2.1.1). */
const sequenceParameterSet = Uint8Array.of(0x67, 0x42, 0xc0, 0x1e, 0xda, 0x02, 0x80, 0xf6, 0x40);
/** CAVLC, everything else at its plainest (ISO/IEC 14496-10 §7.3.2.2). */
const pictureParameterSet = Uint8Array.of(0x68, 0xce, 0x38, 0x80);

/**
 * Makes one GOP of H.264 and AAC in all but the pictures and the sound: headers, sizes and times are those of an encoder, the
 * coded bytes are filler. Throws a `RangeError` for a bit rate outside of its limits.
 */
export function syntheticMedia(bitsPerSecond: number): MediaLoop {
  if (!(bitsPerSecond >= MIN_BITS_PER_SECOND && bitsPerSecond <= MAX_BITS_PER_SECOND)) {
    throw new RangeError(`a bit rate must be from ${MIN_BITS_PER_SECOND} to ${MAX_BITS_PER_SECOND} bit/s`);
  }
  const audioBitsPerSecond = Math.min(bitsPerSecond * 0.31, 128_000);
  const audioSize = Math.round(audioBitsPerSecond / 8 / AUDIO_PER_SECOND);
  const gopBytes = (((bitsPerSecond - audioBitsPerSecond) / 8) * GOP_MS) / 1000;
  const meanSize = gopBytes / (FRAMES_PER_GOP - 1 + KEY_FRAME_WEIGHT);
  const video = Array.from({ length: FRAMES_PER_GOP }, (_, i): FlvTag => {
    const isKey = i === 0;
    const size = Math.round(isKey ? meanSize * KEY_FRAME_WEIGHT : meanSize * (1 + SIZE_SWING * Math.sin(i * 2.4)));
    return { type: "video", timestamp: Math.round((i * 1000) / VIDEO_PER_SECOND), payload: picture(isKey, size) };
  });
  const audio = Array.from({ length: (AUDIO_PER_SECOND * GOP_MS) / 1000 }, (_, i): FlvTag => {
    const payload = aacFrame(filler(audioSize - 2));
    return { type: "audio", timestamp: Math.round((i * 1000) / AUDIO_PER_SECOND), payload };
  });
  const frames = [...video, ...audio].sort((a, b) => a.timestamp - b.timestamp); // stable: video before audio
  return new MediaLoop(headers(bitsPerSecond), frames, GOP_MS, "synthetic H.264 and AAC");
}

function headers(bitsPerSecond: number): FlvTag[] {
  const config = avcConfigFromParameterSets([sequenceParameterSet], [pictureParameterSet]);
  const sound = encodeAudioSpecificConfig({ objectType: 2, samplingFrequency: 44_100, channelConfiguration: 2 });
  const metadata = {
    width: 640,
    height: 480,
    framerate: VIDEO_PER_SECOND,
    videocodecid: 7,
    audiocodecid: 10,
    videodatarate: bitsPerSecond / 1000,
  };
  return [
    { type: "script", timestamp: 0, payload: encodeScriptTag("onMetaData", metadata) },
    { type: "video", timestamp: 0, payload: avcSequenceHeader(encodeAvcDecoderConfigurationRecord(config)) },
    { type: "audio", timestamp: 0, payload: aacSequenceHeader(sound) },
  ];
}

/** A slice that begins as one and goes on as filler; `size` is that of the whole payload. */
function picture(isKey: boolean, size: number): Uint8Array {
  const nalSize = size - 9; // five bytes of tag header, four of NAL unit length
  const data = new Uint8Array(4 + nalSize);
  new DataView(data.buffer).setUint32(0, nalSize);
  data.set(filler(nalSize), 4);
  data[4] = isKey ? 0x65 : 0x41;
  return avcFrame({ isKey, compositionTimeOffset: 0, data });
}

/** Bytes without meaning and without a zero: nothing in them looks like a start code. */
function filler(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => 0x80 | (i * 37 + (i >> 5)));
}
