import { visibleText } from "@rtmp/app-kit";
import type { FlvTag } from "@rtmp/flv-tags";
import type { Clock } from "@rtmp/reactor";
import { FrameKind } from "../protocol/frame.ts";
import type { Frame } from "../protocol/frame.ts";
import type { OutputState, Report } from "../protocol/words.ts";
import type { BridgeLog } from "./bridge-log.ts";
import { HeldGroup } from "./held-group.ts";
import { MediaTags } from "./media-tags.ts";
import type { MediaTag } from "./media-tags.ts";
import { RtmpOutput } from "./rtmp-output.ts";
import type { OutputEvents, Publish } from "./rtmp-output.ts";
import { StreamFigures } from "./stream-figures.ts";
import type { StreamStats } from "./stream-figures.ts";
import type { StreamFeed, StreamSource } from "./stream-source.ts";
import { StreamTimeline } from "./stream-timeline.ts";
import type { Track } from "./stream-timeline.ts";

/** What a stream is made with. */
export interface PhoneStreamOptions {
  /** Where it is published. */
  readonly target: string;
  /** What it is called in logs and figures; holds nothing secret. */
  readonly name: string;
  /** How long it outlives a lost source. */
  readonly graceMs: number;
  readonly clock: Clock;
  readonly log: BridgeLog;
  readonly publish?: Publish;
}

/** Sources that need a key frame are not asked more often. */
const keyFrameRequestEveryMs = 1000;

/**
 * One stream at one server, and whoever feeds it: one source at a time, the newest. Its RTMP session and its timeline
 * outlive a lost source by the grace time.
 */
export class PhoneStream {
  readonly #options: PhoneStreamOptions;
  readonly #figures: StreamFigures;
  readonly #held = new HeldGroup(); // of a source that cannot be asked for a key frame
  #tags = new MediaTags();
  #timeline = new StreamTimeline();
  #output: RtmpOutput | undefined;
  #outputState: OutputState | undefined;
  #refusal: string | undefined; // what the server said no with, until somebody tries again
  #source: StreamSource | undefined;
  #cancelGrace: (() => void) | undefined;
  #sessionStartMs: number | undefined; // on the timeline: where the present RTMP session began
  #keyFrameAskedAtMs = -Infinity;
  #closing: Promise<unknown> = Promise.resolve();
  #lastLiveAtMs: number | undefined;

  constructor(options: PhoneStreamOptions) {
    this.#options = options;
    this.#figures = new StreamFigures(options.clock);
  }

  /** What it is called in logs and figures. */
  get name(): string {
    return this.#options.name;
  }

  /** A source begins to feed the stream; the one before, if there is one, is told that it was replaced. */
  attach(source: StreamSource): StreamFeed {
    const former = this.#source;
    this.#source = source;
    this.#refusal = undefined;
    former?.end("BRIDGE_REPLACED", "another sender took over");
    this.#cancelGrace?.();
    this.#cancelGrace = undefined;
    this.#timeline.begin(source.session, source.clock);
    this.#tags.waitForKeyFrame();
    this.#held.clear();
    this.#figures.attached();
    this.#log("info", { device: source.device }, "a phone feeds the stream");
    if (this.#outputState !== undefined) source.onOutput(this.#outputState);
    this.#output ??= this.#open();
    return this.#feedFor(source);
  }

  /** Figures of this moment. */
  stats(): StreamStats {
    return this.#figures.stats({
      name: this.#options.name,
      state: this.#state(),
      detail: visible(this.#outputState?.detail ?? this.#refusal),
      device: visible(this.#source?.device),
      picture: this.#tags.pictureSize,
      sound: this.#tags.sound,
      unsentBytes: this.#output?.unsentBytes ?? 0,
      rtmpSessions: this.#output?.sessions ?? 0,
    });
  }

  /** Ends the stream in good order; its source is told that the bridge closes. Resolves when the server has heard. */
  async close(): Promise<void> {
    const source = this.#source;
    this.#source = undefined;
    source?.end("BRIDGE_CLOSING", "the bridge is stopping");
    this.#unpublish("closed");
    await this.#closing;
  }

  #state(): StreamStats["state"] {
    if (this.#output === undefined) return "idle";
    if (this.#source === undefined) return "waiting";
    return this.#outputState?.state ?? "connecting";
  }

  #open(): RtmpOutput {
    const { target, clock, publish } = this.#options;
    const events: OutputEvents = {
      onState: (state) => this.#setOutputState(state),
      onReady: () => {
        this.#sessionStartMs = undefined;
        this.#startOver();
        for (const { frame, arrivedAtMs } of this.#held.take()) this.#forward(frame, arrivedAtMs, counted);
      },
      onGap: () => {
        this.#figures.gap();
        this.#log("warn", {}, "the server takes too little: a gap until the next key frame");
        this.#startOver();
      },
      onRefused: (code, detail) => this.#refused(code, detail),
    };
    return new RtmpOutput({ target, events, clock, publish, after: this.#closing, lastLiveAtMs: this.#lastLiveAtMs });
  }

  #setOutputState(state: OutputState): void {
    this.#outputState = state;
    if (state.state === "unreachable") this.#log("warn", { detail: state.detail }, "the server cannot be reached");
    else this.#log("info", {}, state.state === "live" ? "the stream is live" : "connecting to the server");
    this.#source?.onOutput(state);
  }

  /** Headers are due again, and a picture that stands alone. */
  #startOver(): void {
    this.#tags.restart();
    this.#askForKeyFrame(true);
  }

  #refused(code: string, detail: string): void {
    this.#log("error", { code, detail }, "the server refused the stream");
    const source = this.#source;
    this.#source = undefined;
    this.#refusal = detail;
    source?.end("BRIDGE_TARGET_REFUSED", detail);
    this.#unpublish("refused");
  }

  #askForKeyFrame(isUrgent: boolean): void {
    const now = this.#options.clock.now();
    if (!isUrgent && now - this.#keyFrameAskedAtMs < keyFrameRequestEveryMs) return;
    this.#keyFrameAskedAtMs = now;
    this.#source?.requestKeyFrame?.();
  }

  #feedFor(source: StreamSource): StreamFeed {
    const { clock } = this.#options;
    let takenFrames = 0;
    let newestTakenAtMs = clock.now();
    return {
      push: (frame) => {
        if (source !== this.#source) return;
        const arrivedAtMs = clock.now();
        this.#push(frame, arrivedAtMs, () => {
          takenFrames += 1;
          newestTakenAtMs = arrivedAtMs;
        });
      },
      report: (report: Report) => {
        if (source === this.#source) this.#figures.report(report);
      },
      detach: (why) => {
        if (source === this.#source) this.#detach(why);
      },
      unsentBytes: () => this.#output?.unsentBytes ?? 0,
      takenFrames: () => takenFrames,
      newestTakenAtMs: () => newestTakenAtMs,
    };
  }

  #push(frame: Frame, arrivedAtMs: number, onTaken: () => void): void {
    if (!isMedia(frame.kind)) return;
    this.#figures.frame(frame);
    this.#forward(frame, arrivedAtMs, onTaken);
    if (this.#output?.isLive !== true && this.#source?.requestKeyFrame === undefined)
      this.#held.add(frame, arrivedAtMs);
  }

  #forward(frame: Frame, arrivedAtMs: number, onTaken: () => void): void {
    const tags: MediaTag[] = [];
    this.#tags.push(frame, (tag) => tags.push(tag));
    const output = this.#output?.isLive === true ? this.#output : undefined;
    if (output === undefined || tags.length === 0) {
      if (frame.kind === FrameKind.Video) this.#figures.passedOver();
      if (frame.kind === FrameKind.Video && output !== undefined && this.#tags.isWaitingForKeyFrame) {
        this.#askForKeyFrame(false);
      }
      return onTaken();
    }
    const arrivalUs = Math.round(arrivedAtMs * 1000);
    let placed: { readonly stampUs: number; readonly timestamp: number } | undefined; // headers go with their frame
    const flvTags = tags.map(({ type, track, stampUs, payload }): FlvTag => {
      if (placed?.stampUs !== stampUs) placed = { stampUs, timestamp: this.#timestamp(track, stampUs, arrivalUs) };
      return { type, timestamp: placed.timestamp, payload };
    });
    output.send(flvTags, onTaken);
  }

  /** Where a frame is in the present RTMP session, which begins at 0. */
  #timestamp(track: Track, stampUs: number, arrivalUs: number): number {
    const ms = this.#timeline.place(track, stampUs, arrivalUs);
    this.#sessionStartMs ??= ms;
    return Math.max(0, ms - this.#sessionStartMs) >>> 0;
  }

  #detach(why: "lost" | "ended"): void {
    this.#source = undefined;
    this.#figures.detached();
    if (why === "ended") return this.#unpublish("ended by the phone");
    const { graceMs, clock } = this.#options;
    this.#log("info", { graceMs }, "the phone is gone; the stream waits for it");
    this.#cancelGrace = clock.schedule(graceMs, () => this.#unpublish("the phone did not come back"));
  }

  #unpublish(reason: string): void {
    this.#cancelGrace?.();
    this.#cancelGrace = undefined;
    const output = this.#output;
    if (output === undefined) return;
    this.#lastLiveAtMs = output.lastLiveAtMs;
    this.#output = undefined;
    this.#outputState = undefined;
    this.#tags = new MediaTags();
    this.#timeline = new StreamTimeline();
    this.#held.clear();
    this.#figures.unpublished();
    this.#log("info", { reason }, "the stream has ended");
    this.#closing = Promise.all([this.#closing, output.close()]);
  }

  #log(level: keyof BridgeLog, fields: object, message: string): void {
    this.#options.log[level]({ stream: this.#options.name, ...fields }, message);
  }
}

function isMedia(kind: number): boolean {
  return kind >= FrameKind.VideoConfig && kind <= FrameKind.Audio;
}

/** What was kept was taken when it came. */
function counted(): void {
  // Counted already.
}

/** Figures are read in terminals too, which obey what others write. */
function visible(text: string | undefined): string | undefined {
  return text === undefined ? undefined : visibleText(text);
}
