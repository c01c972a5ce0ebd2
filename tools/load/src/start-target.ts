import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { LoadError } from "./load-error.ts";
import type { LoadedServer } from "./load-run.ts";
import { preparePeer } from "./peers.ts";
import type { Target } from "./plan.ts";
import { freePort, ServerProcess } from "./server-process.ts";
import type { ServerCommand } from "./server-process.ts";

const root = join(import.meta.dirname, "../../..");
const ourProgram = join(root, "apps/server/dist/main.js");
const BUILD_MS = 300_000;

/** Where and for what a target is started. */
export interface TargetPlace {
  /** A temporary folder for logs and configurations. */
  readonly folder: string;
  readonly app: string;
  /** Connections to expect. */
  readonly connections: number;
}

/** A target that takes connections. */
export interface StartedTarget {
  readonly server: LoadedServer;
  /** Empty if nobody says. */
  readonly version: string;
  /** Ends what was started, and nothing else. */
  stop(): Promise<void>;
}

/** Starts a target and waits until it listens. Rejects with a `LoadError` if that does not come about. */
export async function startTarget(target: Target, place: TargetPlace, signal: AbortSignal): Promise<StartedTarget> {
  if (target.kind === "running") {
    const { host, port, app } = target;
    return { server: { host, port, app, tree: undefined, end: () => undefined }, version: "", stop: nothing };
  }
  const { command, version } = await prepare(target, place);
  const process = await ServerProcess.start(command, signal);
  const server = {
    host: "127.0.0.1",
    port: command.port,
    app: place.app,
    tree: process.tree,
    end: () => (process.hasEnded ? process.lastWords : undefined),
  };
  return { server, version, stop: () => process.stop() };
}

async function prepare(
  target: Exclude<Target, { readonly kind: "running" }>,
  place: TargetPlace,
): Promise<{ readonly command: ServerCommand; readonly version: string }> {
  const { folder } = place;
  const logFile = join(folder, "server.log");
  if (target.kind === "command") {
    const { command, port } = target;
    return { command: { command, port, cwd: process.env.INIT_CWD ?? process.cwd(), logFile }, version: "" };
  }
  const port = await freePort();
  if (target.kind === "peer") {
    const peer = preparePeer(target.peer, { ...place, port });
    return { command: { ...peer.command, cwd: folder, port, logFile }, version: peer.version };
  }
  buildOurs();
  const args = [ourProgram, "--port", String(port), "--log-level", "warn", ...target.args];
  return { command: { command: process.execPath, args, cwd: root, port, logFile }, version: ourVersion() };
}

/** Builds our server if it is not built, and says so if it was built before its sources changed. */
function buildOurs(): void {
  if (existsSync(ourProgram)) {
    const builtAt = statSync(ourProgram).mtimeMs;
    const sources = globSync("{packages/*,apps/kit,apps/server}/src/**/*.ts", { cwd: root });
    const isOld = sources.some((path) => statSync(join(root, path)).mtimeMs > builtAt);
    if (isOld) console.error("apps/server/dist is older than its sources: npx nx run server:build makes it anew");
    return;
  }
  console.error("building the server: npx nx run server:build");
  const nx = join(root, "node_modules/nx/dist/bin/nx.js");
  const { status, stdout, stderr } = spawnSync(process.execPath, [nx, "run", "server:build", "--output-style=static"], {
    cwd: root,
    encoding: "utf8",
    timeout: BUILD_MS,
    env: { ...process.env, NX_DAEMON: "false", NX_TUI: "false" },
  });
  if (status !== 0) throw new LoadError(`the server cannot be built: ${(stdout + stderr).trim().slice(-600)}`);
}

function ourVersion(): string {
  const { version } = JSON.parse(readFileSync(join(root, "packages/server/package.json"), "utf8")) as {
    readonly version: string;
  };
  const commit = spawnSync("git", ["rev-parse", "--short", "HEAD"], { cwd: root, encoding: "utf8" });
  return commit.status === 0 ? `${version} (${commit.stdout.trim()})` : version;
}

async function nothing(): Promise<void> {
  // It was there before us and stays.
}
