import { setTimeout as sleep } from "node:timers/promises";
import type { Share } from "./assignment.ts";
import { Generators } from "./generators.ts";
import { LoadError } from "./load-error.ts";
import { busyCpuSeconds } from "./machine-use.ts";
import type { MediaLoop } from "./media-loop.ts";
import { monotonicUs } from "./monotonic-clock.ts";
import type { GeneratorReport, GeneratorSetup, RoleProgress } from "./orders.ts";
import type { Cast, LoadPlan } from "./plan.ts";
import type { ProcessTree } from "./process-tree.ts";
import type { CpuTime, MemoryUse } from "./process-tree.ts";

/** For stragglers of each ramp, for the last messages, and for what lies between. */
const GRACE_MS = 8000;
const DRAIN_MS = 5000;
const SPARE_MS = 30_000;
const LOOK_MS = 50;
const SAMPLE_MS = 500;
const CONNECT_TIMEOUT_MS = 15_000;
/** Viewers checked where a user does not say: with `--verify` everybody, up to so many. */
const MAX_CHECKED = 200;
const USUALLY_CHECKED = 8;
const MIN_SETTLE_MS = 2400;

/** The server to be loaded in one run. */
export interface LoadedServer {
  readonly host: string;
  readonly port: number;
  readonly app: string;
  /** `undefined` if nobody may or can look at its processes. */
  readonly tree: ProcessTree | undefined;
  /** Why it is gone; `undefined` while it runs. */
  end(): string | undefined;
}

/** Where a run is and what it has reached. */
export interface RunStatus {
  readonly phase: "publishers connect" | "viewers connect" | "settling" | "measuring" | "draining";
  readonly wanted: number;
  readonly busy: number;
  readonly lost: number;
  readonly frames: number;
  readonly elapsedMs: number;
}

/** What a run has measured, before it is put into words. */
export interface RunMeasurement {
  readonly cast: Cast;
  readonly reports: readonly GeneratorReport[];
  readonly windowUs: { readonly from: number; readonly to: number };
  /** When each stream began, by its number. */
  readonly starts: ReadonlyMap<number, number>;
  readonly cpu: CpuTime | undefined;
  readonly memory: MemoryUse | undefined;
  readonly processes: number;
  /** CPU time of the whole machine in the window. */
  readonly machineCpuSeconds: number | undefined;
  readonly troubles: readonly string[];
}

/** What `runLoad` needs. */
export interface RunOptions {
  readonly plan: LoadPlan;
  readonly cast: Cast;
  /** Of `dealShares`. */
  readonly shares: readonly Share[];
  readonly media: MediaLoop;
  readonly server: LoadedServer;
  readonly onStatus: (status: RunStatus) => void;
  readonly signal: AbortSignal;
}

/**
 * Loads a server once: publishers connect, then viewers; all settle; a steady window is measured; the rest is drained. It ends by
 * itself after its time plus 30 s at the latest. Rejects with a `LoadError` if it cannot be done, or with the signal's reason.
 */
export async function runLoad(options: RunOptions): Promise<RunMeasurement> {
  const { plan, media, cast, shares } = options;
  const settleMs =
    plan.settleSeconds === undefined ? Math.max(MIN_SETTLE_MS, media.gopMs * 1.2) : plan.settleSeconds * 1000;
  const rampMs = ((cast.publishers + cast.viewers) / plan.rate) * 1000;
  const limitMs = Math.ceil(rampMs + settleMs + plan.seconds * 1000 + SPARE_MS);
  const checked = plan.checkedViewers ?? (plan.isVerifying ? MAX_CHECKED : USUALLY_CHECKED);
  const setups = shares.map((share): GeneratorSetup => {
    const { host, port, app } = options.server;
    const checkEvery = checked === 0 ? 0 : Math.max(1, Math.ceil(cast.viewers / checked));
    const common = { host, port, app, media: plan.media, streamCount: cast.streams, checkEvery };
    return { ...common, ...share, connectTimeoutMs: CONNECT_TIMEOUT_MS, limitMs: limitMs + GRACE_MS };
  });
  const timeUp = AbortSignal.timeout(limitMs);
  const signal = AbortSignal.any([options.signal, timeUp]);
  const run = new LoadRun({ ...options, signal }, setups);
  try {
    return await run.measure(settleMs);
  } catch (error) {
    if (!timeUp.aborted || options.signal.aborted) throw error;
    throw new LoadError(`the run was not over after ${Math.round(limitMs / 1000)} s`, { cause: error });
  } finally {
    await run.leave();
  }
}

class LoadRun {
  readonly #options: RunOptions;
  readonly #generators: Generators;
  readonly #troubles: string[] = [];
  readonly #startedAt = performance.now();

  constructor(options: RunOptions, setups: readonly GeneratorSetup[]) {
    this.#options = options;
    this.#generators = new Generators(setups, (text) => this.#troubles.push(text));
  }

  async measure(settleMs: number): Promise<RunMeasurement> {
    const { plan, cast, signal, server } = this.#options;
    const { publishers, viewers } = cast;
    await this.#generators.ready(signal);
    await this.#connect("publishers", publishers);
    if (this.#generators.progress.publishers.busy === 0) {
      throw new LoadError(`no publisher was let in${this.#troubles.map((text) => `: ${text}`)[0] ?? ""}`);
    }
    if (viewers > 0) await this.#connect("viewers", viewers);

    const from = monotonicUs() + settleMs * 1000;
    const to = from + plan.seconds * 1e6;
    this.#generators.tell({ kind: "measure", fromUs: from, toUs: to });
    await this.#pass("settling", from);
    server.tree?.begin();
    const busyBefore = busyCpuSeconds();
    await this.#pass("measuring", to);
    const cpu = server.tree?.cpuSince();
    const busyAfter = busyCpuSeconds();
    const memory = server.tree?.memory();
    const processes = server.tree?.pids().length ?? 0;

    this.#say("draining");
    const stopped = await this.#generators.ask({ kind: "stop-publishing" }, "stopped", signal);
    const finals = stopped.flatMap((answer) => answer.finals);
    const starts = new Map(stopped.flatMap((answer) => answer.starts));
    const answers = await this.#generators.ask({ kind: "report", finals, waitMs: DRAIN_MS }, "report", signal);
    const reports = answers.map(({ report }) => report);
    const windowUs = { from, to };
    const machineCpuSeconds = busyBefore === undefined || busyAfter === undefined ? undefined : busyAfter - busyBefore;
    const troubles = this.#troubles;
    return { cast, reports, windowUs, starts, cpu, memory, processes, machineCpuSeconds, troubles };
  }

  async leave(): Promise<void> {
    await this.#generators.leave();
  }

  /** Until everybody has what it wants or has failed, or the time is up. */
  async #connect(role: "publishers" | "viewers", wanted: number): Promise<void> {
    const { rate } = this.#options.plan;
    this.#generators.connect(role, rate);
    const until = performance.now() + (wanted / rate) * 1000 + GRACE_MS;
    for (;;) {
      const { busy, failed, lost }: RoleProgress = this.#generators.progress[role];
      if (busy + failed + lost >= wanted || performance.now() > until) return;
      await this.#wait(LOOK_MS);
      this.#say(role === "publishers" ? "publishers connect" : "viewers connect");
    }
  }

  /** Until a moment of `monotonicUs`, with looks at the server. */
  async #pass(phase: RunStatus["phase"], untilUs: number): Promise<void> {
    for (;;) {
      const leftMs = (untilUs - monotonicUs()) / 1000;
      if (leftMs <= 0) return;
      await this.#wait(Math.min(SAMPLE_MS, leftMs));
      if (phase === "measuring" && leftMs > SAMPLE_MS) this.#options.server.tree?.cpuSince();
      this.#say(phase);
    }
  }

  async #wait(ms: number): Promise<void> {
    const { signal, server } = this.#options;
    await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
    const end = server.end();
    if (end !== undefined) throw new LoadError(`the server ended under the load: ${end}`);
  }

  #say(phase: RunStatus["phase"]): void {
    const { publishers, viewers, frames } = this.#generators.progress;
    const { cast, onStatus } = this.#options;
    onStatus({
      phase,
      wanted: cast.publishers + cast.viewers,
      busy: publishers.busy + viewers.busy,
      lost: publishers.lost + viewers.lost,
      frames,
      elapsedMs: performance.now() - this.#startedAt,
    });
  }
}
