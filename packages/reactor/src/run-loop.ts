import type { Socket } from "node:net";
import { deserialize } from "node:v8";
import type { PeerDescription } from "./acceptor.ts";
import type { ConnectionEnvironment } from "./coalescing-connection.ts";
import type { Connection } from "./connection.ts";
import { type ErrorReporter, throwUncaught } from "./error-reporter.ts";
import { FlushQueue } from "./flush-queue.ts";
import { LoopDelay } from "./loop-delay.ts";
import { readFigures } from "./loop-figures.ts";
import { cleanMeetingPoint, linkEnvironment, LoopLinks } from "./loop-links.ts";
import type { LoopStart, MessageFromLoop, MessageToLoop } from "./loop-messages.ts";
import { SocketHost } from "./socket-host.ts";
import { TaskScheduler } from "./task-scheduler.ts";
import type { Timer } from "./timer-queue.ts";

/** A loop, as its own process sees it. */
export interface Loop {
  /** 1, 2, …, never used again in a group; the primary is 0. */
  readonly id: number;
  /** What the group was given for its loops. */
  readonly settings: unknown;
  /** Trigger events and timers of this loop. */
  readonly scheduler: TaskScheduler;
  /** Where the connections of this loop wait to be flushed. */
  readonly flushQueue: FlushQueue;
  /** Tells the primary, whose `onMessage` gets it. Throws Node's own error when it cannot be given to another process. */
  send(message: unknown): void;
}

/** What a loop does. What these functions throw goes to the `onError` of the group; without one, it ends the loop. */
export interface LoopHandler {
  /** A connection was dealt to this loop, which owns it: it calls `open`, now or later. */
  connection(connection: Connection): void;
  /** A message from the primary. */
  message?(message: unknown): void;
  /**
   * A link to another loop stands, or to the primary, which is 0. There is one at a time to each; the `close` of its handler says that it broke or that
   * the other is gone. If the other lives, a new one follows. Its id is below 0.
   */
  link?(loop: number, link: Connection): void;
  /** No more connections will come; the loop ends with its last one. */
  draining?(): void;
  /** Say goodbye now: all connections are ended right after, with the group's reason. */
  closing?(): void;
  /** All connections are gone and the process ends: what is not sent now is never sent. */
  ended?(): void;
  /** Something small to be told in `stats`. Asked once a second and before the loop ends, so that little is lost when it dies. */
  counters?(): unknown;
}

/** Closed connections are told to the primary together, after so long. */
const CLOSED_BATCH_MS = 5;
const REPORT_MS = 1000;

/**
 * Makes this process a loop of the group that started it; the module that a group names as its `entry` calls this, once. `start` is called when the
 * group has told what the loop is to know. The process ends when the group says so, and when the primary is gone; it does not listen to SIGINT, SIGTERM
 * and SIGHUP, which a terminal sends to all: the primary decides. Throws a `TypeError` in a process that no group has started.
 */
export function runLoop(start: (loop: Loop) => LoopHandler): void {
  if (process.send === undefined) throw new TypeError("runLoop() is for the entry of a LoopGroup, which starts it");
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, ignore);
  let loop: RunningLoop | undefined;
  process.on("disconnect", () => {
    loop?.onOrphaned();
    process.exit(0);
  });
  process.on("uncaughtExceptionMonitor", (error) => {
    loop?.report();
    tell({ type: "dying", description: String(error) });
  });
  process.on("message", (message: MessageToLoop, socket: Socket | undefined) => {
    if (message.type === "start") loop = new RunningLoop(message, start);
    else loop?.onMessage(message, socket);
  });
}

class RunningLoop {
  readonly #start: LoopStart;
  readonly #scheduler: TaskScheduler;
  readonly #flushQueue: FlushQueue;
  readonly #host: SocketHost;
  readonly #links: LoopLinks;
  readonly #delay: LoopDelay;
  readonly #handler: LoopHandler;
  readonly #onError: ErrorReporter;
  #unsaid: MessageFromLoop[] | undefined = []; // until the loop is ready
  #arrived = 0; // sockets, of those handed over
  #closedIds: number[] = [];
  #closedTimer: Timer | undefined;
  #isDraining = false;
  #isClosing = false;
  #isFinished = false;

  constructor(start: LoopStart, startHandler: (loop: Loop) => LoopHandler) {
    const { id, settings, limits, maxTriggerEvents, meetingPoint } = start;
    this.#start = start;
    const onError = start.tellsErrors ? tellError : throwUncaught;
    this.#onError = onError;
    const scheduler = new TaskScheduler({ maxTriggerEvents, onError });
    const flushQueue = new FlushQueue({ ...start.flush, onError });
    this.#scheduler = scheduler;
    this.#flushQueue = flushQueue;
    const environment: ConnectionEnvironment = { timers: scheduler, flushQueue, limits, onError };
    this.#host = new SocketHost({
      environment,
      onConnection: (connection) => this.#handler.connection(connection),
      onGone: (gone) => this.#onGone(gone),
    });
    for (const [listener, options] of start.tlsListeners) this.#host.addTls(listener, options);
    this.#links = new LoopLinks({
      self: id,
      meetingPoint,
      environment: linkEnvironment(environment, start.linkFlush),
      onLink: (loop, link) => this.#onLink(loop, link),
    });
    this.#delay = new LoopDelay(scheduler);
    const send = (message: unknown): void => this.#tell({ type: "message", message });
    this.#handler = startHandler({ id, settings, scheduler, flushQueue, send });
    void this.#begin();
  }

  onMessage(message: MessageToLoop, socket: Socket | undefined): void {
    switch (message.type) {
      case "connection":
        this.#arrived += 1;
        this.#adopt(message.peer, socket);
        this.#checkArrivals(message.handedOver);
        return;
      case "handed-over":
        this.#checkArrivals(message.count);
        return;
      case "message":
        this.#call(() => this.#handler.message?.(deserialize(message.serialized)));
        return;
      case "stats":
        this.report(message.request);
        return;
      case "tls":
        this.#host.addTls(message.listener, message.options);
        return;
      case "peer":
        this.#links.dial(message.loop);
        return;
      case "peer-gone":
        void this.#links.drop(message.loop);
        return;
      case "drain":
        this.#isDraining = true;
        this.#call(() => this.#handler.draining?.());
        this.#finishIfDrained();
        return;
      case "close":
        void this.#close(message.reason);
        return;
      case "start":
        return;
      default:
        message satisfies never;
    }
  }

  /** Tells the figures of now. */
  report(request?: number): void {
    this.#tell(this.#report(request));
  }

  /** The primary is gone, so what the group has left behind is for the loops to remove. */
  onOrphaned(): void {
    try {
      cleanMeetingPoint(this.#start.meetingPoint);
    } catch {
      // Another loop is at it.
    }
  }

  async #begin(): Promise<void> {
    await this.#links.listen();
    this.#scheduler.every(REPORT_MS, () => this.report());
    const unsaid = this.#unsaid ?? [];
    this.#unsaid = undefined;
    this.#tell({ type: "ready" });
    for (const message of unsaid) this.#tell(message);
  }

  #checkArrivals(handedOver: number): void {
    if (handedOver === this.#arrived) return;
    this.#arrived = handedOver;
    this.#tellClosed();
    this.#tell({ type: "survey", handedOver, ids: this.#host.socketIds });
  }

  #adopt(peer: PeerDescription, socket: Socket | undefined): void {
    if (socket === undefined) {
      this.#onGone(peer.id); // died on the way
      return;
    }
    socket.on("error", ignore); // whoever uses the socket hears of it by a listener of its own
    socket.allowHalfOpen = true;
    this.#host.adopt(socket, peer);
    if (this.#isClosing) socket.destroy();
  }

  #onLink(loop: number, link: Connection): void {
    if (this.#handler.link === undefined) link.open({ data: ignore, close: ignore });
    else this.#handler.link(loop, link);
  }

  #onGone(id: number): void {
    this.#closedIds.push(id);
    this.#closedTimer ??= this.#scheduler.after(CLOSED_BATCH_MS, () => this.#tellClosed());
    this.#finishIfDrained();
  }

  #tellClosed(): void {
    this.#closedTimer = undefined;
    if (this.#closedIds.length === 0) return;
    this.#tell({ type: "closed", ids: this.#closedIds });
    this.#closedIds = [];
  }

  #finishIfDrained(): void {
    // Not from within the "close" of the last socket: its owner is told in the same call.
    if (!this.#isDraining || this.#isClosing || this.#host.socketCount > 0) return;
    this.#isClosing = true;
    this.#scheduler.after(0, () => this.#finish());
  }

  async #close(reason: string): Promise<void> {
    this.#isClosing = true;
    this.#call(() => this.#handler.closing?.());
    await this.#host.endConnections(reason);
    this.#finish();
  }

  #finish(): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    this.#call(() => this.#handler.ended?.());
    this.#flushQueue.flush();
    this.#links.flush();
    this.#tellClosed();
    tell(this.#report(), () => process.exit(0));
  }

  #report(request?: number): MessageFromLoop {
    const counters = this.#call(() => this.#handler.counters?.());
    return { type: "report", figures: readFigures(this.#host, this.#delay.read(), counters), request };
  }

  #tell(message: MessageFromLoop): void {
    if (this.#unsaid === undefined || message.type === "error") tell(message);
    else this.#unsaid.push(message);
  }

  #call<Result>(run: () => Result): Result | undefined {
    try {
      return run();
    } catch (error) {
      this.#onError(error);
      return undefined;
    }
  }
}

function tell(message: MessageFromLoop, then: () => void = ignore): void {
  if (process.connected) process.send?.(message, undefined, undefined, then);
}

function tellError(error: unknown): void {
  try {
    tell({ type: "error", error });
  } catch {
    tell({ type: "error", error: new Error(String(error)) }); // it holds something that cannot be given to another process
  }
}

function ignore(): void {
  // See where it is used.
}
