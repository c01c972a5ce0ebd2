// Starts node-media-server on loopback with RTMP alone: node node-media-server.mjs PORT DATA_FOLDER
import { join } from "node:path";
import NodeMediaServer from "node-media-server";

const [port, folder] = process.argv.slice(2);
const server = new NodeMediaServer(
  {
    bind: "127.0.0.1",
    notify: { url: "" },
    store: { path: folder },
    auth: { play: false, publish: false, secret: "" },
    rtmp: { port: Number(port) },
    http: {},
    webadmin: { enable: false },
    record: { auto: false, path: join(folder, "record") },
  },
  join(folder, "config.json"),
);
await server.run();
