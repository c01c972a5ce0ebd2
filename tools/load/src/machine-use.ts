import { readFileSync } from "node:fs";

/** The unit of times in /proc. */
const TICKS_PER_SECOND = 100;
/** Of the first line of /proc/stat (proc_stat(5)): user, nice, system, irq, softirq, steal; not idle and iowait. */
const busyFields = [1, 2, 3, 6, 7, 8] as const;

/** CPU time that all cores together have spent on anything, stolen by other machines or not; `undefined` where nobody says. */
export function busyCpuSeconds(): number | undefined {
  try {
    const fields = readFileSync("/proc/stat", "utf8").split("\n")[0]!.split(/\s+/).map(Number);
    return busyFields.reduce((sum, field) => sum + (fields[field] ?? 0), 0) / TICKS_PER_SECOND;
  } catch {
    return undefined; // no Linux
  }
}
