import { lineChart } from "./chart.ts";
import type { Panel, Series } from "./chart.ts";
import type { RunResult } from "./run-result.ts";
import { spreadOf } from "./spread.ts";
import { groupResults } from "./table.ts";

const titles = {
  push: "n publishers, nobody watches",
  pull: "n viewers",
  pair: "n publishers and n viewers, one each",
} as const;

/** The medians over n, a line for each server: CPU time for a message, and cores. */
export function resultChart(results: readonly RunResult[], media: string): string {
  const scenario = results[0]?.scenario ?? "pull";
  const xLabel = scenario === "pull" ? "viewers" : scenario === "push" ? "publishers" : "pairs";
  const panel = (title: string, yLabel: string, value: (result: RunResult) => number | undefined): Panel => {
    return { title, xLabel, yLabel, series: seriesOf(results, value) };
  };
  const isWhole = results.every(({ generator }) => !generator.isSaturated);
  const subtitle = isWhole ? media : `${media}; rounds of a saturated generator are left out`;
  return lineChart(`Load: ${titles[scenario]}`, subtitle, [
    panel("CPU time a message", "µs a message", ({ use }) => use?.cpuUsPerMessage),
    panel("CPU", "cores", ({ use }) => use?.cores),
  ]);
}

function seriesOf(results: readonly RunResult[], value: (result: RunResult) => number | undefined): Series[] {
  const groups = groupResults(results);
  const names = [...new Set(groups.map(({ server }) => server))];
  return names.map((name) => {
    const own = groups.filter(({ server }) => server === name);
    const valid = (rounds: readonly RunResult[]): readonly RunResult[] =>
      rounds.filter(({ generator }) => !generator.isSaturated);
    return { name, points: own.map(({ n, rounds }) => ({ x: n, y: spreadOf(valid(rounds).map(value))?.median })) };
  });
}
