import { PictureEncoder, type PictureEncoderListener } from "./picture-encoder.ts";
import { PictureFitter, shownSize } from "./picture-fitter.ts";
import { haveOneShape, scaled, shrunk, type Size } from "./picture-size.ts";
import { qualities } from "./quality.ts";
import type { RateControl } from "./rate-control.ts";
import type { SendingOptions } from "./worker-messages.ts";

const KEY_FRAME_EVERY_US = 2_000_000;
/** Without a new picture for this long, the last one is sent again, so that viewers keep a stream. */
const REPEAT_AFTER_US = 1_000_000;
/** For how long after another quality was chosen the camera's own size may still change. */
const SETTLING_US = 3_000_000;
/** Two pictures never get one time, in milliseconds, which is what RTMP counts. */
const LEAST_STEP_US = 1000;

/** Leads pictures from the camera to the encoder: which of them, and in which size. */
export class PictureSender {
  readonly #encoder: PictureEncoder;
  readonly #rate: RateControl;
  readonly #fitter = new PictureFitter();
  #options: SendingOptions;
  /** The shape that was chosen at the start, or the phone's last turn. */
  #base: Size | undefined;
  #size: Size | undefined;
  #settledAtUs = Number.NEGATIVE_INFINITY;
  #last: VideoFrame | undefined;
  #lastUs = Number.NEGATIVE_INFINITY;
  #lastKeyFrameUs = Number.NEGATIVE_INFINITY;
  #needsKeyFrame = true;
  #droppedFrames = 0;

  constructor(rate: RateControl, options: SendingOptions, listener: PictureEncoderListener) {
    this.#rate = rate;
    this.#options = options;
    this.#encoder = new PictureEncoder(listener);
  }

  /** Pictures for which the network or the encoder had no room. */
  get droppedFrames(): number {
    return this.#droppedFrames;
  }

  /** What is encoded now; `undefined` before the first picture. */
  get size(): Size | undefined {
    return this.#size;
  }

  /** The codec in use; empty before the first picture. */
  get codec(): string {
    return this.#encoder.codec;
  }

  /** The next picture is to be one that can be decoded alone. */
  requestKeyFrame(): void {
    this.#needsKeyFrame = true;
  }

  /** The user wants something else from the next picture on. */
  setOptions(options: SendingOptions): void {
    if (options.quality !== this.#options.quality) this.#settledAtUs = this.#lastUs + SETTLING_US;
    this.#options = options;
  }

  /** Takes a picture that was made at this time, and closes it. Without `isWanted` it is only kept. */
  push(picture: VideoFrame, commonUs: number, isWanted: boolean): void {
    this.#last?.close();
    this.#last = picture;
    if (isWanted) this.#send(picture, commonUs);
  }

  /** To be called now and then: sends the last picture again if the camera has stopped. */
  repeat(nowUs: number): void {
    if (this.#last !== undefined && nowUs - this.#lastUs > REPEAT_AFTER_US) this.#send(this.#last, nowUs);
  }

  /** Asks the encoder for what the rate control has decided. */
  applyRate(): void {
    if (this.#base === undefined) return;
    const { bitrate, framesPerSecond, scale } = this.#rate.decision;
    this.#size = scaled(this.#base, scale);
    this.#encoder.configure({ ...this.#size, bitrate, framesPerSecond });
  }

  /** Frees the encoder and the last picture. */
  close(): void {
    this.#encoder.close();
    this.#last?.close();
    this.#last = undefined;
  }

  #send(picture: VideoFrame, commonUs: number): void {
    this.#updateBase(shownSize(picture));
    if (this.#size === undefined || !this.#encoder.isReady) return;
    const admission = this.#encoder.isBusy ? "drop" : this.#rate.admit(commonUs / 1000);
    if (admission === "drop") this.#droppedFrames += 1;
    if (admission !== "encode") return;
    this.#lastUs = Math.max(commonUs, this.#lastUs + LEAST_STEP_US);
    const isKeyFrame = this.#needsKeyFrame || this.#lastUs - this.#lastKeyFrameUs >= KEY_FRAME_EVERY_US;
    if (isKeyFrame) this.#lastKeyFrameUs = this.#lastUs;
    this.#needsKeyFrame = false;
    const fit = this.#fitter.fit(picture, this.#size, this.#lastUs);
    this.#encoder.encode(fit, isKeyFrame);
    fit.close();
  }

  #updateBase(shown: Size): void {
    const wanted = shrunk(shown, qualities[this.#options.quality].shortSide);
    const isSame = this.#base?.width === wanted.width && this.#base.height === wanted.height;
    const isLocked = this.#options.orientation === "lock" || haveOneShape(this.#base ?? wanted, wanted);
    const keeps = isSame || (this.#base !== undefined && this.#lastUs >= this.#settledAtUs && isLocked);
    if (keeps) return;
    this.#base = wanted;
    this.#needsKeyFrame = true;
    this.applyRate();
  }
}
