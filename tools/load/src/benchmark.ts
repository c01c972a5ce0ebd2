import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { runLoad } from "./load-run.ts";
import type { RunOptions } from "./load-run.ts";
import type { MediaLoop } from "./media-loop.ts";
import { openMedia } from "./media-source.ts";
import { castOf } from "./plan.ts";
import type { LoadPlan, Target } from "./plan.ts";
import { ProgressLine } from "./progress-line.ts";
import type { ProgressSink } from "./progress-line.ts";
import { markdownReport } from "./report.ts";
import { resultChart } from "./result-chart.ts";
import type { RunResult } from "./run-result.ts";
import { startTarget } from "./start-target.ts";
import { summarise } from "./summarise.ts";
import { dealShares, serverLimitWarning, systemLimits } from "./system-limits.ts";

/** What a benchmark touches beside servers. */
export interface BenchmarkWorld {
  /** Progress and warnings go here. */
  readonly progress: ProgressSink;
  /** Aborts when the user wants it to end. */
  readonly interrupt: AbortSignal;
  /** The command line, for the report. */
  readonly command: string;
}

/**
 * Makes every run that the plan asks for, the servers taking turns, and writes the files it asks for after each, so that nothing
 * is lost if a later run fails. Rejects with a `LoadError` if a run cannot be made.
 */
export async function runBenchmark(plan: LoadPlan, world: BenchmarkWorld): Promise<RunResult[]> {
  const media = await openMedia(plan.media);
  const limits = systemLimits();
  const casts = plan.sizes.map((n) => {
    const cast = castOf(plan, n);
    return { n, cast, shares: dealShares(cast, plan.processes, limits) };
  });
  const results: RunResult[] = [];
  for (const { n, cast, shares } of casts) {
    const warning = serverLimitWarning(shares, limits);
    if (warning !== undefined) world.progress.write(`warning: ${warning}\n`);
    for (let round = 1; round <= plan.rounds; round++) {
      for (const target of plan.targets) {
        results.push(await runOnce(plan, target, { n, round, cast, shares }, media, world));
        writeFiles(plan, results, media, world.command);
      }
    }
  }
  return results;
}

async function runOnce(
  plan: LoadPlan,
  target: Target,
  { n, round, cast, shares }: Pick<RunOptions, "cast" | "shares"> & { readonly n: number; readonly round: number },
  media: MediaLoop,
  { progress, interrupt }: BenchmarkWorld,
): Promise<RunResult> {
  const startedAt = new Date().toISOString();
  const { scenario, rounds } = plan;
  const title = `${target.name}  ${scenario} ${n}${rounds > 1 ? `  round ${round} of ${rounds}` : ""}`;
  const line = new ProgressLine(progress, title);
  const folder = mkdtempSync(join(tmpdir(), "rtmp-load-"));
  try {
    const place = { folder, app: plan.app, connections: cast.publishers + cast.viewers };
    const started = await startTarget(target, place, interrupt);
    try {
      const measured = await runLoad({
        plan,
        cast,
        shares,
        media,
        server: started.server,
        onStatus: (status) => line.show(status),
        signal: interrupt,
      });
      line.clear();
      const name = { server: target.name, serverVersion: started.version, scenario, n, round, startedAt };
      return summarise(name, media, measured);
    } finally {
      line.clear();
      await started.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function writeFiles(plan: LoadPlan, results: readonly RunResult[], media: MediaLoop, command: string): void {
  const { markdownFile, svgFile, jsonFile, seconds } = plan;
  const write = (file: string, text: string): void => writeFileSync(resolve(process.env.INIT_CWD ?? "", file), text);
  const frame = { command, media: media.description, seconds, date: new Date().toISOString().slice(0, 10) };
  if (markdownFile !== undefined) write(markdownFile, markdownReport(results, frame));
  if (svgFile !== undefined) write(svgFile, resultChart(results, media.description));
  if (jsonFile !== undefined) write(jsonFile, `${JSON.stringify(results, undefined, 2)}\n`);
}
