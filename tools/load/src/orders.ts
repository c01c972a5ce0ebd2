import type { MediaSource } from "./media-source.ts";
import type { LastSequences, Verification } from "./stream-verifier.ts";

/** Part of the numbers from 0 on: `from` is in it, `to` is not. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** What one generator process is to do. */
export interface GeneratorSetup {
  readonly host: string;
  readonly port: number;
  readonly app: string;
  readonly media: MediaSource;
  readonly streamCount: number;
  /** Streams to publish. */
  readonly publishers: Range;
  /** Viewers to be; viewer `i` watches stream `i % streamCount`. */
  readonly viewers: Range;
  /** Every so many viewers, one looks at every byte; 0 is none. */
  readonly checkEvery: number;
  readonly connectTimeoutMs: number;
  /** The process ends by itself after this. */
  readonly limitMs: number;
}

/** Which of the two kinds of connections. */
export type Role = "publishers" | "viewers";

/** The last sequence numbers of each stream, by its number. */
export type FinalSequences = readonly (readonly [stream: number, last: LastSequences])[];

/** What a generator process is told, in this order. */
export type Order =
  | { readonly kind: "setup"; readonly setup: GeneratorSetup }
  | { readonly kind: "connect"; readonly role: Role; readonly perSecond: number }
  | { readonly kind: "measure"; readonly fromUs: number; readonly toUs: number }
  | { readonly kind: "stop-publishing" }
  | { readonly kind: "report"; readonly finals: FinalSequences; readonly waitMs: number }
  | { readonly kind: "leave" };

/** How far the connections of one role are. */
export interface RoleProgress {
  /** Let in by the server. */
  readonly live: number;
  /** Let in and, if viewers, with a first frame. */
  readonly busy: number;
  /** Never let in. */
  readonly failed: number;
  /** Let in and lost again. */
  readonly lost: number;
}

/** How far a generator process is; it says so several times a second. */
export interface GeneratorProgress {
  readonly publishers: RoleProgress;
  readonly viewers: RoleProgress;
  /** Frames received so far. */
  readonly frames: number;
}

/** When the first connection of a role was opened and the last one let in, in µs of `monotonicUs`; 0 if none was. */
export interface RampTimes {
  readonly firstOpenUs: number;
  readonly lastLiveUs: number;
}

/** What a generator process has measured in the steady window. */
export interface GeneratorReport {
  readonly progress: GeneratorProgress;
  readonly ramps: Readonly<Record<Role, RampTimes>>;
  readonly cpuSeconds: number;
  readonly loopDelayP99Ms: number;
  readonly sentFrames: number;
  readonly deliveredFrames: number;
  readonly deliveredBytes: number;
  readonly stalled: number;
  /** Of `LatencyHistogram`. */
  readonly latency: readonly (readonly [bucket: number, count: number])[];
  readonly lag: readonly (readonly [bucket: number, count: number])[];
  readonly checkedViewers: number;
  readonly verification: Verification;
}

/** What a generator process says. */
export type Answer =
  | { readonly kind: "ready" }
  | { readonly kind: "progress"; readonly progress: GeneratorProgress }
  | { readonly kind: "trouble"; readonly text: string }
  | {
      readonly kind: "stopped";
      readonly finals: FinalSequences;
      /** When each stream began. */
      readonly starts: readonly (readonly [stream: number, startedUs: number])[];
    }
  | { readonly kind: "report"; readonly report: GeneratorReport };
