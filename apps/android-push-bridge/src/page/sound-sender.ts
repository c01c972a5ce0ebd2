import { SampleTimeline } from "./sample-timeline.ts";
import { openSoundEncoder } from "./open-sound-encoder.ts";
import type { Sound, SoundEncoder, SoundFormat } from "./sound-encoder.ts";

/** What the sound sender tells its owner. */
export interface SoundSenderListener {
  onConfig(config: Uint8Array<ArrayBuffer>): void;
  onFrame(bytes: Uint8Array<ArrayBuffer>, timestampUs: number): void;
  onProblem(detail: string): void;
}

/** Leads sound from the microphone to an encoder that fits it, and stamps what comes out on the common clock. */
export class SoundSender {
  readonly #codec: "aac" | "opus";
  readonly #listener: SoundSenderListener;
  #encoder: SoundEncoder | undefined;
  #format: SoundFormat | undefined;
  #timeline = new SampleTimeline();
  #sampleCount = 0;
  #isClosed = false;

  constructor(codec: "aac" | "opus", listener: SoundSenderListener) {
    this.#codec = codec;
    this.#listener = listener;
  }

  /** What encodes, for people; empty before the first sound. */
  get encoderName(): string {
    return this.#encoder?.name ?? "";
  }

  /** Takes sound whose first sample was made at this time. */
  push(sound: Sound, commonUs: number): void {
    const frameCount = sound.planes[0]?.length ?? 0;
    if (frameCount === 0 || this.#isClosed) return;
    const { sampleRate } = sound;
    if (this.#format?.sampleRate !== sampleRate || this.#format.channelCount !== sound.planes.length) {
      this.#open({ codec: this.#codec, sampleRate, channelCount: sound.planes.length });
    }
    if (this.#encoder === undefined) return;
    const positionUs = Math.round((this.#sampleCount * 1_000_000) / sampleRate);
    this.#sampleCount += frameCount;
    this.#timeline.mark(positionUs, commonUs);
    this.#encoder.encode(sound, positionUs);
  }

  /** Frees the encoder. */
  close(): void {
    this.#isClosed = true;
    this.#encoder?.close();
    this.#encoder = undefined;
  }

  /** The microphone decides the format, whatever it was asked for. */
  #open(format: SoundFormat): void {
    this.#encoder?.close();
    this.#encoder = undefined;
    this.#format = format;
    this.#sampleCount = 0;
    const timeline = new SampleTimeline();
    this.#timeline = timeline;
    const opening = openSoundEncoder(format, {
      onConfig: (config) => this.#listener.onConfig(config),
      onFrame: (bytes, positionUs) => {
        const timestampUs = timeline.timeOf(positionUs);
        if (timestampUs !== undefined) this.#listener.onFrame(bytes, timestampUs);
      },
      onProblem: (detail) => this.#listener.onProblem(detail),
    });
    opening.then(
      (encoder) => {
        if (this.#isClosed || this.#format !== format) encoder.close();
        else this.#encoder = encoder;
      },
      (error: unknown) => this.#listener.onProblem(error instanceof Error ? error.message : String(error)),
    );
  }
}
