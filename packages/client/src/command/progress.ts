import type { FlvTag } from "@rtmp/flv-tags";
import type { Clock } from "./clock.ts";
import { MediaTime } from "./media-time.ts";
import { tagRole } from "./tag-role.ts";
import type { World } from "./world.ts";

/** What has gone through so far. */
export interface Totals {
  readonly mediaMs: number;
  readonly bytes: number;
  readonly frames: number;
  readonly drops: number;
}

/** The line that shows how it goes. */
export function formatProgress(command: string, totals: Totals, bitsPerSecond: number): string {
  const { mediaMs, frames, drops } = totals;
  return `${command}  ${clockTime(mediaMs)}  ${kilobits(bitsPerSecond)}  ${frames} frames  ${drops} drops`;
}

/** The line at the end. */
export function formatSummary(command: string, totals: Totals, elapsedMs: number): string {
  const { mediaMs, bytes, frames, drops } = totals;
  const rate = elapsedMs > 0 ? (bytes * 8000) / elapsedMs : 0;
  const seconds = (elapsedMs / 1000).toFixed(1);
  return `${command}  ${clockTime(mediaMs)} in ${seconds} s  ${bytes} bytes  ${kilobits(rate)}  ${frames} frames  ${drops} drops`;
}

function clockTime(ms: number): string {
  const tenths = Math.floor(ms / 100);
  const two = (value: number): string => String(value).padStart(2, "0");
  const seconds = Math.floor(tenths / 10);
  const hoursMinutes = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}`;
  return `${hoursMinutes}:${two(seconds % 60)}.${tenths % 10}`;
}

function kilobits(bitsPerSecond: number): string {
  return `${Math.round(bitsPerSecond / 1000)} kbit/s`;
}

const redrawMs = 500;
/** The rate shown is that of the last so many redraws. */
const rateSamples = 6;

/** Counts what goes through and shows it: live on a terminal, else only at the end. */
export class Progress {
  readonly #command: string;
  readonly #stderr: World["stderr"];
  readonly #clock: Clock;
  readonly #time = new MediaTime();
  readonly #startedAt: number;
  readonly #samples: { readonly at: number; readonly bytes: number }[];
  readonly #stopRedraw: () => void;
  #mediaMs = 0;
  #bytes = 0;
  #videoFrames = 0;
  #audioFrames = 0;
  #drops = 0;

  constructor(command: string, { stderr, clock }: Pick<World, "stderr" | "clock">) {
    this.#command = command;
    this.#stderr = stderr;
    this.#clock = clock;
    this.#startedAt = clock.now();
    this.#samples = [{ at: this.#startedAt, bytes: 0 }];
    this.#stopRedraw = stderr.isTTY === true ? clock.every(redrawMs, () => this.#redraw()) : () => undefined;
  }

  /** Frames are counted in video, or in audio where there is no video. */
  get totals(): Totals {
    const frames = this.#videoFrames > 0 ? this.#videoFrames : this.#audioFrames;
    return { mediaMs: this.#mediaMs, bytes: this.#bytes, frames, drops: this.#drops };
  }

  /** Counts a tag that went through. */
  count(tag: FlvTag): void {
    this.#bytes += tag.payload.length;
    if (tagRole(tag) !== "frame") return;
    this.#mediaMs = Math.max(this.#mediaMs, this.#time.elapsed(tag.timestamp));
    if (tag.type === "video") this.#videoFrames += 1;
    else this.#audioFrames += 1;
  }

  /** Counts frames that did not. */
  drop(frames: number): void {
    this.#drops += frames;
  }

  /** Says the last word. */
  finish(): void {
    this.#stopRedraw();
    const summary = formatSummary(this.#command, this.totals, this.#clock.now() - this.#startedAt);
    this.#stderr.write(`${this.#lineStart()}${summary}\n`);
  }

  /** Leaves the terminal to an error message. */
  abandon(): void {
    this.#stopRedraw();
    this.#stderr.write(this.#lineStart());
  }

  #redraw(): void {
    const sample = { at: this.#clock.now(), bytes: this.#bytes };
    this.#samples.push(sample);
    if (this.#samples.length > rateSamples) this.#samples.shift();
    const first = this.#samples[0] ?? sample;
    const rate = sample.at > first.at ? ((sample.bytes - first.bytes) * 8000) / (sample.at - first.at) : 0;
    this.#stderr.write(this.#lineStart() + formatProgress(this.#command, this.totals, rate));
  }

  /** Back to the first column, and the line cleared. */
  #lineStart(): string {
    return this.#stderr.isTTY === true ? "\r\u001b[K" : "";
  }
}
