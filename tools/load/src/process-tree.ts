import { existsSync, readdirSync, readFileSync } from "node:fs";

/** The unit of times in /proc, the same on every Linux that Node.js runs on. */
const TICKS_PER_SECOND = 100;
const BYTES_PER_KIB = 1024;

/** CPU time of processes, in seconds. */
export interface CpuTime {
  readonly user: number;
  readonly system: number;
}

/** Memory of processes, in bytes. */
export interface MemoryUse {
  /** Resident; what processes share counts for each. */
  readonly rss: number;
  /** Resident; what processes share is shared out. `undefined` if the kernel does not say. */
  readonly pss: number | undefined;
}

interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  readonly userTicks: number;
  readonly systemTicks: number;
  /** With the pid it names a process for as long as the machine runs. */
  readonly startTicks: number;
}

/** A process and all that descend from it, by what Linux says in /proc. */
export class ProcessTree {
  readonly #known = new Map<number, ProcessStat>();
  /** The first and the last look at each process since `begin`. */
  readonly #looks = new Map<number, { readonly first: ProcessStat | undefined; last: ProcessStat }>();

  /** Throws a `TypeError` where processes cannot be measured. */
  constructor(rootPid: number) {
    if (!ProcessTree.isMeasurable()) throw new TypeError("processes can be measured on Linux only");
    const root = readStat(rootPid);
    if (root !== undefined) this.#known.set(rootPid, root);
  }

  /** Whether this system has what it takes. */
  static isMeasurable(): boolean {
    return existsSync("/proc/self/stat");
  }

  /** The processes that run now. One that left its parent is kept if it has been seen before. */
  pids(): readonly number[] {
    return this.#stats().map(({ pid }) => pid);
  }

  /** CPU time counts from now on. */
  begin(): void {
    this.#looks.clear();
    for (const stat of this.#stats()) this.#looks.set(stat.pid, { first: stat, last: stat });
  }

  /** CPU time since `begin`. Call it now and then: what a process used is lost if it ends before anybody looks. */
  cpuSince(): CpuTime {
    for (const stat of this.#stats()) {
      const look = this.#looks.get(stat.pid);
      if (look === undefined) this.#looks.set(stat.pid, { first: undefined, last: stat });
      else look.last = stat;
    }
    let user = 0;
    let system = 0;
    for (const { first, last } of this.#looks.values()) {
      user += last.userTicks - (first?.userTicks ?? 0);
      system += last.systemTicks - (first?.systemTicks ?? 0);
    }
    return { user: user / TICKS_PER_SECOND, system: system / TICKS_PER_SECOND };
  }

  /** Memory now. */
  memory(): MemoryUse {
    const pids = this.pids();
    const rss = pids.map((pid) => kibibytes(`/proc/${pid}/status`, "VmRSS") ?? 0);
    const pss = pids.map((pid) => kibibytes(`/proc/${pid}/smaps_rollup`, "Pss"));
    const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) * BYTES_PER_KIB;
    const isWhole = pss.every((value) => value !== undefined);
    return { rss: sum(rss), pss: isWhole ? sum(pss) : undefined };
  }

  #stats(): ProcessStat[] {
    const running = new Map(allStats().map((stat) => [stat.pid, stat]));
    for (const [pid, { startTicks }] of this.#known) {
      if (running.get(pid)?.startTicks !== startTicks) this.#known.delete(pid);
    }
    for (let grows = true; grows;) {
      grows = false;
      for (const stat of running.values()) {
        if (this.#known.has(stat.pid) || !this.#known.has(stat.parent)) continue;
        this.#known.set(stat.pid, stat);
        grows = true;
      }
    }
    return [...this.#known.keys()].flatMap((pid) => running.get(pid) ?? []);
  }
}

function allStats(): ProcessStat[] {
  return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? (readStat(Number(name)) ?? []) : []));
}

/** `undefined` if the process has ended. */
function readStat(pid: number): ProcessStat | undefined {
  const text = readText(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The name of the program stands in parentheses and may hold anything. What follows begins with field 3 (proc_pid_stat(5)).
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const field = (number: number): number => Number(fields[number - 3]);
  return { pid, parent: field(4), userTicks: field(14), systemTicks: field(15), startTicks: field(22) };
}

function kibibytes(path: string, name: string): number | undefined {
  const match = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(readText(path) ?? "");
  return match === null ? undefined : Number(match[1]);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // ended in this moment, or not ours to look at
  }
}
