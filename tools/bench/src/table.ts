import type { CaseResult, Outcome } from "./measure.ts";

/** One table for each case: who, MB/s, ns a message, and how much longer than ours it takes. */
export function markdown(results: readonly CaseResult[]): string {
  return results.map(caseTable).join("\n\n");
}

function caseTable({ bench, outcomes }: CaseResult): string {
  const [ours] = outcomes;
  const rows = outcomes.map((outcome): readonly string[] => [outcome.contender, ...figures(outcome)]);
  const header = [bench.name, "MB/s", "ns a message", "time, ours = 1"];
  const faults = outcomes.filter(({ fault }) => fault !== undefined);
  const notes = faults.map(({ contender, fault }) => `${contender} is left out: ${oneLine(fault ?? "")}.`);
  const table = alignedTable([header, ...rows.filter((row) => row.length === header.length)]);
  return [table, ...notes].join("\n\n");

  function figures({ nsPerRun }: Outcome): readonly string[] {
    if (nsPerRun === undefined) return [];
    const megabytes = (bench.byteCount / nsPerRun) * 1000;
    const ratio = nsPerRun / (ours?.nsPerRun ?? Number.NaN);
    return [threeDigits(megabytes), threeDigits(nsPerRun / bench.messageCount), ratio.toFixed(ratio < 10 ? 2 : 0)];
  }
}

/** Text in the first column, numbers to the right in the others, as prettier leaves it. */
export function alignedTable(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(3, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const body = rows.map((row) =>
    line(row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))),
  );
  const rule = line(widths.map((width, i) => (i === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)));
  return [body[0]!, rule, ...body.slice(1)].join("\n");
}

/** No more digits than the measurement is good for. */
export function threeDigits(value: number): string {
  const rounded = Number(value.toPrecision(3));
  return rounded >= 100 ? String(rounded) : rounded.toFixed(rounded >= 10 ? 1 : 2);
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, " ").trim().replace(/\.$/, "");
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
}
