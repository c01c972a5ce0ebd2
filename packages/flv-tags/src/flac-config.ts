import { BitReader } from "./bit-reader.ts";
import { readUint24, readUint32 } from "./byte-fields.ts";
import { FlvError } from "./errors.ts";

/** The stream description of a FLAC stream (RFC 9639 §8.2). */
export interface FlacStreamInfo {
  readonly minBlockSize: number;
  readonly maxBlockSize: number;
  /** Hz. */
  readonly sampleRate: number;
  readonly channelCount: number;
  readonly bitsPerSample: number;
  /** Samples a channel; 0 when not known, as in live streams. */
  readonly totalSamples: number;
}

const MAGIC = 0x664c6143; // "fLaC"
const STREAM_INFO_SIZE = 34;

/** Reads STREAMINFO, with or without the word "fLaC" and the metadata block header before it: senders differ. */
export function parseFlacStreamInfo(bytes: Uint8Array): FlacStreamInfo {
  let at = 0;
  if (bytes.length >= 4 && readUint32(bytes, 0) === MAGIC) at = 4;
  const hasBlockHeader =
    bytes.length >= at + 4 + STREAM_INFO_SIZE &&
    (bytes[at]! & 0x7f) === 0 &&
    readUint24(bytes, at + 1) === STREAM_INFO_SIZE;
  if (hasBlockHeader) at += 4;
  if (bytes.length < at + STREAM_INFO_SIZE) {
    throw new FlvError("FLV_TRUNCATED", bytes.length, "a FLAC STREAMINFO of under 34 bytes");
  }
  const bits = new BitReader(bytes.subarray(at, at + STREAM_INFO_SIZE));
  const minBlockSize = bits.bits(16);
  const maxBlockSize = bits.bits(16);
  bits.skip(48); // frame sizes
  const sampleRate = bits.bits(20);
  const channelCount = bits.bits(3) + 1;
  const bitsPerSample = bits.bits(5) + 1;
  const totalSamples = bits.bits(4) * 2 ** 32 + bits.bits(32);
  return { minBlockSize, maxBlockSize, sampleRate, channelCount, bitsPerSample, totalSamples };
}
