import { ADTS_HEADER_SIZE, parseAdtsHeader } from "./adts.ts";
import type { AdtsHeader } from "./adts.ts";
import { encodeAudioSpecificConfig } from "./audio-config.ts";
import { aacFrame, aacSequenceHeader } from "./audio-writer.ts";
import { FlvError } from "./errors.ts";
import { readPieces } from "./read-pieces.ts";
import type { FlvTag } from "./tag.ts";

/** One frame of an ADTS stream, ready for FLV or MP4. */
export interface AacFrame {
  /** The AudioSpecificConfig from this frame on; only there when it is new. */
  readonly config?: Uint8Array;
  /** Milliseconds, uint32, from 0 in steps of 1024 samples. */
  readonly timestamp: number;
  /** The raw AAC frame. */
  readonly data: Uint8Array;
}

const SAMPLES_PER_FRAME = 1024;
const MAX_FRAME_SIZE = 0x1fff; // 13 bits of frame length

/**
 * Reads an ADTS stream (an `.aac` file) from pieces of any size and reports its raw frames, which own their bytes.
 * After a throw every further `push` and `end` throws the same error.
 */
export class AacReader {
  readonly #buffer: Uint8Array = new Uint8Array(MAX_FRAME_SIZE);
  #filled = 0;
  #header: AdtsHeader | undefined; // of the frame in the buffer
  #frameOffset = 0;
  #previous: AdtsHeader | undefined;
  #baseMs = 0; // time of the first frame with the present sampling frequency
  #frameCount = 0; // since then
  #failure: FlvError | undefined;

  /** Takes the next bytes and calls `onFrame` for each frame they complete. */
  push(bytes: Uint8Array, onFrame: (frame: AacFrame) => void): void {
    if (this.#failure !== undefined) throw this.#failure;
    let position = 0;
    while (position < bytes.length) {
      const wanted = (this.#header?.frameSize ?? ADTS_HEADER_SIZE) - this.#filled;
      const part = bytes.subarray(position, position + wanted);
      this.#buffer.set(part, this.#filled);
      this.#filled += part.length;
      position += part.length;
      if (part.length < wanted) return;
      this.#header ??= this.#readHeader();
      if (this.#filled === this.#header.frameSize) this.#finishFrame(this.#header, onFrame);
    }
  }

  /** Says that no more bytes follow. Throws `FLV_TRUNCATED` inside a frame. */
  end(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#filled === 0) return;
    this.#failure = new FlvError("FLV_TRUNCATED", this.#frameOffset + this.#filled, "the stream stops inside a frame");
    throw this.#failure;
  }

  #readHeader(): AdtsHeader {
    try {
      return parseAdtsHeader(this.#buffer.subarray(0, ADTS_HEADER_SIZE));
    } catch (error) {
      if (!(error instanceof FlvError)) throw error;
      this.#failure = new FlvError(error.code, this.#frameOffset, "not an ADTS frame", { cause: error });
      throw this.#failure;
    }
  }

  #finishFrame(header: AdtsHeader, onFrame: (frame: AacFrame) => void): void {
    const previous = this.#previous;
    const data = this.#buffer.slice(header.headerSize, header.frameSize);
    this.#header = undefined;
    this.#filled = 0;
    this.#frameOffset += header.frameSize;
    if (previous !== undefined && previous.samplingFrequency !== header.samplingFrequency) {
      this.#baseMs += this.#elapsedMs(previous);
      this.#frameCount = 0;
    }
    const timestamp = Math.round(this.#baseMs + this.#elapsedMs(header)) >>> 0;
    this.#frameCount += 1;
    this.#previous = header;
    const isNew =
      previous === undefined ||
      previous.objectType !== header.objectType ||
      previous.samplingFrequency !== header.samplingFrequency ||
      previous.channelConfiguration !== header.channelConfiguration;
    onFrame(isNew ? { config: encodeAudioSpecificConfig(header), timestamp, data } : { timestamp, data });
  }

  #elapsedMs(header: AdtsHeader): number {
    return (this.#frameCount * SAMPLES_PER_FRAME * 1000) / header.samplingFrequency;
  }
}

/** Writes a frame as FLV tags: a sequence header where the configuration is new, then the frame. */
export function aacFrameToTags(frame: AacFrame): FlvTag[] {
  const { config, timestamp, data } = frame;
  const tag: FlvTag = { type: "audio", timestamp, payload: aacFrame(data) };
  return config === undefined ? [tag] : [{ type: "audio", timestamp, payload: aacSequenceHeader(config) }, tag];
}

/**
 * Reads an ADTS stream from any async source of bytes as FLV tags, sequence headers included.
 * Throws `FlvError` behind the last good tag, and the signal's reason on abort. Leaving the loop closes the source.
 */
export function readAac(
  source: AsyncIterable<Uint8Array>,
  options: { readonly signal?: AbortSignal } = {},
): AsyncGenerator<FlvTag, void, undefined> {
  const reader = new AacReader();
  const tagReader = {
    push: (bytes: Uint8Array, onTag: (tag: FlvTag) => void): void => {
      reader.push(bytes, (frame) => {
        aacFrameToTags(frame).forEach(onTag);
      });
    },
    end: (): void => {
      reader.end();
    },
  };
  return readPieces(source, tagReader, options.signal);
}
