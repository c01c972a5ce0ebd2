import { MeasuredProcess } from "../measured-process.ts";
import { busTable } from "./bus-round.ts";
import type { BusRound } from "./bus-round.ts";
import { ways } from "./ways.ts";

/** How to measure the bus. */
export interface BusOptions {
  /** Messages a second. */
  readonly rates: readonly number[];
  readonly rounds: number;
  readonly seconds: number;
}

/**
 * Measures what a message from one process to another costs, by each way that Node.js offers. They take turns. Throws an `Error` when a way loses a
 * message, or changes one that is looked at.
 */
export async function bus(options: BusOptions): Promise<string> {
  const tables: string[] = [];
  for (const rate of options.rates) {
    const rounds = new Map<string, BusRound[]>(ways.map(({ name }) => [name, []]));
    for (let round = 0; round < options.rounds; round++) {
      for (const [name, taken] of rounds) taken.push(await takeRound(name, rate, options.seconds));
    }
    tables.push(busTable(rate, rounds));
  }
  return tables.join("\n\n");
}

async function takeRound(name: string, rate: number, seconds: number): Promise<BusRound> {
  const entry = new URL("first-process.ts", import.meta.url);
  const first = new MeasuredProcess(entry, [name, String(rate), String(seconds)]);
  try {
    const round = await first.nextAnswer<BusRound>();
    await first.ended();
    return round;
  } finally {
    first.kill();
  }
}
