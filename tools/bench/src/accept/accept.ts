import { buildC, CProgram } from "../c-program.ts";
import { MeasuredProcess } from "../measured-process.ts";
import { acceptTable, perAccept } from "./accept-table.ts";
import type { AcceptRound } from "./accept-table.ts";

/** How to measure accepts. */
export interface AcceptOptions {
  readonly loopCounts: readonly number[];
  readonly rounds: number;
  readonly seconds: number;
}

const STORM = "storm";
const AT_ONCE = 64;
const WARM_UP_SECONDS = 1;

/**
 * Measures how many connections a group of loops takes in a second, and what one costs: accepted, dealt to its loop, greeted with a byte, and forgotten
 * when the peer has gone. The numbers of loops take turns.
 */
export async function accept(options: AcceptOptions): Promise<string> {
  buildC(STORM);
  const rounds = new Map<number, AcceptRound[]>(options.loopCounts.map((loops) => [loops, []]));
  for (let round = 0; round < options.rounds; round++) {
    for (const [loops, taken] of rounds) taken.push(await takeRound(loops, options.seconds));
  }
  return acceptTable(rounds);
}

async function takeRound(loops: number, seconds: number): Promise<AcceptRound> {
  const server = new MeasuredProcess(new URL("first-process.ts", import.meta.url), [String(loops)]);
  try {
    const port = await server.nextAnswer<number>();
    await storm(port, WARM_UP_SECONDS);
    const before = await server.ask<number[]>("cpu");
    const { taken, lasted } = await storm(port, seconds);
    const after = await server.ask<number[]>("cpu");
    await server.close();
    return perAccept(taken, lasted, before, after);
  } finally {
    server.kill();
  }
}

async function storm(port: number, seconds: number): Promise<{ readonly taken: number; readonly lasted: number }> {
  const program = new CProgram(STORM, [port, AT_ONCE, seconds]);
  try {
    const [taken, failed, lasted] = (await program.nextLine()).split(" ").map(Number);
    if (failed! > 0 || taken === 0) throw new Error(`${failed} connections of ${taken! + failed!} were not taken.`);
    return { taken: taken!, lasted: lasted! };
  } finally {
    program.kill();
  }
}
