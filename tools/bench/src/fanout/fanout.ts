import { setTimeout as sleep } from "node:timers/promises";
import { median } from "../measure.ts";
import { alignedTable, threeDigits } from "../table.ts";
import { buildBaseline, Receivers, runBaseline } from "./baseline.ts";
import { greeting } from "./greeting.ts";
import { LivePublisher } from "./live-publisher.ts";
import { ServerProcess } from "./server-process.ts";
import type { ServerReport } from "./server-process.ts";

/** How to measure fan-out. */
export interface FanoutOptions {
  readonly viewerCounts: readonly number[];
  readonly rounds: number;
  readonly seconds: number;
  readonly maxFlushDelayMs: number;
}

/** What one round gave. */
interface Round {
  readonly ours: ServerReport;
  /** µs of CPU a write. */
  readonly oursPerWrite: number;
  readonly baselinePerWrite: number;
}

const STREAM_KEY = "bench";
const SETTLE_MS = 2000;

/**
 * Measures what a write costs our server, and what the same writes cost a program in C that does nothing else: the log of
 * one viewer is written again, to as many receivers, at the same times. They take turns.
 */
export async function fanout(options: FanoutOptions): Promise<string> {
  buildBaseline();
  const rows: string[][] = [];
  for (const viewerCount of options.viewerCounts) {
    const rounds: Round[] = [];
    for (let round = 0; round < options.rounds; round++) rounds.push(await takeRound(viewerCount, options));
    rows.push(rowOf(viewerCount, rounds));
  }
  const header = ["viewers", "cores", "MB", "loop delay p99, ms", "writes a viewer and s", "bytes a write"];
  return alignedTable([[...header, "C: µs a write", "ours: µs a write", "ours / C"], ...rows]);
}

async function takeRound(viewerCount: number, options: FanoutOptions): Promise<Round> {
  const ours = await measureOurs(viewerCount, options);
  const log = ours.log.map(([ms, bytes]) => ({ ms, bytes }));
  const baselinePerWrite = await runBaseline(log, viewerCount);
  return { ours, oursPerWrite: (ours.cpuMs * 1000) / ours.writes, baselinePerWrite };
}

async function measureOurs(viewerCount: number, options: FanoutOptions): Promise<ServerReport> {
  const server = await ServerProcess.start(options.maxFlushDelayMs);
  let publisher: LivePublisher | undefined;
  let receivers: Receivers | undefined;
  try {
    publisher = await LivePublisher.start(server.port, STREAM_KEY);
    receivers = await Receivers.connect(server.port, viewerCount, greeting("play", STREAM_KEY));
    await sleep(SETTLE_MS);
    server.begin();
    await sleep(options.seconds * 1000);
    const report = await server.end();
    if (report.subscribers !== viewerCount) throw new Error(`${report.subscribers} viewers play, not ${viewerCount}.`);
    publisher.stop();
    await server.close();
    const expected = report.log.reduce((sum, [, bytes]) => sum + bytes, 0);
    const fewest = await receivers.fewestBytes();
    if (fewest < expected * 0.995) throw new Error(`A viewer got ${fewest} bytes of ${expected}.`);
    return report;
  } finally {
    publisher?.stop();
    receivers?.kill();
    server.kill();
  }
}

function rowOf(viewerCount: number, rounds: readonly Round[]): string[] {
  const middle = (pick: (round: Round) => number): number => median(rounds.map(pick));
  const bytes = ({ ours }: Round): number => ours.log.reduce((sum, [, size]) => sum + size, 0) / ours.log.length;
  return [
    String(viewerCount),
    middle(({ ours }) => ours.cpuMs / ours.wallMs).toFixed(2),
    middle(({ ours }) => ours.rssMegabytes).toFixed(0),
    middle(({ ours }) => ours.loopDelayP99Ms).toFixed(1),
    middle(({ ours }) => (ours.log.length * 1000) / ours.wallMs).toFixed(1),
    middle(bytes).toFixed(0),
    threeDigits(middle(({ baselinePerWrite }) => baselinePerWrite)),
    threeDigits(middle(({ oursPerWrite }) => oursPerWrite)),
    middle(({ oursPerWrite, baselinePerWrite }) => oursPerWrite / baselinePerWrite).toFixed(2),
  ];
}
