// A live relay inside a program of your own: one publishes, everybody may watch.
import { play, publish } from "@rtmp/client";
import { aacFrame } from "@rtmp/flv-tags";
import { createRtmpServer } from "@rtmp/server";

await using server = createRtmpServer({ port: 0 }); // any free port; without it 1935
server.on("publish", ({ streamPath }) => console.log(`${streamPath} is live`));
server.on("play", ({ streamPath }) => console.log(`${streamPath} has a viewer`));
server.on("unpublish", ({ streamPath }, _client, reason) => console.log(`${streamPath} has ended: ${reason}`));
const { port } = await server.listen();

// That is the relay. The rest plays both ends, to show it at work.
const url = `rtmp://127.0.0.1:${port}/live/microphone`;
await using publisher = await publish(url);
await using player = await play(url);
for (const timestamp of [0, 23, 46]) {
  await publisher.write({ type: "audio", timestamp, payload: aacFrame(new Uint8Array(100)) });
}
await publisher.close();
for await (const tag of player) console.log(`${tag.type} at ${tag.timestamp} ms, ${tag.payload.length} bytes`);
