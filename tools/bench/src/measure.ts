/** One way to do a piece of work. */
export interface Contender {
  readonly name: string;
  /** Does the whole piece of work once. Returns what it read or wrote, which must be right. */
  readonly run: () => unknown;
}

/** A piece of work and who does it. Ours comes first. */
export interface BenchCase {
  readonly name: string;
  /** Bytes that one run reads or writes. */
  readonly byteCount: number;
  /** Messages, tags or bodies that one run reads or writes. */
  readonly messageCount: number;
  readonly contenders: readonly Contender[];
  /** Throws an `Error` saying what is wrong with a contender's result. */
  readonly verify: (result: unknown) => void;
  /** Is called when all is measured. */
  readonly close?: () => void;
}

/** How long to measure. */
export interface MeasureOptions {
  readonly rounds: number;
  readonly roundMs: number;
}

/** What came of one contender. */
export interface Outcome {
  readonly contender: string;
  /** Nanoseconds a run, the median of all rounds; `undefined` if it did not do the work. */
  readonly nsPerRun: number | undefined;
  /** What it did instead. */
  readonly fault?: string;
}

/** The outcomes of one case, in the order of its contenders. */
export interface CaseResult {
  readonly bench: BenchCase;
  readonly outcomes: readonly Outcome[];
}

interface Runner {
  readonly contender: Contender;
  readonly runsPerRound: number;
  readonly rounds: number[];
}

/**
 * Checks what every contender does, warms it up, and then lets all take turns, round by round, so that what else happens on
 * the machine happens to all of them.
 */
export function measure(bench: BenchCase, options: MeasureOptions): CaseResult {
  const faults = new Map<Contender, string>();
  const runners: Runner[] = [];
  for (const contender of bench.contenders) {
    const fault = faultOf(bench, contender);
    if (fault !== undefined) faults.set(contender, fault);
    else runners.push({ contender, runsPerRound: warmUp(contender, options.roundMs), rounds: [] });
  }
  for (let round = 0; round < options.rounds; round++) {
    for (const { contender, runsPerRound, rounds } of runners)
      rounds.push(timeRuns(contender, runsPerRound) / runsPerRound);
  }
  bench.close?.();
  const outcomes = bench.contenders.map((contender): Outcome => {
    const fault = faults.get(contender);
    const runner = runners.find((candidate) => candidate.contender === contender);
    const nsPerRun = runner && median(runner.rounds);
    return fault === undefined
      ? { contender: contender.name, nsPerRun }
      : { contender: contender.name, nsPerRun: undefined, fault };
  });
  return { bench, outcomes };
}

function faultOf(bench: BenchCase, contender: Contender): string | undefined {
  const { log, error: logError } = console;
  try {
    console.log = console.error = () => undefined; // some say what they do not understand
    bench.verify(contender.run());
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    Object.assign(console, { log, error: logError });
  }
}

/** Runs until the compiler has had its time, twice over; returns how many runs make a round. */
function warmUp(contender: Contender, roundMs: number): number {
  let runs = 1;
  for (let lasted = 0; lasted < 2 * roundMs * 1e6;) {
    const ns = timeRuns(contender, runs);
    lasted += ns;
    if (ns < (roundMs * 1e6) / 4) runs *= 2;
  }
  return runs;
}

function timeRuns(contender: Contender, runs: number): number {
  const begin = process.hrtime.bigint();
  for (let run = 0; run < runs; run++) last = contender.run();
  return Number(process.hrtime.bigint() - begin);
}

/** Where results go, so that no compiler finds them useless. */
export let last: unknown;

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  if (!Number.isInteger(middle)) return sorted[Math.floor(middle)]!;
  return (sorted[middle - 1]! + sorted[middle]!) / 2;
}
