import type { RtmpMessage } from "@rtmp/chunk";
import type { Decision } from "./server-events.ts";
import type { StatusCode } from "./status.ts";

interface DecisionGateOptions {
  /** How many bytes may wait. */
  readonly maxPendingBytes: number;
  /** Takes the messages that are let through, in order. */
  readonly dispatch: (message: RtmpMessage) => void;
  /** Runs what a settled decision leads to. */
  readonly run: (step: () => void) => void;
}

/** What one waiting message costs beside its payload. */
const messageOverhead = 64;

/** A publisher's commands and first headers fit in here; more is media that may as well stay in the socket. */
const crowdedAboveBytes = 64 * 1024;

/** Lets messages through in order, and holds them back while the host has not decided about an earlier one. */
export class DecisionGate {
  readonly #options: DecisionGateOptions;
  readonly #waiting: RtmpMessage[] = [];
  #waitingBytes = 0;
  #isDeciding = false;
  #isReleasing = false;
  #isAbandoned = false;

  constructor(options: DecisionGateOptions) {
    this.#options = options;
  }

  get isDeciding(): boolean {
    return this.#isDeciding;
  }

  /** Whether so much waits that the host had better stop reading. */
  get isCrowded(): boolean {
    return this.#isDeciding && this.#waitingBytes > crowdedAboveBytes;
  }

  /** Dispatches the message now or, behind a pending decision, later. Returns false if it is one too many to keep. */
  pass(message: RtmpMessage): boolean {
    if (!this.#isDeciding && this.#waiting.length === 0) {
      this.#options.dispatch(message);
      return true;
    }
    this.#waitingBytes += message.payload.length + messageOverhead;
    this.#waiting.push(message);
    return this.#waitingBytes <= this.#options.maxPendingBytes;
  }

  /** Closes the gate until the decision is settled; the answer it was settled with goes out before what waited. */
  decide(accept: () => void, reject: (code: StatusCode, description: string) => void): Decision {
    this.#isDeciding = true;
    let isSettled = false;
    const settle = (answer: () => void): void => {
      if (isSettled || this.#isAbandoned) return;
      isSettled = true;
      this.#options.run(() => {
        this.#isDeciding = false;
        answer();
        this.#release();
      });
    };
    return {
      accept: (andThen) =>
        settle(() => {
          accept();
          andThen?.();
        }),
      reject: (code, description) => settle(() => reject(code, description)),
    };
  }

  /** The session is over: decisions lead to nothing any more and nothing is kept. */
  abandon(): void {
    this.#isAbandoned = true;
    this.#waiting.length = 0;
  }

  #release(): void {
    if (this.#isReleasing) return; // a decision that a released message asked for was made at once
    this.#isReleasing = true;
    let released = 0;
    while (!this.#isDeciding && released < this.#waiting.length) {
      const message = this.#waiting[released++]!;
      this.#waitingBytes -= message.payload.length + messageOverhead;
      this.#options.dispatch(message);
    }
    this.#waiting.splice(0, released);
    this.#isReleasing = false;
  }
}
