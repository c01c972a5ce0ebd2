import { isIP } from "node:net";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { parseRtmpUrl } from "@rtmp/session";
import type { MediaSource } from "./media-source.ts";
import { peerNames } from "./peers.ts";
import type { LoadPlan, Scenario, Target } from "./plan.ts";
import { MAX_BITS_PER_SECOND, MIN_BITS_PER_SECOND } from "./synthetic-media.ts";

/** The command line is wrong, and the message says how. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

const text = { type: "string" } as const;
const texts = { type: "string", multiple: true } as const;
const flag = { type: "boolean" } as const;
const options = {
  scenario: text,
  n: text,
  streams: text,
  seconds: text,
  settle: text,
  rate: text,
  processes: text,
  check: text,
  verify: flag,
  file: text,
  bitrate: text,
  app: text,
  server: texts,
  "server-args": text,
  peer: texts,
  url: texts,
  name: texts,
  port: texts,
  "allow-remote": flag,
  rounds: text,
  markdown: text,
  svg: text,
  json: text,
  help: { type: "boolean", short: "h" },
} as const;

const defaultBitsPerSecond = 206_000;
/** What a server not our own listens on unless the command line says. */
const usualPort = 1935;
const commandOptions = new Set(["--server", "--server-args"]);

/** Reads the command line. Returns `"help"` if that is what it asks for; throws a `UsageError` if it is wrong. */
export function parseArguments(words: readonly string[]): LoadPlan | "help" {
  const { values, tokens } = parse(joinCommands(words));
  if (values.help === true) return "help";
  const scenario = scenarioOf(values.scenario ?? "pull");
  const number = (name: keyof typeof options, value: string | undefined, fallback: number, least: number): number =>
    value === undefined ? fallback : numberOf(name, value, least);
  const app = values.app ?? "live";
  const isRemoteAllowed = values["allow-remote"] === true;
  const ownArgs = wordsOf(values["server-args"] ?? "");
  const targets = readTargets(tokens, ownArgs, isRemoteAllowed);
  const checked = values.check === undefined ? undefined : wholeOf("check", values.check, 0);
  return {
    scenario,
    sizes: (values.n ?? "100").split(",").map((size) => wholeOf("n", size, 1)),
    streams: wholeOf("streams", values.streams ?? "1", 1),
    seconds: number("seconds", values.seconds, 10, 1),
    settleSeconds: values.settle === undefined ? undefined : numberOf("settle", values.settle, 0),
    rate: number("rate", values.rate, 1000, 1),
    processes: values.processes === undefined ? undefined : wholeOf("processes", values.processes, 1),
    checkedViewers: checked,
    isVerifying: values.verify === true,
    media: mediaOf(values.file, values.bitrate),
    app,
    targets,
    rounds: wholeOf("rounds", values.rounds ?? "1", 1),
    markdownFile: values.markdown,
    svgFile: values.svg,
    jsonFile: values.json,
  };
}

function parse(words: readonly string[]): ReturnType<typeof parseArgs<{ options: typeof options; tokens: true }>> {
  try {
    return parseArgs({ args: [...words], options, tokens: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** What follows these options may begin with a dash: it is for somebody else. */
function joinCommands(words: readonly string[]): string[] {
  const joined: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const next = words[i + 1];
    if (commandOptions.has(word) && next !== undefined) {
      joined.push(`${word}=${next}`);
      i++;
    } else joined.push(word);
  }
  return joined;
}

type Draft = { name?: string; port?: number } & (
  | { readonly kind: "ours"; readonly args: readonly string[] }
  | { readonly kind: "command"; readonly command: string }
  | { readonly kind: "peer"; readonly peer: (typeof peerNames)[number] }
  | { readonly kind: "running"; readonly url: string }
);

interface OptionToken {
  readonly kind: string;
  readonly name?: string;
  readonly value?: string | undefined;
}

/** `--name` and `--port` belong to the server before them; before any they belong to the first. */
function readTargets(tokens: readonly OptionToken[], ownArgs: readonly string[], isRemoteAllowed: boolean): Target[] {
  const drafts: Draft[] = [];
  let early: Pick<Draft, "name" | "port"> = {};
  for (const { kind, name, value = "" } of tokens) {
    if (kind !== "option") continue;
    const draft = draftOf(name, value, ownArgs);
    if (draft !== undefined) {
      drafts.push({ ...early, ...draft });
      early = {};
    } else if (name === "name") (drafts.at(-1) ?? early).name = value;
    else if (name === "port") (drafts.at(-1) ?? early).port = wholeOf("port", value, 1);
  }
  if (drafts.length === 0) drafts.push({ ...early, kind: "ours", args: ownArgs });
  return drafts.map((draft) => targetOf(draft, isRemoteAllowed));
}

function draftOf(option: string | undefined, value: string, ownArgs: readonly string[]): Draft | undefined {
  switch (option) {
    case "server": {
      const [first, ...args] = wordsOf(value);
      if (first === undefined) throw new UsageError("--server needs a command, or the word ours");
      return first === "ours" ? { kind: "ours", args: [...ownArgs, ...args] } : { kind: "command", command: value };
    }
    case "peer": {
      const peer = peerNames.find((known) => known === value);
      if (peer === undefined) throw new UsageError(`--peer is one of ${peerNames.join(", ")}; got ${value}`);
      return { kind: "peer", peer };
    }
    case "url":
      return { kind: "running", url: value };
    default:
      return undefined;
  }
}

function targetOf(draft: Draft, isRemoteAllowed: boolean): Target {
  if (draft.port !== undefined && draft.kind !== "command") {
    throw new UsageError("--port goes with a --server command; other servers get theirs from the tool or the URL");
  }
  switch (draft.kind) {
    case "ours":
      return { kind: "ours", name: draft.name ?? ["@rtmp/server", ...draft.args].join(" "), args: draft.args };
    case "command": {
      const name = draft.name ?? wordsOf(draft.command)[0]?.split("/").at(-1) ?? "server";
      return { kind: "command", name, command: draft.command, port: draft.port ?? usualPort };
    }
    case "peer":
      return { kind: "peer", name: draft.name ?? draft.peer, peer: draft.peer };
    case "running":
      return runningTarget(draft.url, draft.name, isRemoteAllowed);
  }
}

function runningTarget(url: string, name: string | undefined, isRemoteAllowed: boolean): Target {
  const parsed = parsedUrl(url);
  if (parsed.protocol !== "rtmp") throw new UsageError("--url must begin with rtmp://");
  if (parsed.app === "" || parsed.streamKey !== "")
    throw new UsageError("--url is rtmp://HOST[:PORT]/APP, without a stream");
  const { host, port, app } = parsed;
  if (!isRemoteAllowed && !isLoopback(host)) {
    throw new UsageError(`${host} is not this machine: load it only if it is yours, with --allow-remote`);
  }
  return { kind: "running", name: name ?? `${host}:${port}`, host, port, app };
}

function parsedUrl(url: string): ReturnType<typeof parseRtmpUrl> {
  try {
    return parseRtmpUrl(url);
  } catch (error) {
    throw new UsageError(`--url: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function isLoopback(host: string): boolean {
  if (host === "localhost") return true;
  return isIP(host) === 4 ? host.startsWith("127.") : /^(?:0{0,4}:){1,7}0{0,3}1$/.test(host);
}

function scenarioOf(value: string): Scenario {
  if (value === "push" || value === "pull" || value === "pair") return value;
  throw new UsageError(`--scenario is push, pull or pair; got ${value}`);
}

function mediaOf(file: string | undefined, bitrate: string | undefined): MediaSource {
  if (file === undefined) return { kind: "synthetic", bitsPerSecond: bitsPerSecondOf(bitrate) };
  if (bitrate !== undefined) throw new UsageError("--bitrate is that of the --file: give one of them");
  return { kind: "file", path: resolve(process.env.INIT_CWD ?? "", file) };
}

function bitsPerSecondOf(value: string | undefined): number {
  if (value === undefined) return defaultBitsPerSecond;
  const match = /^(\d+(?:\.\d+)?)([kM]?)$/.exec(value);
  const bits = match === null ? NaN : Number(match[1]) * (match[2] === "M" ? 1e6 : match[2] === "k" ? 1e3 : 1);
  if (bits >= MIN_BITS_PER_SECOND && bits <= MAX_BITS_PER_SECOND) return bits;
  throw new UsageError(
    `--bitrate is from ${MIN_BITS_PER_SECOND / 1000}k to ${MAX_BITS_PER_SECOND / 1e6}M bit/s; got ${value}`,
  );
}

function numberOf(name: string, value: string, least: number): number {
  const number = value.trim() === "" ? NaN : Number(value);
  if (Number.isFinite(number) && number >= least) return number;
  throw new UsageError(`--${name} is a number from ${least} on; got ${value}`);
}

function wholeOf(name: string, value: string, least: number): number {
  const number = numberOf(name, value, least);
  if (Number.isSafeInteger(number)) return number;
  throw new UsageError(`--${name} is a whole number; got ${value}`);
}

function wordsOf(line: string): string[] {
  return line.split(/\s+/).filter((word) => word !== "");
}
