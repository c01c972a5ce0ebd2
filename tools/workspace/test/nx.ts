import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "./workspace.ts";

const program = join(root, "node_modules/nx/dist/bin/nx.js");

/** Runs nx at the root and returns what it prints. It leaves an up-to-date project graph in its cache. */
export async function nx(...args: readonly string[]): Promise<string> {
  // What an outer nx tells its tasks by the environment is not meant for this one.
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("NX_"));
  const env = { ...Object.fromEntries(inherited), NX_DAEMON: "false", NX_TUI: "false" };
  const options = { cwd: root, env, timeout: 60_000 };
  return (await promisify(execFile)(process.execPath, [program, ...args], options)).stdout;
}
