// Loads a live server and measures it. See README.md.
import { parseArguments, UsageError } from "./arguments.ts";
import { runBenchmark } from "./benchmark.ts";
import { LoadError } from "./load-error.ts";
import { machine } from "./machine.ts";
import type { LoadPlan } from "./plan.ts";
import { doubtsOf, verdictsOf } from "./run-result.ts";
import type { RunResult } from "./run-result.ts";
import { resultTable } from "./table.ts";
import { usage } from "./usage.ts";

const MAX_TROUBLES = 10;
const words = process.argv.slice(2);
const interrupt = new AbortController();
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(name, () => {
    if (interrupt.signal.aborted) process.exit(1); // the second time: at once
    interrupt.abort(new LoadError("interrupted"));
  });
}
process.exitCode = await main();

async function main(): Promise<number> {
  try {
    const plan = parseArguments(words);
    if (plan === "help") {
      console.log(usage);
      return 0;
    }
    const command = `npm run bench:live -- ${words.map(quoted).join(" ")}`;
    const results = await runBenchmark(plan, { progress: process.stderr, interrupt: interrupt.signal, command });
    return report(plan, results);
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`bench:live: ${error.message}; see --help`);
      return 2;
    }
    console.error(`bench:live: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
}

function report(plan: LoadPlan, results: readonly RunResult[]): number {
  console.log(`${machine()}\n\n${resultTable(results)}`);
  for (const result of results) {
    const lines = [...doubtsOf(result), ...result.troubles.slice(0, MAX_TROUBLES)];
    if (lines.length === 0) continue;
    console.log(`\n${result.server}, n ${result.n}, round ${result.round}:\n  ${lines.join("\n  ")}`);
  }
  return plan.isVerifying ? reportVerdicts(results) : 0;
}

/** One line for each statement, and how many hold. */
function reportVerdicts(results: readonly RunResult[]): number {
  const verdicts = results.flatMap((result) =>
    verdictsOf(result).map((verdict) => ({ ...verdict, run: `${result.server}, ${result.scenario} ${result.n}` })),
  );
  console.log("");
  for (const { run, statement, isTrue, found } of verdicts) {
    console.log(`${isTrue ? "ok" : "not ok"} - ${run}: ${statement} (${found})`);
  }
  const failed = verdicts.filter(({ isTrue }) => !isTrue).length;
  console.log(`${verdicts.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
