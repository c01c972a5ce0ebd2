import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Listing } from "./listing.ts";
import type { Program, Programs } from "./program.ts";

const version = "6.1.1"; // carries FFmpeg 8.1
/** Kept between runs; git ignores it. */
const cache = fileURLToPath(
  new URL(`../.cache/node-av-${version}-${process.platform}-${process.arch}`, import.meta.url),
);
/** A registry that is slow once is often quick the next time. */
const attempts = 3;
const copyProgram = fileURLToPath(new URL("./ffmpeg-eight-copy.ts", import.meta.url));

/**
 * FFmpeg 8, which Debian does not have yet: the npm package node-av and its prebuilt library for this platform. It is
 * installed into a folder of its own, far from the dependencies of anything that is published.
 */
export class FfmpegEight {
  readonly #programs: Programs;
  #installed: Promise<string> | undefined;

  constructor(programs: Programs) {
    this.#programs = programs;
  }

  /** Installs it from the npm registry, once. No install script runs: those would fetch a program from elsewhere. */
  install(): Promise<string> {
    this.#installed ??= this.#install();
    return this.#installed;
  }

  /** Which FFmpeg the package carries. */
  async version(): Promise<string> {
    const script = "import(process.argv[1]).then((library) => console.log(library.getFFmpegInfo().version))";
    return (await this.#programs.run(process.execPath, ["-e", script, await this.install()])).stdout.toString().trim();
  }

  /** Starts to copy packets from one address to another, or only to read them. */
  async copy(source: string, target: string = ""): Promise<Program> {
    return this.#programs.start(process.execPath, [copyProgram, await this.install(), source, target]);
  }

  /** Reads a file, or plays an address to its end. */
  async list(source: string): Promise<Listing> {
    return eightListing(await this.copy(source));
  }

  async #install(): Promise<string> {
    if (!existsSync(cache)) {
      const unfinished = `${cache}.${process.pid}`;
      await mkdir(unfinished, { recursive: true });
      await this.#download(unfinished);
      await rename(unfinished, cache);
    }
    return pathToFileURL(join(cache, "node_modules/node-av/dist/lib/index.js")).href;
  }

  async #download(folder: string, attempt = 1): Promise<void> {
    const packages = [`node-av@${version}`, `@seydx/node-av-${process.platform}-${process.arch}@${version}`];
    const quiet = ["--no-audit", "--no-fund", "--no-save", "--ignore-scripts", "--omit=optional"];
    const args = ["install", "--prefix", folder, ...quiet, "--prefer-offline", ...packages];
    try {
      await this.#programs.start("npm", args, 90_000).succeeded();
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      if (attempt >= attempts) throw error;
      await mkdir(folder);
      await this.#download(folder, attempt + 1);
    }
  }
}

/** Waits for a copy to end well and reads what it saw. */
export async function eightListing(copy: Program): Promise<Listing> {
  return JSON.parse((await copy.succeeded()).stdout.toString()) as Listing;
}
