import { avcChoices, avcConfiguration, type AvcChoice, type PictureTarget } from "./avc-choices.ts";

/** An encoded picture. */
export interface EncodedPicture {
  readonly timestampUs: number;
  readonly isKeyFrame: boolean;
  /** NAL units behind 4-byte lengths. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What the encoder tells its owner. */
export interface PictureEncoderListener {
  /** An AVCDecoderConfigurationRecord for the pictures from here on; told each time the encoder names one. */
  onConfig(record: Uint8Array<ArrayBuffer>): void;
  onPicture(picture: EncodedPicture): void;
  onProblem(problem: "no-h264" | "encoder-failed", detail: string): void;
}

/** More pictures than this inside the encoder mean that it cannot keep up. */
const MOST_QUEUED = 3;

/** An H.264 encoder that finds out by itself what the phone can do, and does with less when that breaks. */
export class PictureEncoder {
  readonly #listener: PictureEncoderListener;
  #encoder: VideoEncoder | undefined;
  #choices: readonly AvcChoice[] = avcChoices;
  #target: PictureTarget | undefined;
  #isChoosing = false;
  #isClosed = false;
  #codec = "";

  constructor(listener: PictureEncoderListener) {
    this.#listener = listener;
  }

  /** The codec in use, for example `avc1.64001f`; empty before the first picture. */
  get codec(): string {
    return this.#codec;
  }

  /** Whether there is an encoder yet, or again. */
  get isReady(): boolean {
    return this.#encoder !== undefined;
  }

  /** Whether another picture would only wait. */
  get isBusy(): boolean {
    return this.#encoder !== undefined && this.#encoder.encodeQueueSize >= MOST_QUEUED;
  }

  /** Asks for other pictures from here on. Only another size interrupts them, with a key frame. */
  configure(target: PictureTarget): void {
    const before = this.#target;
    this.#target = target;
    if (this.#isChoosing || this.#isClosed) return;
    if (this.#encoder === undefined || before === undefined) return void this.#choose();
    if (isNear(before, target)) {
      this.#target = before;
      return;
    }
    this.#apply(this.#encoder, target);
  }

  /** Encodes a picture. It stays the caller's, who closes it. */
  encode(picture: VideoFrame, isKeyFrame: boolean): void {
    if (this.#encoder?.state !== "configured") return;
    try {
      this.#encoder.encode(picture, { keyFrame: isKeyFrame });
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Frees the encoder. */
  close(): void {
    this.#isClosed = true;
    this.#discard();
  }

  async #choose(): Promise<void> {
    this.#isChoosing = true;
    while (!this.#isClosed && this.#target !== undefined) {
      const [choice, ...others] = this.#choices;
      if (choice === undefined) {
        this.#listener.onProblem(this.#codec === "" ? "no-h264" : "encoder-failed", this.#codec);
        break;
      }
      const target = this.#target;
      if (await isSupported(choice, target)) {
        this.#open();
        this.#isChoosing = false;
        return;
      }
      this.#choices = others;
    }
    this.#isChoosing = false;
  }

  #open(): void {
    if (this.#isClosed || this.#target === undefined) return;
    const encoder = new VideoEncoder({
      output: (chunk, metadata) => {
        if (this.#encoder === encoder) this.#output(chunk, metadata?.decoderConfig?.description);
      },
      error: (error) => {
        if (this.#encoder === encoder) this.#failed(error);
      },
    });
    this.#encoder = encoder;
    this.#apply(encoder, this.#target);
  }

  #apply(encoder: VideoEncoder, target: PictureTarget): void {
    const [choice] = this.#choices;
    if (choice === undefined || encoder.state === "closed") return;
    const configuration = avcConfiguration(choice, target);
    this.#codec = configuration.codec;
    encoder.configure(configuration);
  }

  #output(chunk: EncodedVideoChunk, description: AllowSharedBufferSource | undefined): void {
    if (description !== undefined) this.#listener.onConfig(copied(description));
    const bytes = new Uint8Array(chunk.byteLength);
    chunk.copyTo(bytes);
    this.#listener.onPicture({ timestampUs: chunk.timestamp, isKeyFrame: chunk.type === "key", bytes });
  }

  /** Support was promised and broken: the next best choice. */
  #failed(error: unknown): void {
    this.#discard();
    this.#choices = this.#choices.slice(1);
    if (this.#choices.length > 0 && !this.#isChoosing) return void this.#choose();
    this.#listener.onProblem("encoder-failed", error instanceof Error ? error.message : String(error));
  }

  #discard(): void {
    const encoder = this.#encoder;
    this.#encoder = undefined;
    if (encoder !== undefined && encoder.state !== "closed") encoder.close();
  }
}

async function isSupported(choice: AvcChoice, target: PictureTarget): Promise<boolean> {
  try {
    return (await VideoEncoder.isConfigSupported(avcConfiguration(choice, target))).supported === true;
  } catch {
    return false;
  }
}

/** Whether a difference is too small for configuring the encoder anew. */
function isNear(one: PictureTarget, other: PictureTarget): boolean {
  if (one.width !== other.width || one.height !== other.height) return false;
  if (one.framesPerSecond !== other.framesPerSecond) return false;
  return Math.abs(one.bitrate - other.bitrate) <= one.bitrate * 0.05 && one.bitrate <= other.bitrate;
}

/** A copy of bytes that belong to the browser. */
export function copied(source: AllowSharedBufferSource): Uint8Array<ArrayBuffer> {
  const view = ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
  return new Uint8Array(view);
}
