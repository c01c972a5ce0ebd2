// Says what is in an FLV file: node flv-info.ts camera.flv
import { createReadStream } from "node:fs";
import { describeAudio, describeVideo, parseAudioTag, parseScriptTag, parseVideoTag, readFlv } from "@rtmp/flv-tags";

const [file = "camera.flv"] = process.argv.slice(2);

let frames = 0;
let lastTimestamp = 0;
for await (const tag of readFlv(createReadStream(file))) {
  lastTimestamp = tag.timestamp;
  if (tag.type === "script") {
    console.log(parseScriptTag(tag.payload).name);
  } else if (tag.type === "video") {
    const video = parseVideoTag(tag.payload);
    if (video.kind === "frame") frames++;
    if (video.kind !== "sequence-header") continue;
    const { codecString, width, height } = describeVideo(video.codec, video.config);
    console.log(`video: ${codecString ?? video.codec}, ${width ?? "?"}x${height ?? "?"}`);
  } else {
    const audio = parseAudioTag(tag.payload);
    if (audio.kind !== "sequence-header") continue;
    const { codecString, sampleRate, channelCount } = describeAudio(audio.codec, audio.config);
    console.log(`audio: ${codecString ?? audio.codec}, ${sampleRate ?? "?"} Hz, ${channelCount ?? "?"} channels`);
  }
}
console.log(`${frames} frames, ${lastTimestamp} ms`);
