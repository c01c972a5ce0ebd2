import { DISTURBING_CORES } from "./run-result.ts";
import type { RunResult } from "./run-result.ts";
import { formatSpread, spreadOf } from "./spread.ts";

/** The rounds of one server with one n. */
export interface ResultGroup {
  readonly server: string;
  readonly n: number;
  readonly rounds: readonly RunResult[];
}

const MEBIBYTE = 1024 * 1024;

/** Rounds that belong together, in the order in which they first came. */
export function groupResults(results: readonly RunResult[]): ResultGroup[] {
  const groups = new Map<string, { server: string; n: number; rounds: RunResult[] }>();
  for (const result of results) {
    const { server, n } = result;
    const key = `${n} ${server}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { server, n, rounds: [result] });
    else group.rounds.push(result);
  }
  return [...groups.values()].sort((a, b) => a.n - b.n);
}

interface Column {
  readonly head: string;
  readonly cell: (group: ResultGroup) => string;
}

const figure =
  (value: (result: RunResult) => number | undefined, digits: number) =>
  ({ rounds }: ResultGroup): string =>
    formatSpread(spreadOf(rounds.map(value)), digits);

const columns: readonly Column[] = [
  { head: "server", cell: ({ server }) => server },
  { head: "n", cell: ({ n }) => String(n) },
  { head: "connected", cell: connectedCell },
  { head: "delivered / due", cell: figure(({ messages }) => messages.delivered / messages.due, 3) },
  { head: "CPU, µs a message", cell: figure(({ use }) => use?.cpuUsPerMessage, 2) },
  { head: "cores", cell: figure(({ use }) => use?.cores, 2) },
  { head: "RSS, MB", cell: figure(({ use }) => use && use.rssBytes / MEBIBYTE, 0) },
  { head: "PSS, MB", cell: figure(({ use }) => use?.pssBytes && use.pssBytes / MEBIBYTE, 0) },
  { head: "latency p50, ms", cell: figure(({ latencyMs }) => latencyMs.p50, 1) },
  { head: "p99, ms", cell: figure(({ latencyMs }) => latencyMs.p99, 1) },
  { head: "stalled", cell: figure(({ stalledViewers }) => stalledViewers, 0) },
  { head: "faults", cell: faultsCell },
  { head: "accepts/s", cell: figure(({ connections }) => connections.acceptedPerSecond, 0) },
  { head: "generator", cell: generatorCell },
];

/** What the columns mean, in one paragraph. */
export const legend: string =
  "CPU is user and system time of all processes of the server in the steady window, divided by the messages delivered to viewers " +
  "(taken from publishers where nobody watches), and as cores kept busy. Latency is of video, from the publisher's socket to the " +
  "viewer's. Stalled viewers got nothing for 2 s. Faults are messages that viewers who look at every byte found lost, doubled, out " +
  "of order or changed. Accepts are bounded by the rate at which connections are opened. Generator: its cores, and how late its " +
  "event loop is (p99 of the worst process); above 100 ms the figures are not valid, and where others kept the machine busy they are doubtful. Several rounds: median (lowest–highest).";

/** The table, one row for each server and n. */
export function resultTable(results: readonly RunResult[]): string {
  return alignedTable([columns.map(({ head }) => head), ...groupResults(results).map(row)]);
}

function row(group: ResultGroup): string[] {
  return columns.map(({ cell }) => cell(group));
}

function connectedCell({ rounds }: ResultGroup): string {
  const worst = Math.min(...rounds.map(({ connections }) => connections.held));
  return `${worst} of ${rounds[0]!.connections.wanted}`;
}

function faultsCell({ rounds }: ResultGroup): string {
  const checked = rounds.reduce((sum, { checked: one }) => sum + one.checked, 0);
  if (checked === 0) return "–";
  const names = { lost: "lost", duplicated: "doubled", outOfOrder: "out of order", corrupted: "changed" } as const;
  const found = (Object.keys(names) as (keyof typeof names)[]).flatMap((key) => {
    const count = rounds.reduce((sum, { checked: one }) => sum + one[key], 0);
    return count > 0 ? [`${count} ${names[key]}`] : [];
  });
  return found.length === 0 ? `none in ${checked}` : `${found.join(", ")} in ${checked}`;
}

function generatorCell({ rounds }: ResultGroup): string {
  const cores = spreadOf(rounds.map(({ generator }) => generator.cores));
  const delay = Math.max(...rounds.map(({ generator }) => generator.loopDelayP99Ms));
  const others = Math.max(0, ...rounds.map(({ otherCores }) => otherCores ?? 0));
  const disturbed = others > DISTURBING_CORES ? `, others ${others.toFixed(2)} cores` : "";
  const text = `${cores?.median.toFixed(2) ?? "–"} cores, ${delay.toFixed(0)} ms late${disturbed}`;
  return rounds.some(({ generator }) => generator.isSaturated) ? `**saturated: not valid** (${text})` : text;
}

/** Text to the left in the first column, to the right in the others, as prettier leaves it. */
function alignedTable(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, i) => Math.max(3, ...rows.map((cells) => cells[i]!.length)));
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const padded = rows.map((cells) =>
    line(cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))),
  );
  const rule = line(widths.map((width, i) => (i === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)));
  return [padded[0]!, rule, ...padded.slice(1)].join("\n");
}
