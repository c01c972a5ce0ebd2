import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Listing } from "./listing.ts";
import type { Program, Programs } from "./program.ts";

const version = "6.1.1"; // carries FFmpeg 8.1
const copyProgram = fileURLToPath(new URL("./ffmpeg-eight-copy.ts", import.meta.url));

/**
 * FFmpeg 8, which Debian does not have yet: the npm package node-av and its prebuilt library for this platform. It is
 * installed into the run's own folder, far from the dependencies of anything that is published.
 */
export class FfmpegEight {
  readonly #folder: string;
  readonly #programs: Programs;
  #installed: Promise<string> | undefined;

  constructor(folder: string, programs: Programs) {
    this.#folder = folder;
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
    const packages = [`node-av@${version}`, `@seydx/node-av-${process.platform}-${process.arch}@${version}`];
    const quiet = ["--no-audit", "--no-fund", "--no-save", "--ignore-scripts", "--omit=optional"];
    const args = ["install", "--prefix", this.#folder, ...quiet, "--prefer-offline", ...packages];
    await this.#programs.start("npm", args, 110_000).succeeded();
    return pathToFileURL(join(this.#folder, "node_modules/node-av/dist/lib/index.js")).href;
  }
}

/** Waits for a copy to end well and reads what it saw. */
export async function eightListing(copy: Program): Promise<Listing> {
  return JSON.parse((await copy.succeeded()).stdout.toString()) as Listing;
}
