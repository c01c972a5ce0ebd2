// Lets only those publish who know the token of their stream: rtmp://host/live/camera?token=sesame
import { publish } from "@rtmp/client";
import { createRtmpServer, Rejection } from "@rtmp/server";

const tokens = new Map([["camera", "sesame"]]);

await using server = createRtmpServer({
  port: 0,
  hooks: {
    // A hook may be async and ask a database; while it does, the client waits.
    onPublish({ streamKey, query }) {
      if (query.get("token") === tokens.get(streamKey)) return;
      throw new Rejection("NetStream.Publish.BadName", "unknown stream or token");
    },
  },
});
const { port } = await server.listen();

for (const stream of ["camera?token=sesame", "camera?token=guess", "camera", "garden?token=sesame"]) {
  try {
    const publisher = await publish(`rtmp://127.0.0.1:${port}/live/${stream}`);
    await publisher.close();
    console.log(`${stream}: published`);
  } catch (error) {
    console.log(`${stream}: ${error instanceof Error ? error.message : "refused"}`);
  }
}
