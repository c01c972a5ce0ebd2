import type { Answer, Order, Reading } from "./bus-end.ts";

/** The two ends of a bus, as the first process sees them. */
export interface BusEnds {
  readonly sender: BusEndRemote;
  readonly receiver: BusEndRemote;
  /** Whether they are threads of this process. */
  readonly areThreads: boolean;
  close(): Promise<void>;
}

/** An end of the bus that runs elsewhere. It answers one order after the other. */
export class BusEndRemote {
  readonly #tell: (order: Order) => void;
  readonly #kept: Answer[] = [];
  #hear: ((answer: Answer) => void) | undefined;

  /** `tell` gives it an order. */
  constructor(tell: (order: Order) => void) {
    this.#tell = tell;
  }

  /** It has answered. */
  onAnswer(answer: Answer): void {
    const hear = this.#hear;
    this.#hear = undefined;
    if (hear === undefined) this.#kept.push(answer);
    else hear(answer);
  }

  /** Resolves when it has said that it is ready. */
  async isReady(): Promise<void> {
    await this.#next();
  }

  /** Resolves when it has done this. */
  async do(order: Order & { readonly type: "run" | "await" }): Promise<void> {
    this.#tell(order);
    await this.#next();
  }

  async read(): Promise<Reading> {
    this.#tell({ type: "read" });
    const answer = await this.#next();
    if (answer.type !== "reading") throw new TypeError(`asked for a reading, got ${answer.type}`);
    return answer;
  }

  /** Memory of its process; undefined where the system does not tell. */
  async megabytes(): Promise<number | undefined> {
    this.#tell({ type: "weigh" });
    const answer = await this.#next();
    if (answer.type !== "weight") throw new TypeError(`asked for a weight, got ${answer.type}`);
    return answer.megabytes;
  }

  #next(): Promise<Answer> {
    const kept = this.#kept.shift();
    if (kept !== undefined) return Promise.resolve(kept);
    return new Promise((resolve) => (this.#hear = resolve));
  }
}
