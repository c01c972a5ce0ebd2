import type { OutputState } from "../protocol/words.ts";
import type { MessageBoard } from "./messages.ts";
import type { AirState } from "./view.ts";
import type { LinkCondition } from "./worker-messages.ts";

/** Puts together how far a broadcast is, from what connection and server have told. */
export class Air {
  readonly #board: MessageBoard;
  #isOn = false;
  #condition: LinkCondition = "idle";
  #output: OutputState = { state: "connecting" };
  #wasConnected = false;
  #liveSinceMs: number | undefined;

  constructor(board: MessageBoard) {
    this.#board = board;
  }

  /** Whether a broadcast is wanted. */
  get isOn(): boolean {
    return this.#isOn;
  }

  /** How far it is. */
  get state(): AirState {
    if (!this.#isOn) return "ready";
    if (this.#condition === "connected") return this.#output.state === "live" ? "live" : "connecting";
    return this.#wasConnected ? "waiting" : "connecting";
  }

  /** A broadcast begins. */
  begin(): void {
    this.#isOn = true;
    this.#condition = "connecting";
    this.#output = { state: "connecting" };
    this.#wasConnected = false;
    this.#liveSinceMs = undefined;
    this.#board.clearBroadcast();
  }

  /** It is over. */
  end(): void {
    this.#isOn = false;
    this.#board.clear("noConnection", "reconnecting", "targetUnreachable", "soundFailed", "wasHidden", "noWakeLock");
  }

  /** The connection to the bridge has changed. */
  setCondition(condition: LinkCondition): void {
    if (!this.#isOn) return;
    this.#condition = condition;
    if (condition === "connected") {
      this.#wasConnected = true;
      this.#board.clear("noConnection", "reconnecting");
    }
    if (condition !== "waiting") return;
    this.#output = { state: "connecting" }; // the bridge tells it anew
    this.#board.show(this.#wasConnected ? "reconnecting" : "noConnection");
  }

  /** What becomes of the stream behind the bridge has changed. */
  setOutput(output: OutputState, nowMs: number): void {
    if (!this.#isOn) return;
    this.#output = output;
    if (output.state === "live") this.#liveSinceMs ??= nowMs;
    if (output.state === "unreachable") this.#board.show("targetUnreachable", output.detail ?? "");
    else this.#board.clear("targetUnreachable");
  }

  /** Seconds since the stream was live first; `undefined` if it is not on air. */
  secondsOnAir(nowMs: number): number | undefined {
    if (!this.#isOn || this.#liveSinceMs === undefined) return undefined;
    return (nowMs - this.#liveSinceMs) / 1000;
  }
}
