/** The middle of several rounds and how far they lie apart. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Sums up the rounds that have the figure; `undefined` if none has. */
export function spreadOf(values: readonly (number | undefined)[]): Spread | undefined {
  const sorted = values.filter((value) => value !== undefined).sort((a, b) => a - b);
  if (sorted.length === 0) return undefined;
  const middle = sorted.length / 2;
  const median = Number.isInteger(middle) ? (sorted[middle - 1]! + sorted[middle]!) / 2 : sorted[Math.floor(middle)]!;
  return { median, min: sorted[0]!, max: sorted.at(-1)! };
}

/** The median, and the range if there is one: `5.83 (5.2–6.1)`; a dash if there is nothing. */
export function formatSpread(spread: Spread | undefined, digits: number): string {
  if (spread === undefined) return "–";
  const { median, min, max } = spread;
  const range = `${min.toFixed(digits)}–${max.toFixed(digits)}`;
  return min === max ? median.toFixed(digits) : `${median.toFixed(digits)} (${range})`;
}
