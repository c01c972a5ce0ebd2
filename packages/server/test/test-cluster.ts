import type { FlushQueue, TimerQueue } from "@rtmp/reactor";
import { memoryConnectionPair } from "@rtmp/reactor/testing";
import type { ManualClock, MemoryConnection } from "@rtmp/reactor/testing";
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

/** The loops of a server in one process: messages between them are cloned as between processes, links are in memory. */
export class TestCluster {
  readonly hub: LoopHub;
  readonly #options: TestClusterOptions;
  readonly #loops = new Map<number, LoopServer>();
  #links: TestLink[] = [];
  #nextLoop = 1;
  #nextPick = 0;
  gone: CounterValues | undefined;

  constructor(options: TestClusterOptions) {
    this.#options = options;
    const { clock, timers, emit } = options;
    this.hub = new LoopHub({
      options: options.options,
      clock,
      timers,
      emit,
      send: (loop, messages) => this.#deliver(() => this.#loops.get(loop)?.receive(cloned(messages))),
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
        this.#deliver(() => {
          if (this.#loops.has(id)) this.hub.receive(id, cloned(messages));
        }),
    });
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
    this.gone = counters;
    this.#cut((ends) => ends.includes(id));
    this.hub.loopEnded(id, "loop-died", counters);
  }

  /** Names that somebody publishes, watches or claims. */
  get names(): number {
    return this.hub.nameCount;
  }

  loop(id: number): LoopServer {
    const loop = this.#loops.get(id);
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
    for (const { ends, connections } of this.#links) {
      const connection = connections[ends.indexOf(reader)];
      if (connection !== undefined && ends.includes(writer)) connection.stalled = isStalled;
    }
  }

  /** Bytes that wait on the fullest link. */
  get mostUnsentBytes(): number {
    return Math.max(...this.#links.flatMap(({ connections }) => connections.map(({ unsentBytes }) => unsentBytes)));
  }

  /** Cuts the link between two loops and makes it anew. */
  relink(id: number, otherId: number): void {
    this.#cut((ends) => ends.includes(id) && ends.includes(otherId));
    this.#options.clock.advance(0);
    this.#link(this.loop(otherId), otherId, this.loop(id), id);
  }

  /** The loop that gets the next connection, in turn. */
  pick(): ServerCore {
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
    for (const { ends, connections } of this.#links) if (isCut(ends)) connections[0]?.destroy("cut");
    this.#links = this.#links.filter(({ ends }) => !isCut(ends));
  }

  /** Between processes nothing arrives within the call that sends it. */
  #deliver(run: () => void): void {
    this.#options.clock.schedule(0, run);
  }
}

/** What the other process gets is a copy, and only what can be copied gets there. */
function cloned<Message extends MessageToHub | MessageToLoop>(messages: readonly Message[]): Message[] {
  return structuredClone(messages) as Message[];
}
