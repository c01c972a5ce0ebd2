/** Adds on the RTMP clock: uint32 milliseconds that wrap after about 49.7 days (RTMP 1.0 §4). */
export function addTimestamp(timestamp: number, delta: number): number {
  return (timestamp + delta) >>> 0;
}

/** Signed milliseconds from `from` to `to` by the shorter way round the clock: positive when `to` is later. */
export function timestampDistance(from: number, to: number): number {
  return (to - from) | 0;
}
