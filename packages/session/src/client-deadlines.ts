import type { SessionTimeouts } from "./server-options.ts";

/** What has come due for a client. */
export type Overdue = "connect" | "byte" | "ping";

/** Knows by when a client must connect, when a silent one is to be pinged, and when it has been silent for too long. */
export class ClientDeadlines {
  readonly #timeouts: Required<SessionTimeouts>;
  #isConnected = false;
  #waitingSince: number;
  #heardAt: number;
  #pingedAt: number;

  /** `now` is the time in ms at the start. */
  constructor(timeouts: Required<SessionTimeouts>, now: number) {
    this.#timeouts = timeouts;
    this.#waitingSince = now;
    this.#heardAt = now;
    this.#pingedAt = now;
  }

  /** Bytes have come. */
  heard(now: number): void {
    this.#heardAt = now;
  }

  /** The client has been answered, after a wait that was not its fault: all its time begins anew. */
  answered(now: number): void {
    this.#waitingSince = now;
    this.#heardAt = now;
  }

  connected(): void {
    this.#isConnected = true;
  }

  pinged(now: number): void {
    this.#pingedAt = now;
  }

  /** When something comes due next; `undefined` if never. */
  get next(): number | undefined {
    const earliest = Math.min(this.#connectBy, this.#byteBy, this.#pingBy);
    return earliest === Infinity ? undefined : earliest;
  }

  /** What is due at `now`, the worst first. */
  overdue(now: number): Overdue | undefined {
    if (now >= this.#connectBy) return "connect";
    if (now >= this.#byteBy) return "byte";
    return now >= this.#pingBy ? "ping" : undefined;
  }

  get #connectBy(): number {
    return this.#isConnected ? Infinity : deadline(this.#waitingSince, this.#timeouts.handshakeMs);
  }

  get #byteBy(): number {
    return this.#isConnected ? deadline(this.#heardAt, this.#timeouts.idleMs) : Infinity;
  }

  get #pingBy(): number {
    const since = Math.max(this.#heardAt, this.#pingedAt);
    return this.#isConnected ? deadline(since, this.#timeouts.pingIntervalMs) : Infinity;
  }
}

function deadline(since: number, ms: number): number {
  return ms === 0 ? Infinity : since + ms;
}
