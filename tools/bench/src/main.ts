import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { MissingToolError } from "./c-program.ts";
import { installCompetitors } from "./competitors.ts";
import { machine } from "./machine.ts";
import { measure } from "./measure.ts";
import type { BenchCase } from "./measure.ts";
import { writeSection } from "./readme.ts";
import { markdown } from "./table.ts";

const USAGE = `node --conditions=@rtmp/source tools/bench/src/main.ts [suite ...] [options]
node --conditions=@rtmp/source tools/bench/src/main.ts fanout|accept|bus|reading [options]

  --rounds <n>       rounds that the contenders take in turn; the median counts (9)
  --round-ms <n>     how long a round lasts (100)
  --write-readmes    puts the tables into the READMEs of the packages measured

  --viewers <n,n>            fanout: how many viewers (100,1000,10000)
  --loops <n,n>              accept: how many loops (0,1,2)
  --rates <n,n>              bus: how many messages a second (5000,50000)
  --seconds <n>              these four: how long a round lasts (fanout 5, the others 4); 3 rounds unless --rounds says otherwise
  --max-flush-delay-ms <n>   fanout: as the option of the server (20)

fanout measures the server with real sockets beside a program in C that does the same writes; it needs Linux and gcc.
accept measures how many connections a group of loops takes in a second, and what one costs; it needs Linux and gcc.
bus measures what a message from one process to another costs, by each way that Node.js offers; one that loses any fails it.
reading measures what a message read from one of 1000 sockets costs, with a Buffer for each read and with one for all.
Suites: amf0, chunk, flv-tags, handshake, server. Without one, all of them.
Everyone's result is checked before it is measured; how long it takes fails nothing.`;

// Loaded when asked for: what is not measured is not compiled.
const suites: ReadonlyMap<string, () => Promise<readonly BenchCase[]>> = new Map([
  ["amf0", async () => (await import("./amf0-cases.ts")).amf0Cases()],
  ["chunk", async () => (await import("./chunk-cases.ts")).chunkCases()],
  ["flv-tags", async () => (await import("./flv-cases.ts")).flvCases()],
  ["handshake", async () => (await import("./handshake-cases.ts")).handshakeCases()],
  ["server", async () => (await import("./server-cases.ts")).serverCases()],
]);

const ownership =
  "Payloads of ours are the receiver's to keep; naive ones are views of the bytes pushed, reused ones live until the next message.";
const notes: ReadonlyMap<string, string> = new Map([
  ["chunk", ownership],
  ["flv-tags", ownership],
]);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string" },
    "round-ms": { type: "string", default: "100" },
    viewers: { type: "string", default: "100,1000,10000" },
    seconds: { type: "string" },
    loops: { type: "string", default: "0,1,2" },
    rates: { type: "string", default: "5000,50000" },
    "max-flush-delay-ms": { type: "string", default: "20" },
    "write-readmes": { type: "boolean", default: false },
    help: { type: "boolean", short: "h" },
  },
});

// With processes and sockets of their own, one at a time.
const processBenches: ReadonlyMap<string | undefined, () => Promise<string>> = new Map([
  ["fanout", runFanout],
  ["accept", runAccept],
  ["bus", runBus],
  ["reading", runReading],
]);

const processBench = processBenches.get(positionals[0]);
if (values.help === true) console.log(USAGE);
else if (processBench !== undefined) await runProcessBench(processBench);
else await run(positionals.length > 0 ? positionals : [...suites.keys()]);

async function run(names: readonly string[]): Promise<void> {
  const options = { rounds: positive("rounds", "9"), roundMs: positive("round-ms") };
  const unknown = names.filter((name) => !suites.has(name));
  if (unknown.length > 0) throw new RangeError(`no suite is called ${unknown.join(", ")}\n\n${USAGE}`);
  installCompetitors();
  console.log(`${machine()}\n`);
  for (const name of names) {
    const cases = (await suites.get(name)?.()) ?? [];
    const results = cases.map((bench) => measure(bench, options));
    const section = sectionOf(name, markdown(results));
    console.log(`# ${name}\n\n${section}\n`);
    const readme = new URL(`../../../packages/${name}/README.md`, import.meta.url);
    if (!values["write-readmes"] || !existsSync(readme)) continue;
    writeSection(readme, section);
    console.log(`written: ${fileURLToPath(readme)}\n`);
  }
}

/** What stands in a README: how the figures were made, and the figures. */
function sectionOf(name: string, tables: string): string {
  return [
    `\`node --conditions=@rtmp/source tools/bench/src/main.ts ${name}\` on ${machine()}.`,
    "Only the ratios within a table mean much. What everybody read and wrote was checked to be right.",
    ...(notes.has(name) ? [notes.get(name)] : []),
    `\n${tables}`,
  ].join("\n");
}

async function runProcessBench(bench: () => Promise<string>): Promise<void> {
  console.log(`${machine()}\n`);
  try {
    console.log(await bench());
  } catch (error) {
    if (!(error instanceof MissingToolError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

async function runFanout(): Promise<string> {
  const { fanout } = await import("./fanout/fanout.ts");
  const viewerCounts = values.viewers.split(",").map((count) => aboveZero("viewers", count));
  const maxFlushDelayMs = Number(values["max-flush-delay-ms"]);
  return fanout({ viewerCounts, rounds: positive("rounds", "3"), seconds: positive("seconds", "5"), maxFlushDelayMs });
}

async function runAccept(): Promise<string> {
  const { accept } = await import("./accept/accept.ts");
  const loopCounts = values.loops.split(",").map(loopCount);
  return accept({ loopCounts, rounds: positive("rounds", "3"), seconds: positive("seconds", "4") });
}

async function runBus(): Promise<string> {
  const { bus } = await import("./bus/bus.ts");
  const rates = values.rates.split(",").map((rate) => aboveZero("rates", rate));
  return bus({ rates, rounds: positive("rounds", "3"), seconds: positive("seconds", "4") });
}

async function runReading(): Promise<string> {
  const { reading } = await import("./reading/reading.ts");
  return reading({ sockets: 1000, rounds: positive("rounds", "3"), seconds: positive("seconds", "4") });
}

function positive(name: "rounds" | "round-ms" | "seconds", standard = ""): number {
  return aboveZero(name, values[name] ?? standard);
}

function aboveZero(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new RangeError(`--${name} must be above 0, got ${text}`);
  return value;
}

function loopCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 0) throw new RangeError(`--loops must be whole numbers from 0, got ${text}`);
  return count;
}
