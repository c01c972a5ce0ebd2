import { access } from "node:fs/promises";
import { createSecureContext, type TlsOptions } from "node:tls";
import type { AcceptedSocket } from "./acceptor.ts";
import { assertCloneable } from "./cloneable.ts";
import type { ConnectionEnvironment } from "./coalescing-connection.ts";
import type { Connection } from "./connection.ts";
import type { LoopCommand } from "./loop-command.ts";
import type { LoopFigures, LoopStats } from "./loop-figures.ts";
import {
  cleanMeetingPoint,
  createMeetingPoint,
  linkEnvironment,
  type LinkMeetingPoint,
  LoopLinks,
} from "./loop-links.ts";
import type { FlushTiming } from "./loop-messages.ts";
import { type LoopEnd, LoopProcess } from "./loop-process.ts";
import { LoopSlot } from "./loop-slot.ts";

/** What a pool tells. */
export interface LoopPoolEvents {
  readonly onLink: ((loop: number, link: Connection) => void) | undefined;
  readonly onMessage: ((loop: number, message: unknown) => void) | undefined;
  readonly onLoopStart: ((loop: number) => void) | undefined;
  readonly onLoopEnd: ((loop: number, end: LoopEnd) => void) | undefined;
}

/** Options of a `LoopPool`. */
export interface LoopPoolOptions {
  readonly loops: number;
  readonly pick: "round-robin" | "least-connections";
  readonly command: LoopCommand;
  readonly settings: unknown;
  readonly flush: FlushTiming | undefined;
  readonly linkFlush: FlushTiming | undefined;
  readonly maxTriggerEvents: number | undefined;
  readonly tellsErrors: boolean;
  /** Of this process. */
  readonly environment: ConnectionEnvironment;
  readonly events: LoopPoolEvents;
  /** This socket is gone. */
  readonly onGone: (id: number) => void;
}

/** The loops of a group that are processes of their own: they are started, replaced, linked with each other, and dealt sockets. */
export class LoopPool {
  readonly #options: LoopPoolOptions;
  readonly #slots: readonly LoopSlot[];
  readonly #live = new Map<number, LoopProcess>(); // by id, starting ones included
  readonly #draining: LoopProcess[] = []; // the oldest first
  readonly #tlsListeners = new Map<number, TlsOptions>();
  readonly #waiting: AcceptedSocket[] = []; // no loop is ready
  readonly #gone = { failedTlsHandshakes: 0, bytesRead: 0, bytesWritten: 0 };
  #meeting: { readonly point: LinkMeetingPoint; readonly links: LoopLinks } | undefined;
  #starting: Promise<void> | undefined;
  #replacing: Promise<void> = Promise.resolve();
  #settings: unknown;
  #drainMs = Infinity;
  #lastId = 0;
  #turn = 0;
  #isClosed = false;
  #ending = 0; // gone, but not told yet
  #whenEmpty: (() => void)[] = [];

  constructor(options: LoopPoolOptions) {
    this.#options = options;
    this.#settings = options.settings;
    this.#slots = Array.from({ length: options.loops }, () => this.#createSlot());
  }

  /** The loops that have started, draining ones included. */
  get started(): readonly LoopProcess[] {
    return [...this.#live.values()].filter((loop) => loop.hasStarted);
  }

  /** Starts the loops, once. Rejects when one of them cannot be started; then none is left. */
  start(): Promise<void> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  /** Has the loops speak TLS with the sockets of this listener. Throws when the options are wrong, or cannot be given to another process. */
  addTls(listener: number, options: TlsOptions): void {
    for (const [name, value] of Object.entries(options)) assertCloneable(`tls.${name}`, value);
    createSecureContext(options); // throws here what it would throw there
    this.#tlsListeners.set(listener, options);
    for (const loop of this.#live.values()) loop.tell({ type: "tls", listener, options });
  }

  /** Gives a socket to a loop, or keeps it until there is one. */
  deal(accepted: AcceptedSocket): void {
    if (this.#isClosed) {
      accepted.socket.destroy();
      this.#options.onGone(accepted.peer.id);
      return;
    }
    const loop = this.#pick();
    if (loop === undefined) this.#waiting.push(accepted);
    else loop.deal(accepted);
  }

  /** The loop that was dealt this connection. */
  loopOf(connectionId: number): number | undefined {
    for (const [id, loop] of this.#live) if (loop.hasConnection(connectionId)) return id;
    return undefined;
  }

  /** Sends the user's message. Returns false if there is no such loop. */
  send(loop: number, message: unknown): boolean {
    const receiver = this.#live.get(loop);
    return receiver?.hasStarted === true && receiver.send(message);
  }

  /** What each loop did, and the sums with those that are gone. */
  async stats(): Promise<
    Pick<LoopFigures, "failedTlsHandshakes" | "bytesRead" | "bytesWritten"> & { loops: LoopStats[] }
  > {
    const stats = await Promise.all(this.started.map((loop) => loop.stats()));
    const sums = { ...this.#gone };
    for (const { figures } of this.#live.values()) addFigures(sums, figures);
    return { ...sums, loops: stats.filter(({ loop }) => this.#live.has(loop)) };
  }

  /** Puts a new loop in the place of each, one after the other. */
  replace(settings: { readonly value: unknown } | undefined, drainMs: number): Promise<void> {
    const replacing = this.#replacing.then(async () => {
      await this.#starting;
      this.#drainMs = drainMs;
      for (const slot of this.#slots) {
        await slot.fill(settings);
        if (settings !== undefined) this.#settings = settings.value; // now it is known that loops can start with them
      }
    });
    this.#replacing = replacing.catch(ignore);
    return replacing;
  }

  /** Ends all loops, and their connections for `reason`. Resolves when nothing is left. */
  async close(reason: string): Promise<void> {
    await this.#end(reason);
    await this.#starting?.catch(ignore);
  }

  async #end(reason: string): Promise<void> {
    this.#isClosed = true;
    for (const slot of this.#slots) slot.close();
    this.#dealAgain(this.#waiting.splice(0));
    for (const loop of this.#live.values()) this.#dealAgain(loop.close(reason));
    if (!this.#isEmpty) await new Promise<void>((resolve) => this.#whenEmpty.push(resolve));
    await this.#meeting?.links.close();
    if (this.#meeting !== undefined) cleanMeetingPoint(this.#meeting.point);
  }

  get #isEmpty(): boolean {
    return this.#live.size === 0 && this.#ending === 0;
  }

  async #start(): Promise<void> {
    try {
      await access(this.#options.command.file);
      const point = createMeetingPoint();
      const { environment, linkFlush, events } = this.#options;
      const links = new LoopLinks({
        self: 0,
        meetingPoint: point,
        environment: linkEnvironment(environment, linkFlush),
        onLink(loop, link) {
          if (events.onLink === undefined) link.open({ data: ignore, close: ignore });
          else events.onLink(loop, link);
        },
      });
      this.#meeting = { point, links };
      await links.listen();
      await Promise.all(this.#slots.map((slot) => slot.fill()));
    } catch (error) {
      await this.#end("start-failed");
      throw error;
    }
  }

  #createSlot(): LoopSlot {
    const { timers, onError } = this.#options.environment;
    const slot: LoopSlot = new LoopSlot({ timers, onError, spawn: (settings) => this.#spawn(slot, settings) });
    return slot;
  }

  #spawn(slot: LoopSlot, settings: { readonly value: unknown } = { value: this.#settings }): LoopProcess {
    const { command, environment, flush, linkFlush, maxTriggerEvents, tellsErrors, events } = this.#options;
    if (this.#meeting === undefined) throw new TypeError("replaceLoops() before listen()");
    const loop = new LoopProcess({
      command,
      start: {
        type: "start",
        id: ++this.#lastId,
        settings: settings.value,
        limits: environment.limits,
        flush,
        linkFlush,
        maxTriggerEvents,
        meetingPoint: this.#meeting.point,
        tlsListeners: this.#tlsListeners,
        tellsErrors,
      },
      timers: environment.timers,
      onError: environment.onError,
      onReady: (ready) => this.#onReady(slot, ready),
      onMessage: ({ id }, message) => this.#tellUser(() => events.onMessage?.(id, message)),
      onClosed: (_loop, ids) => this.#onClosed(ids),
      onEnd: (ended, end, notDealt) => void this.#onEnd(slot, ended, end, notDealt),
    });
    this.#live.set(loop.id, loop);
    return loop;
  }

  #onReady(slot: LoopSlot, loop: LoopProcess): void {
    this.#tellUser(() => this.#options.events.onLoopStart?.(loop.id));
    loop.tell({ type: "peer", loop: 0 });
    for (const other of this.started) {
      if (other.id < loop.id) loop.tell({ type: "peer", loop: other.id });
      else if (other.id > loop.id) other.tell({ type: "peer", loop: loop.id });
    }
    const replaced = slot.onReady(loop);
    if (replaced !== undefined) this.#drain(replaced);
    this.#dealAgain(this.#waiting.splice(0));
  }

  #drain(loop: LoopProcess): void {
    this.#draining.push(loop);
    this.#dealAgain(loop.drain(this.#drainMs));
    if (this.#draining.length > 2 * this.#slots.length) this.#draining.shift()?.cut();
  }

  #onClosed(ids: readonly number[]): void {
    for (const id of ids) this.#options.onGone(id);
  }

  async #onEnd(slot: LoopSlot, loop: LoopProcess, end: LoopEnd, notDealt: readonly AcceptedSocket[]): Promise<void> {
    const { id, wasReady } = loop;
    addFigures(this.#gone, loop.figures);
    this.#onClosed(end.connectionIds);
    slot.onEnd(loop, loop.description);
    this.#live.delete(id);
    this.#ending += 1;
    const position = this.#draining.indexOf(loop);
    if (position >= 0) this.#draining.splice(position, 1);
    this.#dealAgain(notDealt);
    for (const other of this.started) other.tell({ type: "peer-gone", loop: id });
    if (this.#meeting !== undefined) {
      cleanMeetingPoint(this.#meeting.point, id);
      await this.#meeting.links.drop(id);
    }
    if (wasReady) this.#tellUser(() => this.#options.events.onLoopEnd?.(id, end));
    this.#ending -= 1;
    if (!this.#isEmpty) return;
    for (const resolve of this.#whenEmpty.splice(0)) resolve();
  }

  #dealAgain(sockets: readonly AcceptedSocket[]): void {
    for (const accepted of sockets) this.deal(accepted);
  }

  #pick(): LoopProcess | undefined {
    const ready = this.#slots.flatMap(({ current }) => (current?.isReady === true ? [current] : []));
    if (this.#options.pick === "round-robin") return ready[this.#turn++ % ready.length];
    let least: LoopProcess | undefined;
    for (const loop of ready) {
      if (least === undefined || loop.connectionCount < least.connectionCount) least = loop;
    }
    return least;
  }

  #tellUser(tell: () => void): void {
    try {
      tell();
    } catch (error) {
      this.#options.environment.onError(error);
    }
  }
}

function addFigures(
  sums: { -readonly [Name in "failedTlsHandshakes" | "bytesRead" | "bytesWritten"]: number },
  figures: LoopFigures,
): void {
  sums.failedTlsHandshakes += figures.failedTlsHandshakes;
  sums.bytesRead += figures.bytesRead;
  sums.bytesWritten += figures.bytesWritten;
}

function ignore(): void {
  // See where it is used.
}
