import { Arrivals, numbered } from "./message.ts";

/** What an end of the bus is told. */
export type Order =
  /** Make so many messages a second, and send them or not. */
  | { readonly type: "run"; readonly perSecond: number; readonly ms: number; readonly isSending: boolean }
  /** Answer when so many messages have come since the beginning. */
  | { readonly type: "await"; readonly count: number }
  | { readonly type: "read" }
  /** Say how much memory there is. Apart from `read`, because to find out takes some CPU. */
  | { readonly type: "weigh" };

/** What an end of the bus says of itself. Everything counts from its beginning. */
export interface Reading {
  readonly type: "reading";
  /** CPU that it has used. */
  readonly micros: number;
  /** Messages that it has sent. */
  readonly sent: number;
  /** Messages that have come. */
  readonly arrived: number;
  /** Blocks in which they came. */
  readonly blocks: number;
  readonly fault: string | undefined;
}

/** Memory of the process of an end, with its share of what it has in common with others; undefined where the system does not tell. */
export interface Weight {
  readonly type: "weight";
  readonly megabytes: number | undefined;
}

/** What an end of the bus says: that it is ready, first; then one answer to each order. */
export type Answer = { readonly type: "ready" } | { readonly type: "done" } | Reading | Weight;

/** What an end has of the place where it runs. */
export interface BusEndOptions {
  readonly answer: (answer: Answer) => void;
  /** Sends a message to the other end. */
  readonly send: (message: Buffer) => void;
  readonly cpuUsage: () => NodeJS.CpuUsage;
  readonly megabytes: () => number | undefined;
}

/** Messages come in such bursts: as they do when a loop turns a thousand times a second. */
const TICK_MS = 1;

/** One end of the bus, wherever it runs: makes messages when it is told to, and counts those that come. */
export class BusEnd {
  readonly #options: BusEndOptions;
  readonly #arrivals = new Arrivals();
  #blocks = 0;
  #sent = 0;
  #awaited = Infinity;

  constructor(options: BusEndOptions) {
    this.#options = options;
  }

  obey(order: Order): void {
    switch (order.type) {
      case "run":
        this.#run(order.perSecond, order.ms, order.isSending);
        return;
      case "await":
        this.#awaited = order.count;
        this.#checkAwaited();
        return;
      case "read":
        this.#options.answer(this.#read());
        return;
      case "weigh":
        this.#options.answer({ type: "weight", megabytes: this.#options.megabytes() });
        return;
      default:
        order satisfies never;
    }
  }

  /** What came together, in one piece or several. */
  receive(pieces: readonly Uint8Array[]): void {
    this.#blocks++;
    for (const piece of pieces) this.#arrivals.take(piece);
    this.#checkAwaited();
  }

  #checkAwaited(): void {
    if (this.#arrivals.count < this.#awaited) return;
    this.#awaited = Infinity;
    this.#options.answer({ type: "done" });
  }

  #run(perSecond: number, ms: number, isSending: boolean): void {
    const begin = performance.now();
    let made = 0;
    const timer = setInterval(() => {
      const elapsedMs = Math.min(ms, performance.now() - begin);
      for (const due = Math.floor((elapsedMs * perSecond) / 1000); made < due; made++) {
        const message = numbered(this.#sent);
        if (!isSending) continue;
        this.#options.send(message);
        this.#sent++;
      }
      if (elapsedMs < ms) return;
      clearInterval(timer);
      this.#options.answer({ type: "done" });
    }, TICK_MS);
  }

  #read(): Reading {
    const { user, system } = this.#options.cpuUsage();
    const { count, fault } = this.#arrivals;
    return { type: "reading", micros: user + system, sent: this.#sent, arrived: count, blocks: this.#blocks, fault };
  }
}
