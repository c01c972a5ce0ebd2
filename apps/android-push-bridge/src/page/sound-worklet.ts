import type { WorkletSound } from "./track-reader.ts";

/** What an audio worklet's global scope has beside what a window has. */
interface WorkletScope {
  readonly AudioWorkletProcessor: new () => { readonly port: MessagePort };
  readonly currentFrame: number;
  registerProcessor(name: string, processor: unknown): void;
}

const scope = globalThis as unknown as WorkletScope;
/** A worklet is given 128 samples at a time; this many are one message. */
const PIECE_SAMPLES = 1024;

/** Posts what it hears to the page, in pieces. */
class SoundTap extends scope.AudioWorkletProcessor {
  #planes: Float32Array<ArrayBuffer>[] = [];
  #filled = 0;
  #frame = 0;

  /** Called by the browser for every 128 samples. */
  process([input]: readonly (readonly Float32Array[])[]): boolean {
    const [first] = input ?? [];
    if (input === undefined || first === undefined) return true;
    if (this.#filled === 0 || this.#planes.length !== input.length) this.#begin(input.length);
    input.forEach((plane, index) => this.#planes[index]?.set(plane, this.#filled));
    this.#filled += first.length;
    if (this.#filled >= PIECE_SAMPLES) this.#post();
    return true;
  }

  #begin(channelCount: number): void {
    this.#planes = Array.from({ length: channelCount }, () => new Float32Array(PIECE_SAMPLES));
    this.#filled = 0;
    this.#frame = scope.currentFrame;
  }

  #post(): void {
    const sound: WorkletSound = { planes: this.#planes, frame: this.#frame };
    this.port.postMessage(
      sound,
      this.#planes.map((plane) => plane.buffer),
    );
    this.#filled = 0;
  }
}

scope.registerProcessor("sound-tap", SoundTap);
