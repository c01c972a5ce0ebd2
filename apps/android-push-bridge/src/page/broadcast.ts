import { encodeFrame, FrameFlag, FrameKind } from "../protocol/frame.ts";
import type { Acknowledgement, Report } from "../protocol/words.ts";
import { AcknowledgementWindow } from "./acknowledgement-window.ts";
import { BridgeLink } from "./bridge-link.ts";
import type { WelcomeLimits } from "./bridge-words.ts";
import type { EncodedPicture } from "./picture-encoder.ts";
import { PictureSender } from "./picture-sender.ts";
import { FRAMES_PER_SECOND, qualities } from "./quality.ts";
import { RateControl, type RateGoal } from "./rate-control.ts";
import type { Sound } from "./sound-encoder.ts";
import { SoundSender } from "./sound-sender.ts";
import type { Figures, SendingOptions, StartOrder, WorkerReport } from "./worker-messages.ts";

const FIGURES_EVERY_MS = 500;
const REPORT_EVERY_MS = 1000;

/** One broadcast, from start to stop: encoders, connection, and the decisions between them. */
export class Broadcast {
  readonly #tell: (report: WorkerReport) => void;
  readonly #isOpus: boolean;
  readonly #rate: RateControl;
  readonly #pictures: PictureSender;
  readonly #sounds: SoundSender;
  readonly #link: BridgeLink;
  readonly #timer: ReturnType<typeof setInterval>;
  #window = new AcknowledgementWindow();
  #videoConfig: Uint8Array<ArrayBuffer> | undefined;
  #audioConfig: Uint8Array<ArrayBuffer> | undefined;
  /** Whether what follows can be decoded by somebody who joins now. */
  #hasKeyFrame = false;
  #maxFrameBytes = 0;
  #roundTripMs: number | undefined;
  #acknowledgedBytes = 0;
  #bridgeUnsentBytes = 0;
  #observedAtMs = 0;
  #sentBytes = 0;
  #sentPictures = 0;
  #countedSinceMs = performance.now();
  #reportedAtMs = 0;
  #phone: Report = {};

  constructor(order: StartOrder, tell: (report: WorkerReport) => void) {
    this.#tell = tell;
    this.#isOpus = order.audio === "opus";
    this.#rate = new RateControl(goalOf(order));
    this.#pictures = new PictureSender(this.#rate, order, {
      onConfig: (record) => this.#takeVideoConfig(record),
      onPicture: (picture) => this.#sendPicture(picture),
      onProblem: (problem, detail) => tell({ kind: "problem", problem, detail }),
    });
    this.#sounds = new SoundSender(order.audio, {
      onConfig: (config) => this.#takeAudioConfig(config),
      onFrame: (bytes, timestampUs) => this.#sendMedia(FrameKind.Audio, this.#soundFlags, timestampUs, bytes),
      onProblem: (detail) => tell({ kind: "problem", problem: "sound-failed", detail }),
    });
    this.#link = new BridgeLink(order, {
      onCondition: (condition) => tell({ kind: "link", condition }),
      onWelcome: (limits) => this.#welcomed(limits),
      onAcknowledgement: (acknowledgement) => this.#acknowledged(acknowledgement),
      onKeyFrameRequest: () => this.#pictures.requestKeyFrame(),
      onOutput: (output) => tell({ kind: "output", output }),
      onRefusal: (refusal) => tell({ kind: "refused", refusal }),
    });
    this.#timer = setInterval(() => this.#tick(), FIGURES_EVERY_MS);
  }

  /** Takes a picture that was made at this time, and closes it. */
  pushPicture(picture: VideoFrame, commonUs: number): void {
    this.#pictures.push(picture, commonUs, this.#link.isWelcome);
  }

  /** Takes sound whose first sample was made at this time. */
  pushSound(sound: Sound, commonUs: number): void {
    this.#sounds.push(sound, commonUs);
  }

  /** The user wants something else. */
  setOptions(options: SendingOptions): void {
    this.#rate.setGoal(goalOf(options));
    this.#pictures.setOptions(options);
    this.#pictures.applyRate();
  }

  /** What the page knows of the phone, for the bridge's status page. */
  setPhone(phone: Report): void {
    this.#phone = phone;
  }

  /** The phone has a network again. */
  online(): void {
    this.#link.online();
  }

  /** Ends the broadcast. Twice is fine. */
  stop(): void {
    clearInterval(this.#timer);
    this.#link.close();
    this.#pictures.close();
    this.#sounds.close();
  }

  get #soundFlags(): number {
    return this.#isOpus ? FrameFlag.Opus : 0;
  }

  #welcomed({ acknowledgeEveryMs, maxFrameBytes }: WelcomeLimits): void {
    this.#maxFrameBytes = maxFrameBytes;
    this.#window = new AcknowledgementWindow();
    this.#bridgeUnsentBytes = 0;
    this.#acknowledgedBytes = 0;
    this.#hasKeyFrame = false;
    this.#rate.connected(acknowledgeEveryMs);
    if (this.#videoConfig !== undefined) this.#sendMedia(FrameKind.VideoConfig, 0, 0, this.#videoConfig);
    if (this.#audioConfig !== undefined) this.#sendMedia(FrameKind.AudioConfig, this.#soundFlags, 0, this.#audioConfig);
    this.#pictures.requestKeyFrame();
  }

  #takeVideoConfig(record: Uint8Array<ArrayBuffer>): void {
    if (areEqual(record, this.#videoConfig)) return;
    this.#videoConfig = record;
    this.#hasKeyFrame = false;
    this.#sendMedia(FrameKind.VideoConfig, 0, 0, record);
  }

  #takeAudioConfig(config: Uint8Array<ArrayBuffer>): void {
    if (areEqual(config, this.#audioConfig)) return;
    this.#audioConfig = config;
    this.#sendMedia(FrameKind.AudioConfig, this.#soundFlags, 0, config);
  }

  #sendPicture({ timestampUs, isKeyFrame, bytes }: EncodedPicture): void {
    this.#rate.encoded(bytes.length, timestampUs / 1000);
    if (!this.#hasKeyFrame && !isKeyFrame) return;
    this.#hasKeyFrame = this.#sendMedia(FrameKind.Video, isKeyFrame ? FrameFlag.KeyFrame : 0, timestampUs, bytes);
    if (this.#hasKeyFrame) this.#sentPictures += 1;
    else this.#pictures.requestKeyFrame();
  }

  /** Sends one of the frames that are acknowledged. Returns whether it went. */
  #sendMedia(kind: FrameKind, flags: number, timestampUs: number, payload: Uint8Array): boolean {
    if (!this.#link.isWelcome) return false;
    const frame = encodeFrame({ kind, flags, timestampUs, payload });
    if (frame.length > this.#maxFrameBytes) return false;
    this.#link.send(frame);
    this.#window.sent(frame.length, performance.now());
    this.#sentBytes += frame.length;
    return true;
  }

  #acknowledged({ frameCount, heldMs, unsentBytes }: Acknowledgement): void {
    const acknowledged = this.#window.acknowledge(frameCount, heldMs, performance.now());
    if (acknowledged !== undefined) {
      this.#roundTripMs = acknowledged.roundTripMs;
      this.#acknowledgedBytes += acknowledged.byteCount;
    }
    this.#bridgeUnsentBytes = unsentBytes;
    this.#observe();
  }

  #observe(): void {
    const nowMs = performance.now();
    this.#observedAtMs = nowMs;
    const link = {
      oldestAgeMs: this.#window.oldestAgeMs(nowMs),
      roundTripMs: this.#roundTripMs ?? 0,
      acknowledgedBytes: this.#acknowledgedBytes,
      unsentBytes: this.#link.unsentBytes + this.#bridgeUnsentBytes,
    };
    this.#acknowledgedBytes = 0;
    this.#rate.observe(link, nowMs);
    this.#pictures.applyRate();
  }

  #tick(): void {
    const nowMs = performance.now();
    if (this.#link.isWelcome) {
      if (nowMs - this.#observedAtMs >= FIGURES_EVERY_MS) this.#observe();
      this.#pictures.repeat(nowMs * 1000);
    }
    const figures = this.#count(nowMs);
    this.#tell({ kind: "figures", figures });
    if (nowMs - this.#reportedAtMs < REPORT_EVERY_MS) return;
    this.#reportedAtMs = nowMs;
    const { bitrate, framesPerSecond, width, height, droppedFrames, roundTripMs } = figures;
    const report = { bitrate, framesPerSecond, width, height, droppedFrames, ...this.#phone };
    this.#link.report(roundTripMs === undefined ? report : { ...report, roundTripMs });
  }

  #count(nowMs: number): Figures {
    const seconds = Math.max(nowMs - this.#countedSinceMs, 1) / 1000;
    const figures = {
      bitrate: Math.round((this.#sentBytes * 8) / seconds),
      framesPerSecond: Math.round((this.#sentPictures / seconds) * 10) / 10,
      roundTripMs: this.#roundTripMs === undefined ? undefined : Math.round(this.#roundTripMs),
      droppedFrames: this.#pictures.droppedFrames,
      width: this.#pictures.size?.width ?? 0,
      height: this.#pictures.size?.height ?? 0,
      video: this.#pictures.codec,
      audio: this.#sounds.encoderName,
    };
    this.#sentBytes = 0;
    this.#sentPictures = 0;
    this.#countedSinceMs = nowMs;
    return figures;
  }
}

function goalOf({ quality }: SendingOptions): RateGoal {
  const { bitrate } = qualities[quality];
  return { bitrate, framesPerSecond: FRAMES_PER_SECOND };
}

function areEqual(one: Uint8Array, other: Uint8Array | undefined): boolean {
  return one.length === other?.length && one.every((byte, index) => byte === other[index]);
}
