import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

/** Packages that a developer would find today, at the version measured. */
const versions = {
  "amf-codec": "1.4.0",
  "amf0-ts": "1.3.9",
  amfjs: "1.3.1",
  "node-amfutils": "0.0.1",
  "node-flv": "0.9.11",
  "node-media-server": "4.4.3",
} as const;

export type Competitor = keyof typeof versions;

const cache = new URL("../.cache/", import.meta.url);

/** Installs what is missing, without running any of its scripts, into a folder that git ignores. */
export function installCompetitors(): void {
  const names = Object.keys(versions) as Competitor[];
  if (names.every((name) => installedVersion(name) === versions[name])) return;
  mkdirSync(cache, { recursive: true });
  writeFileSync(new URL("package.json", cache), '{ "private": true }\n');
  const wanted = names.map((name) => `${name}@${versions[name]}`);
  const flags = ["--no-audit", "--no-fund", "--ignore-scripts", "--omit=dev", "--omit=optional", "--workspaces=false"];
  const command = ["install", "--prefix", fileURLToPath(cache), ...flags, ...wanted];
  execFileSync("npm", command, { cwd: fileURLToPath(cache), stdio: "inherit", shell: process.platform === "win32" });
}

/** The package's name as tables show it. */
export function labelOf(name: Competitor): string {
  return `${name} ${versions[name]}`;
}

/** Loads a package, or a file of it. What it exports is for the caller to know. */
export function load(name: Competitor, file = ""): unknown {
  return createRequire(new URL("package.json", cache))(file === "" ? name : `${name}/${file}`) as unknown;
}

function installedVersion(name: Competitor): string | undefined {
  const file = new URL(`node_modules/${name}/package.json`, cache);
  return existsSync(file)
    ? (JSON.parse(readFileSync(file, "utf8")) as { readonly version: string }).version
    : undefined;
}
