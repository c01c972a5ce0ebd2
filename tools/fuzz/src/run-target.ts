import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { seededRandom } from "@rtmp/testkit";
import { minimise } from "./minimise.ts";
import { BrokenLaw, MAX_INPUT_SIZE } from "./target.ts";
import type { FuzzTarget } from "./target.ts";

/** How long to run, and with what. */
export interface RunOptions {
  readonly seed: number;
  readonly seconds: number;
  /** The first iteration. Default 0. */
  readonly from?: number;
  /** Runs so many iterations at most. */
  readonly iterations?: number;
  /** The longest that all the readings of one input may compute, in ms. Default 1000; the usual is under one. */
  readonly slowestCheckMs?: number;
  /** Is told before each check which iteration it belongs to: whoever waits sees where it hangs. */
  readonly onIteration?: (iteration: number) => void;
}

/** An input that broke a law, made as small as the time allowed. */
export interface Failure {
  readonly law: string;
  readonly detail: string;
  readonly seed: number;
  readonly iteration: number;
  readonly originalSize: number;
  readonly input: Uint8Array;
}

/** What a run of one target saw. */
export interface RunResult {
  readonly target: string;
  readonly iterations: number;
  readonly seconds: number;
  readonly slowestMs: number;
  /** How often each error code was seen. */
  readonly codes: ReadonlyMap<string, number>;
  readonly failure: Failure | undefined;
}

const SLOW_CHECK_REPEATS = 5;
/** More than the collector leaves lying about, and less than a leak of one input's worth in a thousand. */
const MAX_HEAP_GROWTH = 24 * 1024 * 1024;
const WARM_UP_SHARE = 0.25;
const MINIMISE_ATTEMPTS = 3000;
const MINIMISE_MS = 10_000;

/** Checks one input after the other until the time is over or a law is broken. */
export async function runTarget(target: FuzzTarget, options: RunOptions): Promise<RunResult> {
  const { seed, seconds, from = 0, iterations = Infinity, slowestCheckMs = 1000 } = options;
  const codes = new Map<string, number>();
  const begin = performance.now();
  let slowestMs = 0;
  let warmHeap: number | undefined;
  let iteration = from;
  let failure: Failure | undefined;
  Error.stackTraceLimit = 0; // most inputs end in an error that nobody looks at
  for (; elapsed(begin) < seconds && iteration < from + iterations && failure === undefined; iteration++) {
    options.onIteration?.(iteration);
    const input = inputOf(target, seed, iteration);
    const start = cpuMs();
    try {
      const verdict = await target.check(input, checkRandom(seed, iteration));
      for (const code of verdict.codes) codes.set(code, (codes.get(code) ?? 0) + 1);
      const ms = cpuMs() - start;
      slowestMs = Math.max(slowestMs, ms);
      if (ms > slowestCheckMs) await confirmSlow(target, input, seed, iteration, slowestCheckMs);
    } catch (error) {
      failure = await describeFailure(target, input, seed, iteration, error, slowestCheckMs);
    }
    if (warmHeap === undefined && elapsed(begin) > seconds * WARM_UP_SHARE) warmHeap = await heapBytes();
  }
  const grown = warmHeap === undefined ? 0 : (await heapBytes()) - warmHeap;
  if (failure === undefined && grown > MAX_HEAP_GROWTH) {
    const detail = `${Math.round(grown / 1024)} KiB more after ${iteration - from} inputs than after a quarter of the time`;
    failure = { law: "memory grows", detail, seed, iteration, originalSize: 0, input: new Uint8Array(0) };
  }
  return { target: target.name, iterations: iteration - from, seconds: elapsed(begin), slowestMs, codes, failure };
}

/** The input of one iteration: it depends on nothing else. */
export function inputOf(target: FuzzTarget, seed: number, iteration: number): Uint8Array {
  return target.generate(seededRandom(mix(seed, iteration))).subarray(0, MAX_INPUT_SIZE);
}

/** Checks one input once, in the way that iteration would. Throws what the check throws. */
export async function checkOnce(
  target: FuzzTarget,
  input: Uint8Array,
  seed: number,
  iteration: number,
): Promise<readonly string[]> {
  const { codes } = await target.check(input, checkRandom(seed, iteration));
  return codes;
}

/** Throws a `BrokenLaw` if the check is slow every time: once may be the compiler, or the collector. */
async function confirmSlow(
  target: FuzzTarget,
  input: Uint8Array,
  seed: number,
  iteration: number,
  slowestMs: number,
): Promise<void> {
  let ms = 0;
  for (let repeat = 0; repeat < SLOW_CHECK_REPEATS; repeat++) {
    const start = cpuMs();
    await target.check(input, checkRandom(seed, iteration));
    ms = cpuMs() - start;
    if (ms <= slowestMs) return;
  }
  throw new BrokenLaw("slow", `${input.length} bytes took ${Math.round(ms)} ms`);
}

async function describeFailure(
  target: FuzzTarget,
  input: Uint8Array,
  seed: number,
  iteration: number,
  error: unknown,
  slowestCheckMs: number,
): Promise<Failure> {
  Error.stackTraceLimit = 12;
  const law = lawOf(error);
  const begin = performance.now();
  let last: unknown = error;
  const stillFails = async (candidate: Uint8Array): Promise<boolean> => {
    try {
      if (law === "slow") await confirmSlow(target, candidate, seed, iteration, slowestCheckMs);
      else await target.check(candidate, checkRandom(seed, iteration));
      return false;
    } catch (candidateError) {
      if (lawOf(candidateError) !== law) return false;
      last = candidateError;
      return true;
    }
  };
  const isOver = (): boolean => performance.now() - begin > MINIMISE_MS;
  const smallest = await minimise(input, stillFails, { attempts: MINIMISE_ATTEMPTS, isOver });
  const detail = last instanceof BrokenLaw ? last.message : String(last instanceof Error ? last.stack : last);
  return { law, detail, seed, iteration, originalSize: input.length, input: smallest };
}

function lawOf(error: unknown): string {
  if (error instanceof BrokenLaw) return error.law;
  return `the check threw ${error instanceof Error ? error.name : typeof error}`;
}

function checkRandom(seed: number, iteration: number): ReturnType<typeof seededRandom> {
  return seededRandom(mix(iteration, seed));
}

function mix(a: number, b: number): number {
  return (Math.imul(a + 1, 0x9e37_79b1) ^ Math.imul(b + 1, 0x85eb_ca77)) >>> 0;
}

function elapsed(begin: number): number {
  return (performance.now() - begin) / 1000;
}

/** Time this thread has computed, which others on the same machine do not lengthen. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

let collect: (() => void) | undefined;

/** Bytes alive, array memory included. */
async function heapBytes(): Promise<number> {
  if (collect === undefined) {
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as () => void;
  }
  // What an input left for later turns of the loop is not kept, only not done yet.
  for (let turn = 0; turn < 3; turn++) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    collect();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
