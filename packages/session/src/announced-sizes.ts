/** Of what we write once connected, in bytes: large enough for most frames to be one chunk. */
export const defaultChunkSize = 60_000;

/** Throws a `RangeError` unless a Set Chunk Size can carry the size (RTMP 1.0 §5.4.1). */
export function checkChunkSize(byteCount: number): void {
  checkRange("chunkSize", byteCount, 0x7fff_ffff);
}

/** Throws a `RangeError` naming the option unless a Window Acknowledgement Size can carry it (RTMP 1.0 §5.4.4). */
export function checkWindowSize(option: string, byteCount: number): void {
  checkRange(option, byteCount, 0xffff_ffff);
}

function checkRange(option: string, value: number, max: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= max) return;
  throw new RangeError(`${option} must be an integer from 1 to ${max}, got ${value}`);
}
