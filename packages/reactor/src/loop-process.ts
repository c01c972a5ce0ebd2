import { type ChildProcess, fork } from "node:child_process";
import { serialize } from "node:v8";
import type { AcceptedSocket } from "./acceptor.ts";
import type { ErrorReporter } from "./error-reporter.ts";
import type { LoopCommand } from "./loop-command.ts";
import { type LoopFigures, type LoopStats, NO_FIGURES } from "./loop-figures.ts";
import type { LoopStart, MessageFromLoop, MessageToLoop } from "./loop-messages.ts";
import type { Timer, TimerSource } from "./timer-queue.ts";

/** How a loop ended. */
export interface LoopEnd {
  /** It was drained, replaced or closed by us. */
  readonly expected: boolean;
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** The connections that it still had. */
  readonly connectionIds: readonly number[];
  /** The last that its handler told. */
  readonly counters: unknown;
}

/** Options of a `LoopProcess`. */
export interface LoopProcessOptions {
  readonly command: LoopCommand;
  readonly start: LoopStart;
  readonly timers: TimerSource;
  readonly onReady: (loop: LoopProcess) => void;
  readonly onMessage: (loop: LoopProcess, message: unknown) => void;
  readonly onClosed: (loop: LoopProcess, ids: readonly number[]) => void;
  readonly onError: ErrorReporter;
  /** The process is gone, and nothing more is heard of it. `notDealt` are sockets that have not been handed over. */
  readonly onEnd: (loop: LoopProcess, end: LoopEnd, notDealt: readonly AcceptedSocket[]) => void;
}

/** A loop that takes longer to be ready is killed. */
const START_TIMEOUT_MS = 30_000;
/** A loop that does not answer for so long counts with its last figures. */
const STATS_TIMEOUT_MS = 1000;
/** When no other socket follows one, its loop is asked after so long whether it has arrived. */
const ACKNOWLEDGE_MS = 5;
/** What a loop has to end in after `endTimeoutMs` is over, before it is killed. */
const END_GRACE_MS = 1000;

/** One loop in a process of its own, as the primary sees it. */
export class LoopProcess {
  readonly id: number;
  /** Those dealt to it and not told to be gone; each with its number among all that were handed over, or Infinity before. */
  readonly #connections = new Map<number, number>();
  readonly #options: LoopProcessOptions;
  readonly #child: ChildProcess;
  readonly #stats = new Map<number, () => void>(); // requests under way
  #phase: "starting" | "ready" | "draining" | "closing" | "ended" = "starting";
  #timer: Timer; // of the phase
  #undealt: AcceptedSocket[] = [];
  #dealing: AcceptedSocket | undefined; // at Node, which hands over one socket at a time
  #underway: AcceptedSocket | undefined; // handed over; whether it has arrived is not known yet
  #handedOver = 0;
  #asking: Timer | undefined;
  #accepted = 0;
  #figures: LoopFigures = NO_FIGURES;
  #lastRequest = 0;
  #wasReady = false;
  #deathNote: string | undefined;

  /** Throws what Node throws when no process can be started. */
  constructor(options: LoopProcessOptions) {
    const { command, start, timers } = options;
    this.id = start.id;
    this.#options = options;
    const child = fork(command.file, [], { execArgv: [...command.execArgv], serialization: "advanced" });
    this.#child = child;
    child.on("message", (message) => this.#onMessage(message as MessageFromLoop));
    child.on("error", (error) => {
      this.#deathNote ??= error.message;
      if (child.pid === undefined) this.#onEnd(null, null); // no process came of it, so nothing else will be told
    });
    child.on("close", (exitCode, signal) => this.#onEnd(exitCode, signal));
    this.#timer = timers.after(START_TIMEOUT_MS, () => {
      this.#deathNote ??= `not ready within ${START_TIMEOUT_MS} ms: does its entry call runLoop?`;
      this.kill();
    });
    this.#tell(start);
  }

  /** Whether it can be dealt connections. */
  get isReady(): boolean {
    return this.#phase === "ready" && this.#child.connected;
  }

  /** Whether it was ever ready. */
  get wasReady(): boolean {
    return this.#wasReady;
  }

  /** Whether it was ready, and still lives. */
  get hasStarted(): boolean {
    return this.#wasReady && this.#phase !== "ended";
  }

  /** What is known of how it died. */
  get description(): string {
    const { exitCode, signalCode } = this.#child;
    const how = signalCode === null ? `exit code ${String(exitCode)}` : `signal ${signalCode}`;
    return `${this.#deathNote ?? "see its standard error"} (${how}, entry ${this.#options.command.file})`;
  }

  /** The last that it told. */
  get figures(): LoopFigures {
    return this.#figures;
  }

  /** Connections that it has, or will have. */
  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Whether this connection is among them. */
  hasConnection(id: number): boolean {
    return this.#connections.has(id);
  }

  /** Hands a socket over; if that is not possible any more, it comes back with `onEnd`. */
  deal(accepted: AcceptedSocket): void {
    this.#connections.set(accepted.peer.id, Infinity);
    this.#accepted += 1;
    this.#undealt.push(accepted);
    if (this.#dealing === undefined) this.#dealNext();
  }

  /** Sends the user's message. Throws Node's own error when it cannot be given to another process. */
  send(message: unknown): boolean {
    // Behind a socket on its way Node keeps a message as it is, and would throw later, into nothing.
    return this.#tell({ type: "message", serialized: serialize(message) });
  }

  /** Tells it what else it has to know. */
  tell(message: MessageToLoop & { readonly type: "tls" | "peer" | "peer-gone" }): void {
    this.#tell(message);
  }

  /** What it did so far; its last figures when it is too busy to say. */
  async stats(): Promise<LoopStats> {
    if (this.hasStarted) {
      await new Promise<void>((resolve) => {
        const request = ++this.#lastRequest;
        const timer = this.#options.timers.after(STATS_TIMEOUT_MS, () => this.#answer(request));
        this.#stats.set(request, () => {
          timer.cancel();
          resolve();
        });
        if (!this.#tell({ type: "stats", request })) this.#answer(request);
      });
    }
    return {
      ...this.#figures,
      loop: this.id,
      pid: this.#child.pid ?? 0,
      connections: this.#connections.size,
      accepted: this.#accepted,
      refused: 0,
      draining: this.#phase !== "ready",
    };
  }

  /**
   * Gives it no more, and has it end when the last connection leaves, or is cut off after `drainMs`. Returns the sockets that have not been handed
   * over.
   */
  drain(drainMs: number): readonly AcceptedSocket[] {
    this.#phase = "draining";
    const undealt = this.#takeBack(false);
    this.#tell({ type: "drain" });
    if (drainMs !== Infinity) this.#timer = this.#options.timers.after(drainMs, () => this.cut());
    return undealt;
  }

  /** Ends what is draining. */
  cut(): void {
    this.close("loop-replaced");
  }

  /** Has it end its connections for `reason`, and end; kills it when it does not. */
  close(reason: string): readonly AcceptedSocket[] {
    if (this.#phase === "closing" || this.#phase === "ended") return [];
    if (this.#phase === "starting") {
      this.#phase = "closing";
      this.kill();
      return [];
    }
    this.#phase = "closing";
    this.#timer.cancel();
    const undealt = this.#takeBack(false);
    this.#tell({ type: "close", reason });
    const { timers, start } = this.#options;
    this.#timer = timers.after(start.limits.endTimeoutMs + END_GRACE_MS, () => this.kill());
    return undealt;
  }

  /** Ends it at once, whatever it is doing. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }

  #tell(message: MessageToLoop): boolean {
    if (!this.#child.connected) return false;
    this.#child.send(message, ignore);
    return true;
  }

  /**
   * Node hands over one socket, keeps the others in a queue until the loop has acknowledged that one, and forgets both when the process dies. So it is
   * given the next one only when the last has left its queue, and our own hold on a socket is kept until the acknowledgement: when the next message
   * is sent.
   */
  #dealNext(): void {
    const next = this.#undealt.shift();
    this.#dealing = next;
    if (next === undefined || !this.#child.connected) return;
    const message: MessageToLoop = { type: "connection", peer: next.peer, handedOver: this.#handedOver + 1 };
    this.#child.send(message, next.socket, { keepOpen: true }, () => {
      if (this.#dealing !== next) return;
      this.#handedOver += 1;
      this.#connections.set(next.peer.id, this.#handedOver);
      this.#letGo();
      this.#underway = next;
      this.#asking ??= this.#options.timers.after(ACKNOWLEDGE_MS, () => this.#askForAcknowledgement());
      this.#dealNext();
    });
  }

  /** Where no other socket follows, a message does. */
  #askForAcknowledgement(): void {
    this.#asking = undefined;
    const { socket } = this.#underway ?? {};
    if (socket === undefined || this.#dealing !== undefined || !this.#child.connected) return;
    const message: MessageToLoop = { type: "handed-over", count: this.#handedOver };
    this.#child.send(message, undefined, undefined, () => {
      if (this.#underway?.socket === socket) this.#letGo();
    });
  }

  #letGo(): void {
    this.#underway?.socket.destroy();
    this.#underway = undefined;
  }

  #onClosed(ids: readonly number[]): void {
    for (const id of ids) this.#connections.delete(id);
    this.#options.onClosed(this, ids);
  }

  /** Sockets were lost on their way: a loop without free descriptors gets none. Those that it does not have are gone. */
  #onSurvey(handedOver: number, ids: ReadonlySet<number>): void {
    const lost: number[] = [];
    for (const [id, number] of this.#connections) if (number <= handedOver && !ids.has(id)) lost.push(id);
    this.#onClosed(lost);
  }

  /** The sockets that have not been handed over; with the one that Node has, if it will not send it any more. */
  #takeBack(isOver: boolean): AcceptedSocket[] {
    const undealt = this.#undealt;
    this.#undealt = [];
    if (isOver && this.#dealing !== undefined) undealt.unshift(this.#dealing);
    this.#accepted -= undealt.length;
    for (const { peer } of undealt) this.#connections.delete(peer.id);
    return undealt;
  }

  #onMessage(message: MessageFromLoop): void {
    switch (message.type) {
      case "ready":
        if (this.#phase !== "starting") return;
        this.#phase = "ready";
        this.#wasReady = true;
        this.#timer.cancel();
        this.#options.onReady(this);
        return;
      case "message":
        this.#options.onMessage(this, message.message);
        return;
      case "closed":
        this.#onClosed(message.ids);
        return;
      case "survey":
        this.#onSurvey(message.handedOver, new Set(message.ids));
        return;
      case "report":
        this.#figures = message.figures;
        if (message.request !== undefined) this.#answer(message.request);
        return;
      case "error":
        this.#options.onError(message.error);
        return;
      case "dying":
        this.#deathNote ??= message.description;
        return;
      default: // Node itself tells such a process's parent things, under --watch for example
        message satisfies never;
    }
  }

  #answer(request: number): void {
    const resolve = this.#stats.get(request);
    this.#stats.delete(request);
    resolve?.();
  }

  #onEnd(exitCode: number | null, signal: string | null): void {
    if (this.#phase === "ended") return;
    const expected = this.#phase === "closing" || (this.#phase === "draining" && exitCode === 0);
    this.#phase = "ended";
    this.#timer.cancel();
    this.#asking?.cancel();
    this.#letGo();
    const notDealt = this.#takeBack(true);
    for (const request of [...this.#stats.keys()]) this.#answer(request);
    const end: LoopEnd = {
      expected,
      exitCode,
      signal,
      connectionIds: [...this.#connections.keys()],
      counters: this.#figures.counters,
    };
    this.#options.onEnd(this, end, notDealt);
  }
}

function ignore(): void {
  // A loop that cannot be told anything any more is about to end, and that is told.
}
