import type { FlushQueue, TimerQueue } from "@rtmp/reactor";
import { memoryConnectionPair } from "@rtmp/reactor/testing";
import type { ManualClock, MemoryConnection } from "@rtmp/reactor/testing";
import { Counters } from "../src/counters.ts";
import type { CounterValues } from "../src/counters.ts";
import { LoopHub, loopSettings } from "../src/loop-hub.ts";
import type { MessageToHub, MessageToLoop } from "../src/loop-protocol.ts";
import { LoopServer } from "../src/loop-server.ts";
import type { ResolvedOptions } from "../src/options.ts";
import type { EmitEvent } from "../src/server-context.ts";
import type { ServerCore } from "../src/server-core.ts";

interface TestClusterOptions {
  readonly options: ResolvedOptions;
  readonly clock: ManualClock;
  readonly timers: TimerQueue;
  readonly flushQueue: FlushQueue;
  readonly emit: EmitEvent;
}

interface TestLink {
  readonly ends: readonly [number, number];
  /** In the order of `ends`. */
  readonly connections: readonly MemoryConnection[];
}

/** What one process says to another: in order, and not within the call that sends it. */
class Words {
  readonly #clock: ManualClock;
  readonly #waiting: (() => void)[] = [];
  #isHeld = false;

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  /** While true, nothing arrives. */
  set held(isHeld: boolean) {
    this.#isHeld = isHeld;
    this.#clock.schedule(0, () => this.#deliver());
  }

  send(arrive: () => void): void {
    this.#waiting.push(arrive);
    this.#clock.schedule(0, () => this.#deliver());
  }

  #deliver(): void {
    while (!this.#isHeld) {
      const arrive = this.#waiting.shift();
      if (arrive === undefined) return;
      arrive();
    }
  }
}

/** The loops of a server in one process: messages between them are cloned as between processes, links are in memory. */
export class TestCluster {
  readonly hub: LoopHub;
  readonly #options: TestClusterOptions;
  readonly #loops = new Map<number, LoopServer>();
  /** Between each loop and the first process, by its number. */
  readonly #words = new Map<number, { readonly toLoop: Words; readonly fromLoop: Words }>();
  #links: TestLink[] = [];
  /** Those whose ends may not know it yet. */
  #cutLinks: TestLink[] = [];
  #nextLoop = 1;
  #nextPick = 0;
  readonly #gone = new Counters();

  constructor(options: TestClusterOptions) {
    this.#options = options;
    const { clock, timers, emit } = options;
    this.hub = new LoopHub({
      options: options.options,
      clock,
      timers,
      emit,
      send: (loop, messages) =>
        this.#words.get(loop)?.toLoop.send(() => this.#loops.get(loop)?.receive(cloned(messages))),
    });
    for (let count = 0; count < options.options.loops; count++) this.addLoop();
    clock.advance(0);
  }

  /** The first is the first process's own. */
  get cores(): readonly ServerCore[] {
    return [this.hub.local.core, ...[...this.#loops.values()].map(({ core }) => core)];
  }

  /** Starts one more loop, linked with all others. Returns its number. */
  addLoop(): number {
    const { options, clock, timers } = this.#options;
    const id = this.#nextLoop++;
    const server = new LoopServer({
      loop: id,
      settings: structuredClone(loopSettings(options)),
      clock,
      timers,
      send: (messages) =>
        this.#words.get(id)?.fromLoop.send(() => {
          if (this.#loops.has(id)) this.hub.receive(id, cloned(messages));
        }),
    });
    this.#words.set(id, { toLoop: new Words(clock), fromLoop: new Words(clock) });
    this.hub.loopStarted(id);
    this.#link(this.hub.local, 0, server, id);
    for (const [otherId, other] of this.#loops) this.#link(other, otherId, server, id);
    this.#loops.set(id, server);
    return id;
  }

  /** Ends a loop as a crash does: it says nothing any more. Its clients are the caller's to end. */
  kill(id: number): void {
    const { counters } = this.loop(id);
    this.#loops.delete(id);
    this.#words.delete(id);
    this.#gone.add(counters);
    this.#cut((ends) => ends.includes(id));
    this.hub.loopEnded(id, "loop-died", counters);
  }

  /** What the loops that are no more have counted. */
  get gone(): CounterValues {
    return this.#gone.values;
  }

  /** Names that somebody publishes, watches or claims. */
  get names(): number {
    return this.hub.nameCount;
  }

  /** The loops beside the first process's own. */
  get loopIds(): readonly number[] {
    return [...this.#loops.keys()];
  }

  /** Keeps back what a loop says to the first process, or what that says to it; or lets it through. */
  hold(id: number, direction: "toLoop" | "fromLoop", isHeld: boolean): void {
    const words = this.#words.get(id);
    if (words !== undefined) words[direction].held = isHeld;
  }

  loop(id: number): LoopServer {
    const loop = id === 0 ? this.hub.local : this.#loops.get(id);
    if (loop === undefined) throw new Error(`no loop ${id}`);
    return loop;
  }

  /** As a server with loops closes, but without waiting: the clock does that. */
  shutdown(description: string): void {
    void this.hub.finish();
    this.#options.clock.advance(0);
    for (const loop of this.#loops.values()) loop.shutdown(description);
    this.hub.local.shutdown(description);
  }

  /** Has a loop not read what comes from another, or read on. */
  stall(reader: number, writer: number, isStalled: boolean): void {
    for (const { ends, connections } of [...this.#links, ...this.#cutLinks]) {
      const connection = connections[ends.indexOf(reader)];
      if (connection !== undefined && ends.includes(writer)) connection.stalled = isStalled;
    }
  }

  /** Every loop reads on, also from loops that are no more. */
  readOn(): void {
    for (const { connections } of [...this.#links, ...this.#cutLinks]) {
      for (const connection of connections) connection.stalled = false;
    }
  }

  /** Bytes that wait on the fullest link. */
  get mostUnsentBytes(): number {
    return Math.max(...this.#links.flatMap(({ connections }) => connections.map(({ unsentBytes }) => unsentBytes)));
  }

  /** Cuts the link between two loops and makes it anew. */
  relink(id: number, otherId: number): void {
    this.cut(id, otherId);
    this.linkAgain(id, otherId);
  }

  /** Cuts the link between two loops; one that is stalled hears of it when it reads on. */
  cut(id: number, otherId: number): void {
    this.#cut((ends) => ends.includes(id) && ends.includes(otherId));
  }

  /** Both know that their link is gone, and have a new one. */
  linkAgain(id: number, otherId: number): void {
    const isBetween = ({ ends }: TestLink): boolean => ends.includes(id) && ends.includes(otherId);
    for (const { connections } of this.#cutLinks.filter(isBetween)) {
      for (const connection of connections) connection.stalled = false;
    }
    this.#options.clock.advance(0);
    this.#cutLinks = this.#cutLinks.filter((link) => !isBetween(link));
    this.#link(this.loop(otherId), otherId, this.loop(id), id);
  }

  /** A loop, or the one that gets the next connection, in turn. */
  pick(id?: number): ServerCore {
    if (id !== undefined) return this.loop(id).core;
    const loops = [...this.#loops.values()];
    const loop = loops[this.#nextPick++ % loops.length];
    if (loop === undefined) throw new Error("no loop left");
    return loop.core;
  }

  #link(one: LoopServer, oneId: number, other: LoopServer, otherId: number): void {
    const { clock, timers, flushQueue } = this.#options;
    const pair = memoryConnectionPair({ clock, timers, flushQueue, maxUnsentBytes: 256 * 1024 * 1024 });
    one.addLink(otherId, pair.server);
    other.addLink(oneId, pair.client);
    this.#links.push({ ends: [oneId, otherId], connections: [pair.server, pair.client] });
  }

  #cut(isCut: (ends: readonly number[]) => boolean): void {
    const cut = this.#links.filter(({ ends }) => isCut(ends));
    for (const { connections } of cut) connections[0]?.destroy("connection-reset");
    this.#cutLinks.push(...cut);
    this.#links = this.#links.filter((link) => !cut.includes(link));
  }
}

/** What the other process gets is a copy, and only what can be copied gets there. */
function cloned<Message extends MessageToHub | MessageToLoop>(messages: readonly Message[]): Message[] {
  return structuredClone(messages) as Message[];
}
