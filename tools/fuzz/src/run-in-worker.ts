import { Worker } from "node:worker_threads";
import { inputOf } from "./run-target.ts";
import type { Failure, RunResult } from "./run-target.ts";
import type { FuzzTarget } from "./target.ts";
import type { WorkerTask } from "./worker.ts";

/** A run may be this much longer than asked, for the last input and for making a failure small. */
const PATIENCE_MS = 60_000;
/** What a target may have alive. One that wants more has lost its bounds. */
const MAX_HEAP_MB = 768;

/**
 * Runs one target in a thread of its own, so that a reader that never returns or that eats all memory is a failure with
 * its iteration, and not the end of the run.
 */
export async function runInWorker(
  target: FuzzTarget,
  options: { readonly seed: number; readonly seconds: number; readonly from: number },
): Promise<RunResult> {
  const progress = new SharedArrayBuffer(8);
  const workerData: WorkerTask = { target: target.name, ...options, progress };
  const worker = new Worker(new URL("worker.ts", import.meta.url), {
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
  });
  const begin = performance.now();
  const limitMs = options.seconds * 1000 + PATIENCE_MS;
  const dead = (law: string, detail: string): RunResult => {
    const iteration = new Float64Array(progress)[0] ?? 0;
    const input = inputOf(target, options.seed, iteration);
    const failure: Failure = { law, detail, seed: options.seed, iteration, originalSize: input.length, input };
    const seconds = (performance.now() - begin) / 1000;
    return { target: target.name, iterations: iteration, seconds, slowestMs: 0, codes: new Map(), failure };
  };
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<RunResult>((resolve) => {
      timer = setTimeout(() => resolve(dead("hangs", "a check does not return")), limitMs);
      worker.once("message", (result: RunResult) => resolve(result));
      worker.once("error", (error) => resolve(dead("worker died", String(error))));
      worker.once("exit", (code) => resolve(dead("worker died", `exit code ${code}`)));
    });
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}
