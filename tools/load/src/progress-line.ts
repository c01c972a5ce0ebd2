import type { RunStatus } from "./load-run.ts";

const PLAIN_EVERY_MS = 5000;

/** Where progress is shown. */
export interface ProgressSink {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Shows how a run goes: one line that is written over on a terminal, elsewhere a line now and then. */
export class ProgressLine {
  readonly #sink: ProgressSink;
  readonly #title: string;
  #lastFrames = 0;
  #lastMs = 0;
  #perSecond = 0;
  #lastPhase = "";
  #lastPlainMs = -Infinity;

  constructor(sink: ProgressSink, title: string) {
    this.#sink = sink;
    this.#title = title;
  }

  /** Takes the newest status. */
  show(status: RunStatus): void {
    this.#measureRate(status);
    const { phase, elapsedMs } = status;
    const line = this.#format(status);
    if (this.#sink.isTTY === true) this.#sink.write(`\r\u001b[K${line}`);
    else if (phase !== this.#lastPhase || elapsedMs - this.#lastPlainMs >= PLAIN_EVERY_MS) {
      this.#lastPlainMs = elapsedMs;
      this.#sink.write(`${line}\n`);
    }
    this.#lastPhase = phase;
  }

  /** Leaves the terminal's line to others. */
  clear(): void {
    if (this.#sink.isTTY === true) this.#sink.write("\r\u001b[K");
  }

  #format({ phase, wanted, busy, lost, frames, elapsedMs }: RunStatus): string {
    const seconds = (elapsedMs / 1000).toFixed(0).padStart(3);
    const gone = lost > 0 ? `, ${lost} lost` : "";
    const rate = frames > 0 ? `, ${frames} delivered, ${Math.round(this.#perSecond)}/s` : "";
    return `${this.#title} ${seconds} s  ${phase}: ${busy} of ${wanted} connected${gone}${rate}`;
  }

  #measureRate({ frames, elapsedMs }: RunStatus): void {
    if (elapsedMs - this.#lastMs < 1000) return;
    this.#perSecond = ((frames - this.#lastFrames) * 1000) / (elapsedMs - this.#lastMs);
    this.#lastFrames = frames;
    this.#lastMs = elapsedMs;
  }
}
