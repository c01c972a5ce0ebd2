import { parseArgs } from "node:util";
import type { ParseArgsOptionsConfig } from "node:util";
import { parseStreamUrl } from "../client-connection.ts";
import { mediaKind } from "./media-source.ts";

/** What the command line asks for. */
export type Invocation =
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | {
      readonly kind: "push";
      /** One file, or one of video and one of audio. */
      readonly files: readonly string[];
      readonly url: string;
      /** As fast as the server takes it, instead of in real time. */
      readonly isFast: boolean;
      /** How often the files are played, in all; may be Infinity. */
      readonly rounds: number;
      /** Frames a second of raw H.264, if it is not to be taken from the file. */
      readonly frameRate: number | undefined;
    }
  | {
      readonly kind: "pull";
      readonly url: string;
      /** `-` is the standard output. */
      readonly file: string;
      /** Of stream time; may be Infinity. */
      readonly durationMs: number;
    };

/** The command line says nothing that can be done. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

const everywhere = {
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "v" },
} as const satisfies ParseArgsOptionsConfig;

const pushOptions = {
  ...everywhere,
  fast: { type: "boolean" },
  loop: { type: "string" },
  fps: { type: "string" },
} as const;
const pullOptions = { ...everywhere, duration: { type: "string" } } as const;

/** Reads the words behind the command's name. Throws a `UsageError`. */
export function parseArguments(args: readonly string[]): Invocation {
  const [command, ...rest] = args;
  switch (command) {
    case "push":
      return parsePush(rest);
    case "pull":
      return parsePull(rest);
    case undefined:
      throw new UsageError("what shall be done? push or pull");
    default: {
      if (!command.startsWith("-")) throw new UsageError(`no such command: ${command}`);
      const { values } = usage(() => parseArgs({ args: [...args], options: everywhere }));
      if (values.version === true) return { kind: "version" };
      if (values.help === true) return { kind: "help" };
      throw new UsageError("what shall be done? push or pull");
    }
  }
}

function parsePush(args: readonly string[]): Invocation {
  const words = { args: withLoopCount(args), options: pushOptions, allowPositionals: true } as const;
  const { values, positionals } = usage(() => parseArgs(words));
  if (values.help === true) return { kind: "help" };
  if (values.version === true) return { kind: "version" };
  const files = positionals.slice(0, -1);
  const url = positionals.at(-1);
  if (url === undefined || files.length === 0) throw new UsageError("push needs a FILE and a URL");
  if (files.length > 2) throw new UsageError("push takes one file, or one of video and one of audio");
  if (files.length === 2 && files.map(mediaKind).sort().join() !== "aac,h264") {
    throw new UsageError("two files must be one .h264 and one .aac");
  }
  return {
    kind: "push",
    files,
    url: checkUrl(url),
    isFast: values.fast === true,
    rounds: values.loop === undefined ? 1 : values.loop === "" ? Infinity : positive("--loop", values.loop, true),
    frameRate: values.fps === undefined ? undefined : positive("--fps", values.fps),
  };
}

function parsePull(args: readonly string[]): Invocation {
  const words = { args: [...args], options: pullOptions, allowPositionals: true } as const;
  const { values, positionals } = usage(() => parseArgs(words));
  if (values.help === true) return { kind: "help" };
  if (values.version === true) return { kind: "version" };
  const [url, file, ...more] = positionals;
  if (url === undefined || file === undefined || more.length > 0) throw new UsageError("pull needs a URL and a FILE");
  const durationMs = values.duration === undefined ? Infinity : positive("--duration", values.duration) * 1000;
  return { kind: "pull", url: checkUrl(url), file, durationMs };
}

function usage<Parsed>(parse: () => Parsed): Parsed {
  try {
    return parse();
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** `--loop` alone is for ever, and a number behind it is its count: `parseArgs` has no options like that. */
function withLoopCount(args: readonly string[]): string[] {
  const result: string[] = [];
  for (const argument of args) {
    if (result.at(-1) === "--loop=" && /^\d+$/.test(argument)) result[result.length - 1] = `--loop=${argument}`;
    else result.push(argument === "--loop" ? "--loop=" : argument);
  }
  return result;
}

function positive(option: string, text: string, isWhole = false): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (value > 0 && (!isWhole || Number.isSafeInteger(value))) return value;
  throw new UsageError(`${option} must be a ${isWhole ? "whole " : ""}number above 0, got ${JSON.stringify(text)}`);
}

function checkUrl(url: string): string {
  usage(() => parseStreamUrl(url));
  return url;
}
