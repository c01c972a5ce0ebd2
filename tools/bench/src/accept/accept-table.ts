import { median } from "../measure.ts";
import { alignedTable, threeDigits } from "../table.ts";

/** What one round gave. */
export interface AcceptRound {
  readonly perSecond: number;
  /** µs of CPU an accept, of each process; the first process comes first. */
  readonly micros: readonly number[];
}

/** What an accept cost, of so many that were made in so many seconds; `before` and `after` are what each process had used by then, in µs. */
export function perAccept(
  count: number,
  seconds: number,
  before: readonly number[],
  after: readonly number[],
): AcceptRound {
  if (before.length !== after.length) throw new Error("A loop died while it was measured.");
  return { perSecond: count / seconds, micros: after.map((used, i) => (used - before[i]!) / count) };
}

/** A row for each number of loops, of medians. */
export function acceptTable(rounds: ReadonlyMap<number, readonly AcceptRound[]>): string {
  const header = ["loops", "accepts/s", "µs of CPU an accept", "first process", "each loop"];
  return alignedTable([header, ...[...rounds].map(([loops, taken]) => rowOf(loops, taken))]);
}

function rowOf(loops: number, rounds: readonly AcceptRound[]): string[] {
  const middle = (pick: (round: AcceptRound) => number): string => threeDigits(median(rounds.map(pick)));
  const each = Array.from({ length: loops }, (_, i) => middle(({ micros }) => micros[i + 1]!));
  return [
    String(loops),
    middle(({ perSecond }) => perSecond),
    middle(({ micros }) => micros.reduce((sum, used) => sum + used, 0)),
    middle(({ micros }) => micros[0]!),
    loops === 0 ? "–" : each.join(" + "),
  ];
}
