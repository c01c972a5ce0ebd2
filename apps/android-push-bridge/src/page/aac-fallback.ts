import { registerAacEncoder } from "@mediabunny/aac-encoder";
import { AdtsOutputFormat, AudioSample, AudioSampleSource, NullTarget, Output, Quality } from "mediabunny";
import { copied } from "./picture-encoder.ts";
import {
  joinedPlanes,
  soundBitrate,
  type Sound,
  type SoundEncoder,
  type SoundEncoderListener,
  type SoundFormat,
} from "./sound-encoder.ts";

/** What FFmpeg's AAC encoder puts in front of the first sample and does not tell. */
const PRIMING_SAMPLES = 1024;
/** More pieces of sound than this in the encoder mean that the phone is too slow for it. */
const MOST_WAITING = 64;

/** AAC by FFmpeg's encoder in WebAssembly, a megabyte that is loaded only by browsers without AAC. */
export class AacFallback implements SoundEncoder {
  readonly name: string = "aac (WebAssembly)";
  readonly #output: Output;
  readonly #source: AudioSampleSource;
  readonly #listener: SoundEncoderListener;
  #waiting = 0;
  #isClosed = false;

  constructor(format: SoundFormat, listener: SoundEncoderListener) {
    this.#listener = listener;
    const primingUs = (PRIMING_SAMPLES * 1_000_000) / format.sampleRate;
    this.#source = new AudioSampleSource({
      codec: "aac",
      quality: new Quality(soundBitrate(format)),
      onEncodedPacket: (packet, metadata) => {
        if (this.#isClosed) return;
        const description = metadata?.decoderConfig?.description;
        if (description !== undefined) listener.onConfig(copied(description));
        listener.onFrame(copied(packet.data), packet.microsecondTimestamp - primingUs);
      },
    });
    this.#output = new Output({ format: new AdtsOutputFormat(), target: new NullTarget() });
    this.#output.addAudioTrack(this.#source);
  }

  /** Makes the encoder ready. */
  static async open(format: SoundFormat, listener: SoundEncoderListener): Promise<AacFallback> {
    registerAacEncoder();
    const fallback = new AacFallback(format, listener);
    await fallback.#output.start();
    return fallback;
  }

  /** Takes sound that begins that long behind the first sample. */
  encode(sound: Sound, positionUs: number): void {
    if (this.#isClosed || this.#waiting >= MOST_WAITING) return;
    const sample = new AudioSample({
      format: "f32-planar",
      sampleRate: sound.sampleRate,
      numberOfChannels: sound.planes.length,
      timestamp: positionUs / 1_000_000,
      data: joinedPlanes(sound).samples,
    });
    this.#waiting += 1;
    this.#source
      .add(sample)
      .catch((error: unknown) => this.#failed(error))
      .finally(() => {
        this.#waiting -= 1;
        sample.close();
      });
  }

  /** Frees the encoder. */
  close(): void {
    this.#isClosed = true;
    this.#output.cancel().catch(() => undefined); // it is over either way
  }

  #failed(error: unknown): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#listener.onProblem(error instanceof Error ? error.message : String(error));
  }
}
