// Sends an FLV file to a server in real time: node publish-a-file.ts camera.flv rtmp://host/live/camera
import { createReadStream } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { publish } from "@rtmp/client";
import { readFlv } from "@rtmp/flv-tags";

const [file = "camera.flv", url = "rtmp://127.0.0.1/live/stream0"] = process.argv.slice(2);

await using publisher = await publish(url);
const startedAt = performance.now();
let count = 0;
for await (const tag of readFlv(createReadStream(file))) {
  await setTimeout(tag.timestamp - (performance.now() - startedAt));
  await publisher.write(tag); // waits when the server is slower than we are
  count++;
}
await publisher.close();
console.log(`published ${count} tags`);
