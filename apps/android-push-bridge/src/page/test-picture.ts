import type { Capture } from "./capture.ts";
import { FRAMES_PER_SECOND, qualities, type Quality } from "./quality.ts";

const FLASH_EVERY_MS = 2000;
const FLASH_MS = 100;
const TONE_HZ = 1000;
/** How long before its flash a tone is scheduled: longer than any buffer of the phone's sound. */
const AHEAD_MS = 500;
const BARS = ["#c0c0c0", "#c0c000", "#00c0c0", "#00c000", "#c000c0", "#c00000", "#0000c0"];

/**
 * A generated picture and tone in place of camera and microphone: colour bars, a running clock, and every 2 s a white
 * flash and a tone at one instant, by which viewers see and hear how well picture and sound keep together.
 */
export class TestPicture {
  readonly #canvas = document.createElement("canvas");
  readonly #context = this.#canvas.getContext("2d", { alpha: false });
  readonly #audio = new AudioContext();
  readonly #gain: GainNode;
  readonly #oscillator: OscillatorNode;
  #quality: Quality;
  readonly #video: CanvasCaptureMediaStreamTrack;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The next to be drawn. */
  #frame = 0;
  /** The last flash that has its tone. */
  #toneAtMs = 0;
  /** The sound's clock ahead of the page's, in seconds; the largest seen, for the sound's clock moves in steps. */
  #audioLead = Number.NEGATIVE_INFINITY;
  /** What is captured. Stopping its tracks is not needed. */
  readonly capture: Capture;

  constructor(quality: Quality) {
    this.#quality = quality;
    this.resize();
    const [video] = this.#canvas.captureStream(0).getVideoTracks();
    const destination = this.#audio.createMediaStreamDestination();
    this.#gain = new GainNode(this.#audio, { gain: 0 });
    this.#oscillator = new OscillatorNode(this.#audio, { frequency: TONE_HZ });
    this.#oscillator.connect(this.#gain).connect(destination);
    this.#oscillator.start();
    this.#video = video as CanvasCaptureMediaStreamTrack;
    this.capture = { video: this.#video, audio: destination.stream.getAudioTracks()[0] };
    this.#frame = frameAt(performance.now());
    this.#tick();
  }

  /** Browsers start sound only at a touch: to be called in one. */
  resume(): void {
    void this.#audio.resume();
  }

  /** Takes the shape of the page, upright or lying, as a camera does when the phone is turned. */
  resize(): void {
    const { longSide, shortSide } = qualities[this.#quality];
    const isUpright = innerHeight > innerWidth;
    this.#canvas.width = isUpright ? shortSide : longSide;
    this.#canvas.height = isUpright ? longSide : shortSide;
  }

  /** Takes the size of another quality. */
  setQuality(quality: Quality): void {
    this.#quality = quality;
    this.resize();
  }

  /** Ends it. */
  close(): void {
    clearTimeout(this.#timer);
    this.capture.video.stop();
    this.capture.audio?.stop();
    void this.#audio.close();
  }

  #tick(): void {
    const nowMs = performance.now();
    const frame = Math.max(this.#frame, frameAt(nowMs));
    this.#frame = frame + 1;
    this.#scheduleTone(nowMs);
    this.#draw(timeOf(frame));
    this.#video.requestFrame();
    this.#timer = setTimeout(() => this.#tick(), Math.max(0, timeOf(this.#frame) - performance.now()));
  }

  #scheduleTone(nowMs: number): void {
    if (this.#audio.state !== "running") return;
    this.#audioLead = Math.max(this.#audioLead, this.#audio.currentTime - nowMs / 1000);
    const flashMs = Math.ceil((nowMs + AHEAD_MS / 2) / FLASH_EVERY_MS) * FLASH_EVERY_MS;
    if (flashMs === this.#toneAtMs || flashMs - nowMs > AHEAD_MS) return;
    this.#toneAtMs = flashMs;
    const start = flashMs / 1000 + this.#audioLead;
    this.#gain.gain.setValueAtTime(0.5, start);
    this.#gain.gain.setValueAtTime(0, start + FLASH_MS / 1000);
  }

  #draw(timeMs: number): void {
    const { width, height } = this.#canvas;
    const context = this.#context;
    if (context === null) return;
    if (timeMs % FLASH_EVERY_MS < FLASH_MS) {
      context.fillStyle = "#fff";
      context.fillRect(0, 0, width, height);
      return;
    }
    BARS.forEach((colour, index) => {
      context.fillStyle = colour;
      context.fillRect(Math.floor((index * width) / BARS.length), 0, Math.ceil(width / BARS.length), height);
    });
    const unit = Math.min(width, height) / 12;
    context.fillStyle = "#000";
    context.fillRect(0, height / 2 - unit * 1.5, width, unit * 3);
    context.fillStyle = "#fff";
    context.fillRect(0, height / 2 + unit * 1.1, (width * (timeMs % FLASH_EVERY_MS)) / FLASH_EVERY_MS, unit * 0.4);
    context.font = `bold ${Math.round(unit * 1.6)}px monospace`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(new Date(performance.timeOrigin + timeMs).toISOString().slice(11, 23), width / 2, height / 2);
  }
}

/** Flashes lie on whole frames of this grid. */
function frameAt(timeMs: number): number {
  return Math.floor((timeMs * FRAMES_PER_SECOND) / 1000);
}

function timeOf(frame: number): number {
  return (frame * 1000) / FRAMES_PER_SECOND;
}
