/** Sound as it comes from the microphone: one array of samples for each channel. */
export interface Sound {
  readonly planes: readonly Float32Array<ArrayBuffer>[];
  readonly sampleRate: number;
}

/** What a sound encoder tells its owner. */
export interface SoundEncoderListener {
  /** An AudioSpecificConfig, or an OpusHead, for what follows. */
  onConfig(config: Uint8Array<ArrayBuffer>): void;
  /** One frame, which begins that long behind the first sample. */
  onFrame(bytes: Uint8Array<ArrayBuffer>, positionUs: number): void;
  onProblem(detail: string): void;
}

/** Something that encodes sound of one rate and number of channels, without gaps. */
export interface SoundEncoder {
  /** For people. */
  readonly name: string;
  /** Takes sound that begins that long behind the first sample. */
  encode(sound: Sound, positionUs: number): void;
  /** Frees the encoder; nothing is told afterwards. */
  close(): void;
}

/** What an encoder is made for. */
export interface SoundFormat {
  readonly codec: "aac" | "opus";
  readonly sampleRate: number;
  readonly channelCount: number;
}

/** The channels one behind the other, as encoders take planar samples, and how many samples each has. */
export function joinedPlanes({ planes }: Sound): {
  readonly samples: Float32Array<ArrayBuffer>;
  readonly frameCount: number;
} {
  const frameCount = planes[0]?.length ?? 0;
  const samples = new Float32Array(frameCount * planes.length);
  planes.forEach((plane, index) => samples.set(plane, index * frameCount));
  return { samples, frameCount };
}

/** Bits per second that are enough for speech and music. */
export function soundBitrate({ channelCount }: SoundFormat): number {
  return channelCount === 1 ? 96_000 : 128_000;
}
