import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LoadError } from "./load-error.ts";
import type { ServerCommand } from "./server-process.ts";

/** Servers of others that this tool can start by itself. */
export const peerNames = ["nginx", "node-media-server"] as const;
/** One of them. */
export type PeerName = (typeof peerNames)[number];

/** Where a peer is to run. */
export interface PeerPlace {
  /** A temporary folder for its files. */
  readonly folder: string;
  readonly port: number;
  readonly app: string;
  /** Connections to expect. */
  readonly connections: number;
}

/** A peer, ready to be started. */
export interface Peer {
  readonly command: Pick<ServerCommand, "command" | "args">;
  readonly version: string;
}

const peersFolder = join(import.meta.dirname, "../peers");
const INSTALL_MS = 180_000;

/** Writes what the peer needs and installs it if npm has it. Throws a `LoadError` that says what to do if it is not there. */
export function preparePeer(name: PeerName, place: PeerPlace): Peer {
  return name === "nginx" ? prepareNginx(place) : prepareNodeMediaServer(place);
}

/** Where distributions put dynamic modules. */
const nginxModules = ["/usr/lib/nginx/modules", "/usr/lib64/nginx/modules", "/usr/local/lib/nginx/modules"].map(
  (folder) => join(folder, "ngx_rtmp_module.so"),
);

function prepareNginx({ folder, port, app, connections }: PeerPlace): Peer {
  const { stderr, error } = spawnSync("nginx", ["-V"], { encoding: "utf8" });
  const module = nginxModules.find((path) => existsSync(path));
  if (error !== undefined || (module === undefined && !stderr.includes("rtmp"))) {
    throw new LoadError("nginx with its RTMP module is not here: sudo apt-get install nginx libnginx-mod-rtmp");
  }
  const file = join(folder, "nginx.conf");
  writeFileSync(file, nginxConfiguration({ module, folder, port, app, connections }));
  const version = /nginx version: nginx\/(\S+)/.exec(stderr)?.[1] ?? "unknown";
  return { command: { command: "nginx", args: ["-e", "stderr", "-p", folder, "-c", file] }, version };
}

function nginxConfiguration(options: PeerPlace & { readonly module: string | undefined }): string {
  const { module, folder, port, app, connections } = options;
  return `${module === undefined ? "" : `load_module ${module};\n`}daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr warn;
worker_rlimit_nofile ${connections * 2 + 1000};
events {
  worker_connections ${connections * 2 + 500};
}
rtmp {
  access_log off;
  server {
    listen 127.0.0.1:${port};
    chunk_size 4096;
    application ${app} {
      live on;
      wait_key on;
      wait_video on;
      access_log off;
    }
  }
}
`;
}

function prepareNodeMediaServer({ folder, port }: PeerPlace): Peer {
  if (!existsSync(join(peersFolder, "node_modules/node-media-server/package.json"))) installPeers();
  const { version } = JSON.parse(
    readFileSync(join(peersFolder, "node_modules/node-media-server/package.json"), "utf8"),
  ) as { readonly version: string };
  const script = join(peersFolder, "node-media-server.mjs");
  return { command: { command: process.execPath, args: [script, String(port), join(folder, "data")] }, version };
}

/** By the lockfile, without running anybody's scripts. */
function installPeers(): void {
  console.log("installing node-media-server into tools/load/peers");
  const { status, stderr, error } = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
    cwd: peersFolder,
    encoding: "utf8",
    timeout: INSTALL_MS,
  });
  if (status === 0) return;
  throw new LoadError(`npm ci in tools/load/peers failed: ${error?.message ?? stderr.trim().slice(-400)}`);
}
