/** What a user may choose; stored by name. */
export const qualities = {
  "360p": { shortSide: 360, longSide: 640, bitrate: 800_000 },
  "540p": { shortSide: 540, longSide: 960, bitrate: 1_500_000 },
  "720p": { shortSide: 720, longSide: 1280, bitrate: 2_500_000 },
  "1080p": { shortSide: 1080, longSide: 1920, bitrate: 4_500_000 },
} as const;

/** The name of a quality. */
export type Quality = keyof typeof qualities;

/** Pictures per second that cameras are asked for. */
export const FRAMES_PER_SECOND = 30;

/** Whether a word, from storage or a link, names a quality. */
export function isQuality(word: string): word is Quality {
  return Object.hasOwn(qualities, word);
}
