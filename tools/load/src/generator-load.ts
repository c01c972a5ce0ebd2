import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { monotonicUs } from "./monotonic-clock.ts";

const RESOLUTION_MS = 10;

/** What generating the load cost a process, and whether it kept up. */
export interface LoadFigures {
  /** User and system time. */
  readonly cpuSeconds: number;
  /** How late the event loop came round; all but the worst of a hundred turns were better. */
  readonly loopDelayP99Ms: number;
}

/** Measures this process from `fromUs` to `toUs` of `monotonicUs`; resolves after that, however busy the process is. */
export async function measureLoad(fromUs: number, toUs: number): Promise<LoadFigures> {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  await sleep(msUntil(fromUs));
  const beganUs = monotonicUs();
  const before = process.cpuUsage();
  delay.enable();
  await sleep(msUntil(toUs));
  const { user, system } = process.cpuUsage(before);
  delay.disable();
  // A loop that is late begins and ends late: what it used is scaled to the time asked for.
  const share = (toUs - fromUs) / (monotonicUs() - beganUs);
  // What is recorded is the time between two turns of a timer: its own interval is in it.
  const loopDelayP99Ms = Math.max(0, delay.percentile(99) / 1e6 - RESOLUTION_MS);
  return { cpuSeconds: ((user + system) / 1e6) * share, loopDelayP99Ms };
}

function msUntil(us: number): number {
  return Math.max(0, (us - monotonicUs()) / 1000);
}
