import type { Clock, TimerSource } from "@rtmp/reactor";
import type { Answers, PendingQuestion, Question, StreamRequest } from "./admission.ts";
import { ClientBook } from "./client-book.ts";
import { mergeReports } from "./core-report.ts";
import type { CoreReport } from "./core-report.ts";
import { Counters } from "./counters.ts";
import type { CounterValues } from "./counters.ts";
import type { ServerEvents } from "./events.ts";
import { HookAdmission } from "./hook-admission.ts";
import type { LoopSettings, MessageToHub, MessageToLoop, ReconnectRequest } from "./loop-protocol.ts";
import { unpackError, unpackFields, unpackQuestion, unpackReport } from "./loop-protocol.ts";
import { LoopServer } from "./loop-server.ts";
import { coreOptionsOf } from "./options.ts";
import type { ResolvedOptions } from "./options.ts";
import { Outbox } from "./outbox.ts";
import type { EmitEvent } from "./server-context.ts";
import { StreamDirectory } from "./stream-directory.ts";
import { takenName } from "./stream-names.ts";

/** What the hub stands on. */
export interface LoopHubOptions {
  readonly options: ResolvedOptions;
  readonly clock: Clock;
  readonly timers: TimerSource;
  /** Tells the listeners of the server. */
  readonly emit: EmitEvent;
  /** Sends to a loop; whoever is gone does not get it. */
  readonly send: (loop: number, messages: readonly MessageToLoop[]) => void;
}

/** What each loop has to be told when it starts. */
export function loopSettings(options: ResolvedOptions): LoopSettings {
  const { hooks } = options;
  const asks: Question["what"][] = [];
  if (hooks.onConnect !== undefined) asks.push("connect");
  if (hooks.onPlay !== undefined) asks.push("play");
  return { options: coreOptionsOf(options, options.loops), asks };
}

/** How long a loop may take to answer, in ms. */
const replyTimeoutMs = 1000;

/** One loop as the hub sees it. */
interface KnownLoop {
  readonly outbox: Outbox<MessageToLoop>;
  /** What is being decided, by the loop's own numbers. */
  readonly pending: Map<number, PendingQuestion>;
  report: CoreReport | undefined;
}

/** The number of the first process among the loops. */
const hubLoop = 0;

/**
 * What the loops of a server have in common, in the first process: the user's hooks, the names of streams, events,
 * logs and figures. Whoever serves connections or subscribes here does so through a loop of its own, number 0.
 */
export class LoopHub {
  /** The first process's own loop. */
  readonly local: LoopServer;
  readonly #options: LoopHubOptions;
  readonly #hooks: HookAdmission;
  readonly #directory: StreamDirectory;
  readonly #clients = new ClientBook();
  readonly #loops = new Map<number, KnownLoop>();
  readonly #gone = new Counters();
  readonly #replies = new Map<number, (value: unknown) => void>();
  #nextReplyId = 1;
  #isFinishing = false;

  constructor(options: LoopHubOptions) {
    this.#options = options;
    const { clock, timers } = options;
    const { hooks, log, timeouts } = options.options;
    this.#hooks = new HookAdmission({
      hooks,
      timers,
      hookMs: timeouts.hookMs,
      onFailure: (error, { client }) => log.error("hook failed", { ...client, error }),
    });
    this.#directory = new StreamDirectory({
      tell: (loop, streamPath, owner) =>
        this.#say(loop, { type: "owner", streamPath, owner, tenure: this.#directory.tenureOf(streamPath) }),
      askToGiveWay: (loop, streamPath, answer) =>
        this.#call(
          loop,
          (id) => ({ type: "give-way", id, streamPath }),
          (isGiven) => answer(isGiven === true),
        ),
    });
    this.loopStarted(hubLoop);
    this.local = new LoopServer({
      loop: hubLoop,
      settings: loopSettings(options.options),
      clock,
      timers,
      send: (messages) => this.receive(hubLoop, messages),
    });
  }

  /** A loop is ready to be told things. */
  loopStarted(loop: number): void {
    const { clock, send } = this.#options;
    const outbox = new Outbox<MessageToLoop>(clock, (messages) => {
      if (loop === hubLoop) this.local.receive(messages);
      else send(loop, messages);
    });
    this.#loops.set(loop, { outbox, pending: new Map(), report: undefined });
  }

  /** A loop is gone and its clients with it, for `reason`. `counters` is the last it said of what it counted. */
  loopEnded(loop: number, reason: string, counters: CounterValues | undefined): void {
    const known = this.#loops.get(loop);
    if (known === undefined) return;
    this.#loops.delete(loop);
    for (const pending of known.pending.values()) pending.abandon();
    if (counters !== undefined) this.#gone.add(counters);
    this.#clients.loopGone(loop, reason, this.#options.emit);
    this.#directory.loopGone(loop);
  }

  /** Takes what a loop says. */
  receive(loop: number, messages: readonly MessageToHub[]): void {
    for (const message of messages) this.#receive(loop, message);
  }

  /** Names of streams that somebody publishes, watches or claims. */
  get nameCount(): number {
    return this.#directory.size;
  }

  /** Ends every stream on all loops; resolves when every viewer has got the last of it, in a second at most. */
  async finish(): Promise<void> {
    this.#isFinishing = true;
    const finish = (loop: number): Promise<void> =>
      new Promise((resolve) =>
        this.#call(
          loop,
          (id) => ({ type: "finish", id }),
          () => resolve(),
        ),
      );
    await Promise.all([...this.#loops.keys()].map(finish));
  }

  isLive(streamPath: string): boolean {
    return this.#clients.isLive(streamPath);
  }

  /** The figures of the whole server; of a loop that does not answer in time, the last ones. */
  async report(): Promise<CoreReport> {
    const reports = await Promise.all([...this.#loops].map(([loop, known]) => this.#reportOf(loop, known)));
    return mergeReports(
      reports.filter((report) => report !== undefined),
      this.#gone.values,
    );
  }

  disconnect(loop: number, connectionId: number, reason: string): void {
    this.#say(loop, { type: "disconnect", connectionId, reason });
  }

  requestReconnect(loop: number, connectionId: number, request: ReconnectRequest): Promise<boolean> {
    return new Promise((resolve) => {
      this.#call(
        loop,
        (id) => ({ type: "reconnect", id, connectionId, request }),
        (isAsked) => resolve(isAsked === true),
      );
    });
  }

  #receive(loop: number, message: MessageToHub): void {
    switch (message.type) {
      case "ask":
        return this.#ask(loop, message.id, unpackQuestion(message.question));
      case "abandon":
        return this.#abandon(loop, message.id);
      case "release":
        return this.#directory.release(message.streamPath, loop);
      case "watch":
        return this.#directory.watch(message.streamPath, loop);
      case "unwatch":
        return this.#directory.unwatch(message.streamPath, loop);
      case "event":
        return this.#event(loop, message.name, message.args.map(unpackError) as ServerEvents[typeof message.name]);
      case "log":
        return this.#options.options.log[message.level](message.message, { ...unpackFields(message.fields), loop });
      case "reply":
        return this.#replies.get(message.id)?.(message.value);
    }
  }

  #event<Name extends keyof ServerEvents>(loop: number, name: Name, args: ServerEvents[Name]): void {
    this.#clients.note(loop, name, args);
    if (name !== "unpublish") return this.#options.emit(name, ...args);
    const [stream, client, reason, figures] = args as ServerEvents["unpublish"];
    const subscribers = this.#clients.viewersOf(stream.streamPath);
    this.#options.emit("unpublish", stream, client, reason, { ...figures, subscribers });
  }

  /** Each question gets one answer, also one that is abandoned. */
  #ask(loop: number, id: number, question: Question): void {
    const known = this.#loops.get(loop);
    if (known === undefined) return;
    const answers: Answers = {
      accept: () => {
        known.pending.delete(id);
        if (question.what === "publish") this.#claim(loop, id, question.request);
        else this.#say(loop, { type: "accepted", id, watchers: [], tenure: 0 });
      },
      refuse: (code, description) => {
        known.pending.delete(id);
        this.#say(loop, { type: "refused", id, code, description });
      },
    };
    const pending = this.#hooks.ask(question, answers);
    if (pending !== undefined) known.pending.set(id, pending);
  }

  #claim(loop: number, id: number, address: StreamRequest): void {
    const { streamPath } = address;
    if (this.#isFinishing) {
      const description = "The server is closing.";
      return this.#say(loop, { type: "refused", id, code: "NetStream.Failed", description });
    }
    this.#directory.claim(streamPath, loop, (isGranted) => {
      if (isGranted) {
        const watchers = this.#directory.watchersOf(streamPath).filter((watcher) => watcher !== loop);
        return this.#say(loop, { type: "accepted", id, watchers, tenure: this.#directory.tenureOf(streamPath) });
      }
      const { code, description } = takenName(address);
      this.#say(loop, { type: "refused", id, code, description });
    });
  }

  #abandon(loop: number, id: number): void {
    const pending = this.#loops.get(loop)?.pending;
    const question = pending?.get(id);
    if (question === undefined) return; // its answer is on the way
    pending?.delete(id);
    question.abandon();
    this.#say(loop, { type: "refused", id, code: undefined, description: "Abandoned." });
  }

  #say(loop: number, message: MessageToLoop): void {
    this.#loops.get(loop)?.outbox.add(message);
  }

  /** Asks a loop for a reply; `undefined` if it does not come in time. */
  #call(loop: number, ask: (id: number) => MessageToLoop, answer: (value: unknown) => void): void {
    const id = this.#nextReplyId++;
    const settle = (value: unknown): void => {
      this.#replies.delete(id);
      timeUp.cancel();
      answer(value);
    };
    const timeUp = this.#options.timers.after(replyTimeoutMs, () => settle(undefined));
    this.#replies.set(id, settle);
    this.#say(loop, ask(id));
  }

  #reportOf(loop: number, known: KnownLoop): Promise<CoreReport | undefined> {
    return new Promise((resolve) => {
      this.#call(
        loop,
        (id) => ({ type: "report", id }),
        (value) => {
          if (value !== undefined) known.report = unpackReport(value);
          resolve(known.report);
        },
      );
    });
  }
}
