import { execFile } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { ScrcpyError } from "./scrcpy-error.ts";
import { scrcpyLayout, versionInFileName, versionInProgramOutput } from "./scrcpy-version.ts";
import type { UsbOptions } from "./usb-options.ts";

/** The user's copy of scrcpy's server; this project ships none. */
export interface ScrcpyServerFile {
  readonly path: string;
  readonly version: string;
  readonly content: Uint8Array;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The real one has about 100 kB. */
const maxFileSize = 8 * 1024 * 1024;
const versionTimeoutMs = 5000;
const run = promisify(execFile);

/**
 * Finds and reads scrcpy's server and its version. Rejects with a `ScrcpyError`: `SCRCPY_SERVER_NOT_FOUND`,
 * `SCRCPY_VERSION_UNKNOWN` or `SCRCPY_UNSUPPORTED_VERSION`; each says what the user can do.
 */
export async function findScrcpyServer(options: UsbOptions, environment: Environment): Promise<ScrcpyServerFile> {
  const path = await findPath(options, environment);
  const content = await readFile(path).catch((cause: unknown) => {
    throw new ScrcpyError("SCRCPY_SERVER_NOT_FOUND", `scrcpy's server ${path} cannot be read`, { cause });
  });
  const version = options.scrcpyVersion ?? versionInFileName(path) ?? (await installedVersion(environment));
  if (version === undefined) {
    const hint = `give it as --scrcpy-version, for example 4.1`;
    throw new ScrcpyError("SCRCPY_VERSION_UNKNOWN", `which version of scrcpy ${path} belongs to is unknown: ${hint}`);
  }
  scrcpyLayout(version);
  return { path, version, content };
}

async function findPath(options: UsbOptions, environment: Environment): Promise<string> {
  const named = options.scrcpyServer ?? (environment.SCRCPY_SERVER_PATH || undefined);
  for (const path of named === undefined ? usualPaths(environment) : [named]) {
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile() && found.size <= maxFileSize) return path;
  }
  const hint = "install scrcpy, or download scrcpy-server from its releases and name it with --scrcpy-server";
  const what = named === undefined ? "scrcpy's server is not on this computer" : `${named} is not scrcpy's server`;
  throw new ScrcpyError("SCRCPY_SERVER_NOT_FOUND", `${what}: ${hint}`);
}

/** Where packages, `make install`, Homebrew and snap put it; the archives of a release hold it beside the program. */
function usualPaths(environment: Environment): readonly string[] {
  const shares = ["/usr/share", "/usr/local/share", "/opt/homebrew/share", "/snap/scrcpy/current/usr/local/share"];
  const beside = (environment.PATH ?? "")
    .split(delimiter)
    .filter((folder) => folder !== "")
    .flatMap((folder) => [join(folder, "scrcpy-server"), join(dirname(folder), "share/scrcpy/scrcpy-server")]);
  return [...shares.map((share) => join(share, "scrcpy/scrcpy-server")), ...beside];
}

async function installedVersion(environment: Environment): Promise<string | undefined> {
  const limits = { timeout: versionTimeoutMs, killSignal: "SIGKILL", maxBuffer: 64 * 1024 } as const;
  const output = await run("scrcpy", ["--version"], { ...limits, env: { ...environment } }).catch(() => undefined);
  return output === undefined ? undefined : versionInProgramOutput(output.stdout);
}
