import { samplingFrequencyAt, samplingFrequencyIndex } from "./audio-config.ts";
import type { AudioSpecificConfig } from "./audio-config.ts";
import { concatBytes } from "./byte-fields.ts";
import { FlvError } from "./errors.ts";

/** The header of an ADTS frame (ISO/IEC 13818-7 §6.2). */
export interface AdtsHeader {
  /** 1 Main, 2 LC, 3 SSR, 4 LTP. */
  readonly objectType: number;
  /** Hz, of the core coder. */
  readonly samplingFrequency: number;
  /** 1 to 7. */
  readonly channelConfiguration: number;
  /** Bytes of the header, its checksum included. */
  readonly headerSize: 7 | 9;
  /** Bytes of the whole frame, header included. */
  readonly frameSize: number;
}

/** The smallest header, enough to know the size of the frame. */
export const ADTS_HEADER_SIZE = 7;
const MAX_FRAME_SIZE = 0x1fff;

/**
 * Reads the ADTS header at `at`. Throws `FLV_BAD_ADTS` when there is none or it announces what has no raw form: several
 * blocks in one frame, channels described inside the frame. Throws `FLV_TRUNCATED` for under 7 bytes.
 */
export function parseAdtsHeader(bytes: Uint8Array, at = 0): AdtsHeader {
  if (bytes.length < at + ADTS_HEADER_SIZE)
    throw new FlvError("FLV_TRUNCATED", bytes.length, "an ADTS header of under 7 bytes");
  if (bytes[at] !== 0xff || (bytes[at + 1]! & 0xf6) !== 0xf0) throw bad(at, "no ADTS sync word");
  const headerSize = (bytes[at + 1]! & 1) === 1 ? 7 : 9;
  const samplingFrequency = samplingFrequencyAt((bytes[at + 2]! >>> 2) & 0x0f);
  if (samplingFrequency === undefined) throw bad(at, "a reserved sampling frequency");
  const channelConfiguration = ((bytes[at + 2]! & 1) << 2) | (bytes[at + 3]! >>> 6);
  if (channelConfiguration === 0) throw bad(at, "channels described inside the frame");
  const frameSize = ((bytes[at + 3]! & 3) << 11) | (bytes[at + 4]! << 3) | (bytes[at + 5]! >>> 5);
  if (frameSize < headerSize) throw bad(at, `a frame of ${String(frameSize)} bytes`);
  if ((bytes[at + 6]! & 3) !== 0) throw bad(at, "several raw data blocks in a frame");
  return { objectType: (bytes[at + 2]! >>> 6) + 1, samplingFrequency, channelConfiguration, headerSize, frameSize };
}

/** One frame cut out of an ADTS stream. */
export interface AdtsFrame {
  readonly header: AdtsHeader;
  /** The raw AAC frame. A view. */
  readonly data: Uint8Array;
}

/** Splits a whole ADTS stream into raw frames. Throws `FlvError` where a frame is broken or cut short. */
export function splitAdts(bytes: Uint8Array): AdtsFrame[] {
  const frames: AdtsFrame[] = [];
  let position = 0;
  while (position < bytes.length) {
    const header = parseAdtsHeader(bytes, position);
    const end = position + header.frameSize;
    if (end > bytes.length) throw new FlvError("FLV_TRUNCATED", bytes.length, "an ADTS frame cut short");
    frames.push({ header, data: bytes.subarray(position + header.headerSize, end) });
    position = end;
  }
  return frames;
}

/**
 * Puts an ADTS header without checksum before a raw AAC frame.
 * Throws `RangeError` for what the header has no room for: object types above 4, odd frequencies, large frames.
 */
export function rawToAdts(
  config: Pick<AudioSpecificConfig, "objectType" | "samplingFrequency" | "channelConfiguration">,
  data: Uint8Array,
): Uint8Array {
  const { objectType, samplingFrequency, channelConfiguration } = config;
  const frequencyIndex = samplingFrequencyIndex(samplingFrequency);
  const frameSize = ADTS_HEADER_SIZE + data.length;
  if (objectType < 1 || objectType > 4) throw new RangeError("objectType must be 1 to 4 in ADTS");
  if (frequencyIndex === undefined) throw new RangeError(`ADTS has no samplingFrequency ${String(samplingFrequency)}`);
  if (channelConfiguration < 1 || channelConfiguration > 7) throw new RangeError("channelConfiguration must be 1 to 7");
  if (frameSize > MAX_FRAME_SIZE) throw new RangeError("an ADTS frame must not exceed 8191 bytes");
  const header = Uint8Array.of(
    0xff,
    0xf1, // MPEG-4, no checksum
    ((objectType - 1) << 6) | (frequencyIndex << 2) | (channelConfiguration >>> 2),
    ((channelConfiguration & 3) << 6) | (frameSize >>> 11),
    (frameSize >>> 3) & 0xff,
    ((frameSize & 7) << 5) | 0x1f, // the rest: buffer fullness 0x7ff, variable bit rate
    0xfc,
  );
  return concatBytes([header, data]);
}

function bad(at: number, detail: string): FlvError {
  return new FlvError("FLV_BAD_ADTS", at, detail);
}
