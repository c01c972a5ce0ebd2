import { parseArgs } from "node:util";
import { hex, toHex } from "@rtmp/testkit";
import { runInWorker } from "./run-in-worker.ts";
import { checkOnce } from "./run-target.ts";
import type { RunResult } from "./run-target.ts";
import type { FuzzTarget } from "./target.ts";
import { targets } from "./targets/index.ts";

/** Bytes of a failing input that are printed. */
const LONGEST_SHOWN = 2000;

const USAGE = `node --conditions=@rtmp/source tools/fuzz/src/main.ts [options]

  --seconds <n>     how long each target runs (10)
  --target <name>   only this target; may be given more than once
  --seed <n>        begins the random numbers (1)
  --from <n>        the first iteration (0)
  --workers <n>     targets at the same time (2)
  --input <hex>     checks one input once, as iteration --from would

Targets: ${targets.map(({ name }) => name).join(", ")}`;

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "10" },
    target: { type: "string", multiple: true },
    seed: { type: "string", default: "1" },
    from: { type: "string", default: "0" },
    workers: { type: "string", default: "2" },
    input: { type: "string" },
    help: { type: "boolean", short: "h" },
  },
});

if (values.help === true) console.log(USAGE);
else process.exitCode = values.input === undefined ? await runAll(chosen()) : await replay(chosen(), values.input);

function chosen(): readonly FuzzTarget[] {
  const names = values.target ?? targets.map(({ name }) => name);
  return names.map((name) => {
    const target = targets.find((candidate) => candidate.name === name);
    if (target === undefined) throw new RangeError(`no target is called ${name}\n\n${USAGE}`);
    return target;
  });
}

function count(name: "seconds" | "seed" | "from" | "workers"): number {
  const value = Number(values[name]);
  if (!(value >= 0)) throw new RangeError(`--${name} must be a number from 0, got ${values[name]}`);
  return value;
}

async function runAll(asked: readonly FuzzTarget[]): Promise<number> {
  const options = { seconds: count("seconds"), seed: count("seed"), from: count("from") };
  const waiting = [...asked];
  const results: RunResult[] = [];
  const work = async (): Promise<void> => {
    for (let target = waiting.shift(); target !== undefined; target = waiting.shift()) {
      const result = await runInWorker(target, options);
      results.push(result);
      report(result);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, count("workers")) }, work));
  warnOfUnseenCodes(asked, results);
  const failed = results.filter(({ failure }) => failure !== undefined).length;
  console.log(`${results.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

function report(result: RunResult): void {
  const { target, iterations, seconds, slowestMs, codes, failure } = result;
  const rate = Math.round(iterations / Math.max(seconds, 0.001));
  const seen = [...codes].sort(([, a], [, b]) => b - a).map(([code, times]) => `${code} ${times}`);
  const figures = `${iterations} inputs, ${rate}/s, slowest ${slowestMs.toFixed(1)} ms`;
  console.log(
    `${failure === undefined ? "ok  " : "FAIL"} ${target.padEnd(15)} ${figures}; ${seen.join(", ") || "no errors"}`,
  );
  if (failure === undefined) return;
  const { law, detail, seed, iteration, input, originalSize } = failure;
  console.log(`     ${law}: seed ${seed}, iteration ${iteration}; ${detail}`);
  const isLong = input.length > LONGEST_SHOWN;
  const bytes = isLong ? `${toHex(input.subarray(0, LONGEST_SHOWN))}… (the iteration makes it again)` : toHex(input);
  console.log(`     ${input.length} bytes, made of ${originalSize}: ${bytes}`);
  console.log(`     again: --target ${target} --seed ${seed} --from ${iteration} [--input <hex>]`);
}

/** A code that no input reaches is either dead or not fuzzed. */
function warnOfUnseenCodes(asked: readonly FuzzTarget[], results: readonly RunResult[]): void {
  const expected = new Set(asked.flatMap(({ codes }) => codes));
  const seen = new Set(results.flatMap(({ codes }) => [...codes.keys()]));
  const unseen = [...expected].filter((code) => !seen.has(code));
  if (unseen.length > 0) console.log(`warning: never reached: ${unseen.join(", ")}`);
}

async function replay(asked: readonly FuzzTarget[], input: string): Promise<number> {
  for (const target of asked) {
    const codes = await checkOnce(target, hex(input), count("seed"), count("from"));
    console.log(`ok   ${target.name}: ${codes.join(", ") || "no errors"}`);
  }
  return 0;
}
