import type { Report } from "../protocol/words.ts";

const numbers = ["bitrate", "framesPerSecond", "width", "height", "droppedFrames", "roundTripMs", "battery"] as const;
const flags = ["isHidden", "isMuted"] as const;

/** The fields of a report that are what they should be; the others are left out. */
export function readReport(words: Readonly<Record<string, unknown>>): Report {
  const good = [
    ...numbers.filter((key) => Number.isFinite(words[key])),
    ...flags.filter((key) => typeof words[key] === "boolean"),
  ];
  return Object.fromEntries(good.map((key) => [key, words[key]]));
}
