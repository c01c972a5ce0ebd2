import type { Clock } from "@rtmp/reactor";
import { FrameKind } from "../protocol/frame.ts";
import type { Frame } from "../protocol/frame.ts";
import type { OutputState, Report } from "../protocol/words.ts";

/** Figures of one stream. Counters count from the start of the bridge. */
export interface StreamStats {
  readonly name: string;
  /** `"idle"`: nobody feeds it. `"waiting"`: its phone is gone and the grace time runs. Else how far it gets. */
  readonly state: OutputState["state"] | "idle" | "waiting";
  /** What the server or the network said, if the state is a bad one, or if the server refused the stream the last time. */
  readonly detail?: string;
  /** Who feeds it. */
  readonly device?: string;
  readonly picture?: { readonly width: number; readonly height: number };
  readonly sound?: { readonly codec: string; readonly sampleRate?: number; readonly channelCount?: number };
  /** How long it has been published, grace times included. */
  readonly onAirMs?: number;
  readonly videoFrames: number;
  readonly audioFrames: number;
  /** Payloads of media frames. */
  readonly receivedBytes: number;
  /** Bits a second over the last seconds. */
  readonly bitrate: number;
  /** Pictures that did not go on: before a config, behind a gap, without a server. */
  readonly passedOverFrames: number;
  /** Times that the server was so far behind that everything waiting was dropped. */
  readonly gaps: number;
  /** Connections that fed it. */
  readonly connections: number;
  /** RTMP sessions of the present broadcast. */
  readonly rtmpSessions: number;
  readonly unsentBytes: number;
  /** What the phone tells about itself. */
  readonly report?: Report;
}

/** What the stream itself knows. */
export type StreamFacts = Pick<StreamStats, "name" | "state" | "unsentBytes" | "rtmpSessions"> & {
  readonly [key in "detail" | "device" | "picture" | "sound"]: StreamStats[key] | undefined;
};

const bitrateWindowMs = 5000;

/** Counts what a stream does. */
export class StreamFigures {
  readonly #clock: Clock;
  #videoFrames = 0;
  #audioFrames = 0;
  #receivedBytes = 0;
  #passedOverFrames = 0;
  #gaps = 0;
  #connections = 0;
  #startedAtMs: number | undefined;
  #report: Report | undefined;
  #window: { readonly fromMs: number; readonly fromBytes: number; readonly bitrate: number };

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#window = { fromMs: clock.now(), fromBytes: 0, bitrate: 0 };
  }

  /** A source begins. */
  attached(): void {
    this.#connections += 1;
    this.#startedAtMs ??= this.#clock.now();
  }

  /** The source has gone; what it told about itself went with it. */
  detached(): void {
    this.#report = undefined;
  }

  /** The stream has ended. */
  unpublished(): void {
    this.#startedAtMs = undefined;
    this.#report = undefined;
  }

  /** A media frame came. */
  frame(frame: Frame): void {
    if (frame.kind === FrameKind.Video) this.#videoFrames += 1;
    if (frame.kind === FrameKind.Audio) this.#audioFrames += 1;
    this.#receivedBytes += frame.payload.length;
    this.#turnWindow();
  }

  /** A picture did not go on. */
  passedOver(): void {
    this.#passedOverFrames += 1;
  }

  /** Everything that waited for the server was dropped. */
  gap(): void {
    this.#gaps += 1;
  }

  /** The phone told about itself. */
  report(report: Report): void {
    this.#report = report;
  }

  /** All figures together. */
  stats(facts: StreamFacts): StreamStats {
    this.#turnWindow();
    const { name, state, unsentBytes, rtmpSessions, ...optional } = facts;
    const startedAtMs = rtmpSessions === 0 ? undefined : this.#startedAtMs;
    const onAirMs = startedAtMs === undefined ? undefined : Math.round(this.#clock.now() - startedAtMs);
    return {
      name,
      state,
      ...present({ ...optional, onAirMs, report: this.#report }),
      videoFrames: this.#videoFrames,
      audioFrames: this.#audioFrames,
      receivedBytes: this.#receivedBytes,
      bitrate: this.#window.bitrate,
      passedOverFrames: this.#passedOverFrames,
      gaps: this.#gaps,
      connections: this.#connections,
      rtmpSessions,
      unsentBytes,
    };
  }

  #turnWindow(): void {
    const { fromMs, fromBytes } = this.#window;
    const now = this.#clock.now();
    const elapsedMs = now - fromMs;
    if (elapsedMs < bitrateWindowMs) return;
    const bitrate = Math.round(((this.#receivedBytes - fromBytes) * 8000) / elapsedMs);
    this.#window = { fromMs: now, fromBytes: this.#receivedBytes, bitrate };
  }
}

/** The fields that have a value. */
function present<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
