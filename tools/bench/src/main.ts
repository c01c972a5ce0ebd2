import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { installCompetitors } from "./competitors.ts";
import { machine } from "./machine.ts";
import { measure } from "./measure.ts";
import type { BenchCase } from "./measure.ts";
import { writeSection } from "./readme.ts";
import { markdown } from "./table.ts";

const USAGE = `node --conditions=@rtmp/source tools/bench/src/main.ts [suite ...] [options]

  --rounds <n>       rounds that the contenders take in turn; the median counts (9)
  --round-ms <n>     how long a round lasts (100)
  --write-readmes    puts the tables into the READMEs of the packages measured

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
    rounds: { type: "string", default: "9" },
    "round-ms": { type: "string", default: "100" },
    "write-readmes": { type: "boolean", default: false },
    help: { type: "boolean", short: "h" },
  },
});

if (values.help === true) console.log(USAGE);
else await run(positionals.length > 0 ? positionals : [...suites.keys()]);

async function run(names: readonly string[]): Promise<void> {
  const options = { rounds: positive("rounds"), roundMs: positive("round-ms") };
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

function positive(name: "rounds" | "round-ms"): number {
  const value = Number(values[name]);
  if (!(value > 0)) throw new RangeError(`--${name} must be above 0, got ${values[name]}`);
  return value;
}
