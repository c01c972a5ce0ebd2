import { parentPort, workerData } from "node:worker_threads";
import { runTarget } from "./run-target.ts";
import { targets } from "./targets/index.ts";

/** What `main` asks a worker to do. */
export interface WorkerTask {
  readonly target: string;
  readonly seed: number;
  readonly seconds: number;
  readonly from: number;
  /** One number that both sides see: the iteration that is being checked. */
  readonly progress: SharedArrayBuffer;
}

const task = workerData as WorkerTask;
const progress = new Float64Array(task.progress);
const target = targets.find(({ name }) => name === task.target);
if (target === undefined) throw new RangeError(`no target is called ${task.target}`);
const { seed, seconds, from } = task;
const onIteration = (iteration: number): void => {
  progress[0] = iteration;
};
parentPort?.postMessage(await runTarget(target, { seed, seconds, from, onIteration }));
