import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { LoadError } from "./load-error.ts";
import type { Answer, GeneratorProgress, GeneratorSetup, Order } from "./orders.ts";

const program = join(import.meta.dirname, "generator-main.ts");
const LEAVE_MS = 4000;

type AnswerOf<Kind extends Answer["kind"]> = Extract<Answer, { readonly kind: Kind }>;

/** One generator process, as seen from the one that started it. */
class GeneratorHandle {
  progress: GeneratorProgress | undefined;
  readonly setup: GeneratorSetup;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #waiting: { readonly kind: Answer["kind"]; readonly resolve: (answer: Answer) => void } | undefined;

  constructor(setup: GeneratorSetup, onTrouble: (text: string) => void) {
    this.setup = setup;
    this.#child = fork(program, [], {
      execArgv: ["--conditions=@rtmp/source"],
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#ended = new Promise((resolve) => this.#child.once("exit", () => resolve()));
    this.#child.on("error", () => undefined); // an order to a process that has just ended; whoever waits hears of that
    this.#child.on("message", (answer: Answer) => {
      if (answer.kind === "progress") this.progress = answer.progress;
      else if (answer.kind === "trouble") onTrouble(answer.text);
      else if (this.#waiting?.kind === answer.kind) this.#waiting.resolve(answer);
    });
  }

  tell(order: Order): void {
    if (this.#child.connected) this.#child.send(order);
  }

  /** Gives an order and waits for its answer. Rejects with a `LoadError` if the process ends before, or on abort. */
  async ask<Kind extends Answer["kind"]>(order: Order, kind: Kind, signal: AbortSignal): Promise<AnswerOf<Kind>> {
    const answer = new Promise<Answer>((resolve) => (this.#waiting = { kind, resolve }));
    this.tell(order);
    const ended = this.#ended.then(() => {
      throw new LoadError(`a generator process ended too early (${this.#child.exitCode ?? this.#child.signalCode})`);
    });
    ended.catch(() => undefined); // ending later is as it should be
    return (await Promise.race([answer, ended, aborted(signal)])) as AnswerOf<Kind>;
  }

  /** Lets it close its connections and ends it. */
  async leave(): Promise<void> {
    this.tell({ kind: "leave" });
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), LEAVE_MS);
    await this.#ended;
    clearTimeout(timer);
  }
}

/** All generator processes of a run. */
export class Generators {
  readonly #handles: readonly GeneratorHandle[];

  /** Starts a process for each setup. */
  constructor(setups: readonly GeneratorSetup[], onTrouble: (text: string) => void) {
    this.#handles = setups.map((setup) => new GeneratorHandle(setup, onTrouble));
  }

  /** What all have reached together. */
  get progress(): GeneratorProgress {
    const all = this.#handles.flatMap(({ progress }) => progress ?? []);
    return sumProgress(all);
  }

  /** Resolves when all are ready to connect. */
  async ready(signal: AbortSignal): Promise<void> {
    await Promise.all(
      this.#handles.map((handle) => handle.ask({ kind: "setup", setup: handle.setup }, "ready", signal)),
    );
  }

  /** Lets all connect in a role, so many a second together. */
  connect(role: "publishers" | "viewers", perSecond: number): void {
    const counts = this.#handles.map(({ setup }) => setup[role].to - setup[role].from);
    const all = counts.reduce((a, b) => a + b, 0);
    this.#handles.forEach((handle, i) => {
      const count = counts[i]!;
      if (count > 0) handle.tell({ kind: "connect", role, perSecond: (perSecond * count) / all });
    });
  }

  /** Gives all the same order, without an answer. */
  tell(order: Order): void {
    for (const handle of this.#handles) handle.tell(order);
  }

  /** Gives all the same order and waits for all answers. */
  ask<Kind extends Answer["kind"]>(order: Order, kind: Kind, signal: AbortSignal): Promise<AnswerOf<Kind>[]> {
    return Promise.all(this.#handles.map((handle) => handle.ask(order, kind, signal)));
  }

  /** Ends all, in good order if they can. */
  async leave(): Promise<void> {
    await Promise.all(this.#handles.map((handle) => handle.leave()));
  }
}

/** The sum of what several processes have reached. */
export function sumProgress(all: readonly GeneratorProgress[]): GeneratorProgress {
  const sum = (value: (progress: GeneratorProgress) => number): number =>
    all.reduce((total, progress) => total + value(progress), 0);
  const role = (name: "publishers" | "viewers"): GeneratorProgress["viewers"] => ({
    live: sum((progress) => progress[name].live),
    busy: sum((progress) => progress[name].busy),
    failed: sum((progress) => progress[name].failed),
    lost: sum((progress) => progress[name].lost),
  });
  return { publishers: role("publishers"), viewers: role("viewers"), frames: sum(({ frames }) => frames) };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const fail = (): void => reject(signal.reason as Error);
    if (signal.aborted) fail();
    else signal.addEventListener("abort", fail, { once: true });
  });
}
