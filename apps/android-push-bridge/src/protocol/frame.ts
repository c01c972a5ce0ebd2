/** What a frame is, its first byte. From 0x80 on: what the bridge sends (docs/bridge-protocol.md). */
export const FrameKind = {
  Hello: 0x01,
  VideoConfig: 0x02,
  Video: 0x03,
  AudioConfig: 0x04,
  Audio: 0x05,
  Report: 0x06,
  Goodbye: 0x07,
  Welcome: 0x81,
  Acknowledgement: 0x82,
  KeyFrameRequest: 0x83,
  Output: 0x84,
  Refusal: 0x85,
} as const;

/** One of the kinds that this version of the protocol knows. */
export type FrameKind = (typeof FrameKind)[keyof typeof FrameKind];

/** The bits of a frame's second byte. */
export const FrameFlag = {
  /** The picture can be decoded without any before it. */
  KeyFrame: 0x01,
  /** The payload is a byte stream: H.264 with start codes (Annex B), AAC with ADTS headers. */
  ByteStream: 0x02,
  /** The sound is Opus, not AAC. */
  Opus: 0x04,
} as const;

/** One message between a phone and the bridge. */
export interface Frame {
  /** A `FrameKind`, or a byte that this version does not know; such a frame is passed over. */
  readonly kind: number;
  /** `FrameFlag` bits. */
  readonly flags: number;
  /** Presentation time in microseconds on the sender's clock; 0 for what has none. */
  readonly timestampUs: number;
  readonly payload: Uint8Array;
}

/** Bytes in front of every payload: kind, flags, timestamp. */
export const FRAME_HEADER_SIZE = 10;

const NO_BYTES: Uint8Array<ArrayBuffer> = new Uint8Array(0);

/** Writes a frame. Throws `RangeError` for a timestamp that is no whole number of microseconds. */
export function encodeFrame(frame: {
  readonly kind: FrameKind;
  readonly flags?: number;
  readonly timestampUs?: number;
  readonly payload?: Uint8Array;
}): Uint8Array<ArrayBuffer> {
  const { kind, flags = 0, timestampUs = 0, payload = NO_BYTES } = frame;
  const bytes = new Uint8Array(FRAME_HEADER_SIZE + payload.length);
  bytes[0] = kind;
  bytes[1] = flags;
  new DataView(bytes.buffer).setBigInt64(2, BigInt(timestampUs));
  bytes.set(payload, FRAME_HEADER_SIZE);
  return bytes;
}

/**
 * Reads one frame; the payload is a view into `bytes`. Returns `undefined` if it is shorter than a header or its
 * timestamp is no safe integer: that is no frame.
 */
export function decodeFrame(bytes: Uint8Array): Frame | undefined {
  if (bytes.length < FRAME_HEADER_SIZE) return undefined;
  const timestampUs = Number(new DataView(bytes.buffer, bytes.byteOffset, FRAME_HEADER_SIZE).getBigInt64(2));
  if (!Number.isSafeInteger(timestampUs)) return undefined;
  return { kind: bytes[0]!, flags: bytes[1]!, timestampUs, payload: bytes.subarray(FRAME_HEADER_SIZE) };
}
