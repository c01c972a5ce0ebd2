import type { FfmpegEight } from "./ffmpeg-eight.ts";
import type { Media } from "./media.ts";
import type { Programs } from "./program.ts";
import type { ServerUnderTest } from "./server-under-test.ts";

/** What a case works with. Everything in it outlives the case; the programs it starts do not. */
export interface Bench {
  /** Processes that serve; 0: this one. */
  readonly loops: number;
  readonly server: ServerUnderTest;
  readonly programs: Programs;
  readonly media: Media;
  readonly ffmpegEight: FfmpegEight;
  /** A path in the run's own folder, which is removed at the end. */
  path(fileName: string): string;
}

/** One statement about the server and real clients, and the attempt to refute it. */
export interface Case {
  /** Says what is true; printed with `ok` or `not ok`. */
  readonly statement: string;
  /** After how long it counts as false. Default 30 000. */
  readonly timeoutMs?: number;
  /** Rejects if the statement is false, or with `Skipped` if it could not be tried here. */
  readonly run: (bench: Bench) => Promise<void>;
}

/** Thrown by a case that cannot be tried on this machine; the message says what is missing. */
export class Skipped extends Error {
  override readonly name = "Skipped";
}
