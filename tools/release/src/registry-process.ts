// The registry as a process of its own: takes its folder as argument, says its port, ends with its parent.
import type { Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

interface Verdaccio {
  readonly runServer: (config: Readonly<Record<string, unknown>>) => Promise<Server>;
}

const folder = process.argv[2];
if (folder === undefined || process.send === undefined) throw new TypeError("started by registry.ts only");

const require = createRequire(new URL("../registry/package.json", import.meta.url));
const { runServer } = require("verdaccio") as Verdaccio;

const server = await runServer({
  storage: join(folder, "storage"),
  self_path: folder,
  config_path: join(folder, "config.yaml"),
  uplinks: {}, // what was not published here does not exist
  auth: { htpasswd: { file: join(folder, "htpasswd") } },
  packages: { "@rtmp/*": { access: "$all", publish: "$authenticated" } },
  web: { enable: false },
  log: { type: "stdout", format: "pretty", level: "fatal" },
});
process.once("disconnect", () => process.exit());
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
