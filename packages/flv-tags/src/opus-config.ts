import { readUint32 } from "./byte-fields.ts";
import { FlvError } from "./errors.ts";

/** The identification header of an Opus stream (RFC 7845 §5.1). */
export interface OpusHead {
  readonly version: number;
  readonly channelCount: number;
  /** Samples at 48 kHz to drop from the start of the decoder's output. */
  readonly preSkip: number;
  /** Hz of the recording; playback is always 48 kHz. 0 when not said. */
  readonly inputSampleRate: number;
  /** Gain in dB to apply when playing. */
  readonly outputGain: number;
  readonly mappingFamily: number;
  /** Stream counts and channel mapping; empty for family 0. A view. */
  readonly channelMappingTable: Uint8Array;
}

const OPUS = 0x4f707573; // "Opus"
const HEAD = 0x48656164; // "Head"
const FIXED_SIZE = 19;

/** Reads an OpusHead; its numbers are little-endian. Throws `FlvError` without its magic word or when it stops early. */
export function parseOpusHead(bytes: Uint8Array): OpusHead {
  if (bytes.length < FIXED_SIZE) throw new FlvError("FLV_TRUNCATED", bytes.length, "an OpusHead of under 19 bytes");
  if (readUint32(bytes, 0) !== OPUS || readUint32(bytes, 4) !== HEAD) {
    throw new FlvError("FLV_BAD_CONFIG", 0, "an Opus header that does not begin with OpusHead");
  }
  const version = bytes[8]!;
  if (version >>> 4 !== 0) throw new FlvError("FLV_BAD_CONFIG", 8, `OpusHead version ${String(version)}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    version,
    channelCount: bytes[9]!,
    preSkip: view.getUint16(10, true),
    inputSampleRate: view.getUint32(12, true),
    outputGain: view.getInt16(16, true) / 256,
    mappingFamily: bytes[18]!,
    channelMappingTable: bytes[18] === 0 ? bytes.subarray(FIXED_SIZE, FIXED_SIZE) : bytes.subarray(FIXED_SIZE),
  };
}
