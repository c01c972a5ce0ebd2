import { opusHead } from "./opus-head.ts";
import { copied } from "./picture-encoder.ts";
import {
  joinedPlanes,
  soundBitrate,
  type Sound,
  type SoundEncoder,
  type SoundEncoderListener,
  type SoundFormat,
} from "./sound-encoder.ts";

/** The browser's own encoder. */
export class BuiltInSoundEncoder implements SoundEncoder {
  readonly name: string;
  readonly #encoder: AudioEncoder;
  readonly #listener: SoundEncoderListener;
  readonly #format: SoundFormat;
  #isClosed = false;

  constructor(format: SoundFormat, listener: SoundEncoderListener) {
    this.name = format.codec;
    this.#format = format;
    this.#listener = listener;
    this.#encoder = new AudioEncoder({
      output: (chunk, metadata) => this.#output(chunk, metadata?.decoderConfig),
      error: (error) => {
        if (!this.#isClosed) listener.onProblem(error.message);
      },
    });
    this.#encoder.configure(configuration(format));
  }

  /** Whether the browser has an encoder for this format. */
  static async supports(format: SoundFormat): Promise<boolean> {
    if (!("AudioEncoder" in globalThis)) return false;
    try {
      return (await AudioEncoder.isConfigSupported(configuration(format))).supported === true;
    } catch {
      return false;
    }
  }

  /** Takes sound that begins that long behind the first sample. */
  encode(sound: Sound, positionUs: number): void {
    if (this.#encoder.state !== "configured") return;
    const { samples, frameCount } = joinedPlanes(sound);
    const audioData = new AudioData({
      format: "f32-planar",
      sampleRate: sound.sampleRate,
      numberOfChannels: sound.planes.length,
      numberOfFrames: frameCount,
      timestamp: positionUs,
      data: samples,
    });
    this.#encoder.encode(audioData);
    audioData.close();
  }

  /** Frees the encoder. */
  close(): void {
    this.#isClosed = true;
    if (this.#encoder.state !== "closed") this.#encoder.close();
  }

  #output(chunk: EncodedAudioChunk, decoderConfig: AudioDecoderConfig | undefined): void {
    if (this.#isClosed) return;
    if (decoderConfig !== undefined) {
      const { description } = decoderConfig;
      if (description !== undefined) this.#listener.onConfig(copied(description));
      else if (this.#format.codec === "opus") this.#listener.onConfig(opusHead(this.#format));
    }
    const bytes = new Uint8Array(chunk.byteLength);
    chunk.copyTo(bytes);
    this.#listener.onFrame(bytes, chunk.timestamp);
  }
}

function configuration(format: SoundFormat): AudioEncoderConfig {
  const { codec, sampleRate, channelCount } = format;
  return {
    codec: codec === "aac" ? "mp4a.40.2" : "opus",
    sampleRate,
    numberOfChannels: channelCount,
    bitrate: soundBitrate(format),
  };
}
