import {
  cameraSkills,
  hasSeveralCameras,
  openCamera,
  openCapture,
  setSkill,
  type CameraSkills,
  type Capture,
  type Facing,
} from "./capture.ts";
import { FRAMES_PER_SECOND, qualities, type Quality } from "./quality.ts";
import { TestPicture } from "./test-picture.ts";
import {
  canReadTracks,
  readElement,
  readPictures,
  readSounds,
  readWithWorklet,
  type OrderWorker,
} from "./track-reader.ts";

/** What a source tells its owner. */
export interface SourceListener {
  /** Another source is there: what it can do has changed. */
  onOpened(opened: {
    readonly skills: CameraSkills;
    readonly canFlip: boolean;
    readonly hasSound: boolean;
    readonly isMirrored: boolean;
  }): void;
  /** The system has paused the camera, or goes on with it. */
  onPaused(isPaused: boolean): void;
  /** The camera was taken away for good. */
  onLost(): void;
  /** There is no source; `error` is the browser's. */
  onFailed(error: unknown): void;
}

const NO_SKILLS: CameraSkills = { hasTorch: false, zoom: undefined };

/** Holds camera and microphone, or the test picture, and leads them to the preview and to the worker. */
export class SourceControl {
  readonly #video: HTMLVideoElement;
  readonly #order: OrderWorker;
  readonly #listener: SourceListener;
  readonly #usesElement: boolean;
  #capture: Capture | undefined;
  #testPicture: TestPicture | undefined;
  #facing: Facing = "environment";
  #isMuted = false;
  #endPictures = (): void => undefined;
  #endSounds = (): void => undefined;

  constructor(video: HTMLVideoElement, usesElement: boolean, order: OrderWorker, listener: SourceListener) {
    this.#video = video;
    this.#usesElement = usesElement || !canReadTracks;
    this.#order = order;
    this.#listener = listener;
    addEventListener("resize", () => this.#testPicture?.resize());
  }

  /** Whether there is something to send. */
  get isOpen(): boolean {
    return this.#capture !== undefined;
  }

  /** Opens a source in place of what is open. Never throws: the listener hears of a failure. */
  async open(source: "camera" | "test", quality: Quality): Promise<void> {
    this.#close();
    try {
      if (source === "test") {
        this.#testPicture = new TestPicture(quality);
        this.#capture = this.#testPicture.capture;
      } else {
        this.#capture = await openCapture(this.#facing, quality);
      }
      this.#readSounds();
      await this.#show();
    } catch (error) {
      this.#close();
      this.#listener.onFailed(error);
    }
  }

  /** Takes the other camera. Phones open one camera at a time: the first is let go before. */
  async flip(quality: Quality): Promise<void> {
    const before = this.#capture;
    if (before === undefined || this.#testPicture !== undefined) return;
    const facing = this.#facing === "user" ? "environment" : "user";
    this.#endPictures();
    before.video.stop();
    try {
      this.#capture = { video: await openCamera(facing, quality), audio: before.audio };
      this.#facing = facing;
      await this.#show();
    } catch (error) {
      this.#close();
      this.#listener.onFailed(error);
    }
  }

  /** Sends silence, or sound again. */
  setMuted(isMuted: boolean): void {
    this.#isMuted = isMuted;
    if (this.#capture?.audio !== undefined) this.#capture.audio.enabled = !isMuted;
  }

  /** Switches the light. Returns whether the camera did it. */
  async setTorch(isOn: boolean): Promise<boolean> {
    return this.#capture !== undefined && (await setSkill(this.#capture.video, { torch: isOn }));
  }

  /** Zooms. */
  async setZoom(zoom: number): Promise<void> {
    if (this.#capture !== undefined) await setSkill(this.#capture.video, { zoom });
  }

  /** Asks the source for pictures of this quality. */
  async setQuality(quality: Quality): Promise<void> {
    if (this.#testPicture !== undefined) {
      this.#testPicture.setQuality(quality);
      return;
    }
    const { longSide, shortSide } = qualities[quality];
    try {
      await this.#capture?.video.applyConstraints({
        width: { ideal: longSide },
        height: { ideal: shortSide },
        frameRate: { ideal: FRAMES_PER_SECOND },
      });
    } catch {
      // The worker shrinks what is too large; what is too small stays so.
    }
  }

  /** To be called at a touch: browsers start generated sound only then. */
  touched(): void {
    this.#testPicture?.resume();
  }

  async #show(): Promise<void> {
    const capture = this.#capture;
    if (capture === undefined) return;
    const { video } = capture;
    this.#video.srcObject = new MediaStream([video]);
    const isTest = this.#testPicture !== undefined;
    video.addEventListener("mute", () => this.#tellPaused(video, true));
    video.addEventListener("unmute", () => this.#tellPaused(video, false));
    video.addEventListener("ended", () => {
      if (this.#capture?.video === video) this.#listener.onLost();
    });
    this.#endPictures = this.#usesElement ? readElement(this.#video, this.#order) : readPictures(video, this.#order);
    this.setMuted(this.#isMuted);
    this.#listener.onOpened({
      skills: isTest ? NO_SKILLS : cameraSkills(video),
      canFlip: !isTest && (await hasSeveralCameras()),
      hasSound: capture.audio !== undefined,
      isMirrored: !isTest && video.getSettings().facingMode === "user",
    });
  }

  #tellPaused(video: MediaStreamTrack, isPaused: boolean): void {
    if (this.#capture?.video === video && this.#testPicture === undefined) this.#listener.onPaused(isPaused);
  }

  #readSounds(): void {
    const audio = this.#capture?.audio;
    if (audio === undefined) return;
    this.#endSounds = this.#usesElement ? readWithWorklet(audio, this.#order) : readSounds(audio, this.#order);
  }

  #close(): void {
    this.#endPictures();
    this.#endSounds();
    this.#endPictures = () => undefined;
    this.#endSounds = () => undefined;
    this.#testPicture?.close();
    this.#testPicture = undefined;
    this.#capture?.video.stop();
    this.#capture?.audio?.stop();
    this.#capture = undefined;
    this.#video.srcObject = null;
  }
}
