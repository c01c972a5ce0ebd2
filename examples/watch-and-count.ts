// Plays a stream to its end and counts what comes: node watch-and-count.ts rtmp://host/live/camera
import { play } from "@rtmp/client";
import { isKeyFrame } from "@rtmp/flv-tags";

const [url = "rtmp://127.0.0.1/live/stream0"] = process.argv.slice(2);

const counts = { audio: 0, video: 0, script: 0 };
let keyFrames = 0;
let lastTimestamp = 0;
await using player = await play(url);
for await (const tag of player) {
  counts[tag.type]++;
  if (tag.type === "video" && isKeyFrame(tag.payload)) keyFrames++;
  lastTimestamp = tag.timestamp;
}
console.log(`${counts.audio} audio, ${counts.video} video (${keyFrames} key frames), ${counts.script} script`);
console.log(`until ${lastTimestamp} ms`);
