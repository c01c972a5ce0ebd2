import {
  aacFrame,
  aacSequenceHeader,
  avcConfigFromParameterSets,
  avcFrame,
  avcSequenceHeader,
  encodeAvcDecoderConfigurationRecord,
  encodeFlvHeader,
  encodeFlvTag,
  encodeScriptTag,
} from "@rtmp/flv-tags";
import type { FlvTag } from "@rtmp/flv-tags";

/** Baseline profile, level 3, 640x360 (ITU-T H.264 §7.3.2.1.1). */
const sps = Uint8Array.of(0x67, 0x42, 0xc0, 0x1e, 0xda, 0x02, 0x80, 0xbf, 0xe5, 0x40);
const pps = Uint8Array.of(0x68, 0xce, 0x38, 0x80);
/** AAC-LC, 44 100 Hz, two channels (ISO/IEC 14496-3 §1.6.2.1). */
const audioConfig = Uint8Array.of(0x12, 0x10);

function video(timestamp: number, payload: Uint8Array): FlvTag {
  return { type: "video", timestamp, payload };
}

function audio(timestamp: number, payload: Uint8Array): FlvTag {
  return { type: "audio", timestamp, payload };
}

/** A picture of one NAL unit with a four-byte length: right in form, black at best. */
function picture(isKey: boolean): Uint8Array {
  const data = Uint8Array.of(0, 0, 0, 5, isKey ? 0x65 : 0x41, 0x88, 0x84, 0x00, 0x10);
  return avcFrame({ isKey, compositionTimeOffset: 0, data });
}

/** A file of half a second: metadata, headers, and five frames of each, the first of them a key frame. */
export function sampleFile(): Uint8Array {
  const avcConfig = encodeAvcDecoderConfigurationRecord(avcConfigFromParameterSets([sps], [pps]));
  const tags: FlvTag[] = [
    { type: "script", timestamp: 0, payload: encodeScriptTag("onMetaData", { width: 640, height: 360 }) },
    video(0, avcSequenceHeader(avcConfig)),
    audio(0, aacSequenceHeader(audioConfig)),
  ];
  for (const timestamp of [0, 100, 200, 300, 400]) {
    tags.push(video(timestamp, picture(timestamp === 0)), audio(timestamp, aacFrame(new Uint8Array(64))));
  }
  return Buffer.concat([encodeFlvHeader({ audio: true, video: true }), ...tags.map((tag) => encodeFlvTag(tag))]);
}
