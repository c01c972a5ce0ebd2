/** Width and height in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Where a picture lies inside another, in pixels. */
export interface Placement extends Size {
  readonly x: number;
  readonly y: number;
}

/** H.264 level numbers (Rec. ITU-T H.264 Table A-1): macroblocks per second, per picture, and bits per second. */
const LEVELS = [
  { level: 0x1e, perSecond: 40_500, perPicture: 1620, bitrate: 10_000_000 },
  { level: 0x1f, perSecond: 108_000, perPicture: 3600, bitrate: 14_000_000 },
  { level: 0x28, perSecond: 245_760, perPicture: 8192, bitrate: 20_000_000 },
  { level: 0x2a, perSecond: 522_240, perPicture: 8704, bitrate: 50_000_000 },
  { level: 0x33, perSecond: 983_040, perPicture: 36_864, bitrate: 240_000_000 },
] as const;

/** Shrinks a picture until its short side is at most `shortSide`, in even numbers as H.264's colours want them. */
export function shrunk(size: Size, shortSide: number): Size {
  const factor = Math.min(1, shortSide / Math.min(size.width, size.height));
  return scaled(size, factor);
}

/** Multiplies width and height, in even numbers, at least 2. */
export function scaled({ width, height }: Size, factor: number): Size {
  const even = (length: number) => Math.max(2, Math.round((length * factor) / 2) * 2);
  return { width: even(width), height: even(height) };
}

/** Whether both have one shape, so that the encoder's own scaling is enough; rounding to even numbers aside. */
export function haveOneShape(one: Size, other: Size): boolean {
  const long = Math.max(one.width * other.height, other.width * one.height);
  return Math.abs(one.width * other.height - other.width * one.height) / long < 0.01;
}

/** Where `inner` lies as large as it can be, whole and in the middle of `outer`. */
export function fitted(inner: Size, outer: Size): Placement {
  const factor = Math.min(outer.width / inner.width, outer.height / inner.height);
  const width = Math.round(inner.width * factor);
  const height = Math.round(inner.height * factor);
  return { x: Math.round((outer.width - width) / 2), y: Math.round((outer.height - height) / 2), width, height };
}

/** The lowest H.264 level, as in a codec string, that carries such pictures. */
export function levelFor({ width, height }: Size, framesPerSecond: number, bitrate: number): number {
  const macroblocks = Math.ceil(width / 16) * Math.ceil(height / 16);
  const level = LEVELS.find(
    (row) => macroblocks <= row.perPicture && macroblocks * framesPerSecond <= row.perSecond && bitrate <= row.bitrate,
  );
  return level?.level ?? 0x34;
}
