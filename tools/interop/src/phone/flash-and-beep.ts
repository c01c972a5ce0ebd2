import type { Programs } from "../program.ts";

/** How far the sound of a recording is behind its picture, in milliseconds; negative if it is ahead. */
export interface Offsets {
  readonly medianMs: number;
  readonly allMs: readonly number[];
}

const sampleRate = 48_000;
/** Mean brightness of a flash, of 255; the rest of the picture is much darker. */
const flashBrightness = 160;
/** Peak of a beep, of 32 768; between beeps there is silence. */
const beepPeak = 3000;
/** Flashes and beeps are two seconds apart: a pair is the two nearest ones. */
const farthestPairMs = 900;
const quietMs = 500;

/**
 * Measures a recording of the page's test picture, which turns white in the moment that a beep begins. Both are decoded
 * by ffmpeg, each at the time that its packets say.
 */
export async function measureOffsets(programs: Programs, file: string): Promise<Offsets> {
  const [flashes, beeps] = await Promise.all([findFlashes(programs, file), findBeeps(programs, file)]);
  const allMs = flashes.flatMap((flashMs) => {
    const nearest = beeps.toSorted((a, b) => Math.abs(a - flashMs) - Math.abs(b - flashMs))[0];
    if (nearest === undefined || Math.abs(nearest - flashMs) > farthestPairMs) return [];
    return [nearest - flashMs];
  });
  if (allMs.length < 2) throw new Error(`${flashes.length} flashes and ${beeps.length} beeps make no pairs`);
  const sorted = allMs.toSorted((a, b) => a - b);
  return { medianMs: Math.round(sorted[Math.floor(sorted.length / 2)]!), allMs: allMs.map(Math.round) };
}

/** When the picture turns white. */
async function findFlashes(programs: Programs, file: string): Promise<number[]> {
  const times = await frameTimes(programs, file, "v:0");
  const toGray = ["-vf", "scale=16:16:flags=area,format=gray", "-fps_mode", "passthrough"];
  const raw = await programs.run("ffmpeg", ["-v", "error", "-i", file, ...toGray, "-f", "rawvideo", "-"]);
  const isFlash = times.map((_, index) => {
    const picture = raw.stdout.subarray(index * 256, (index + 1) * 256);
    return picture.reduce((sum, value) => sum + value, 0) / 256 > flashBrightness;
  });
  return times.filter((_, index) => index > 0 && isFlash[index] === true && isFlash[index - 1] === false);
}

/** When sound begins behind half a second of silence. */
async function findBeeps(programs: Programs, file: string): Promise<number[]> {
  const times = await frameTimes(programs, file, "a:0");
  const [first = 0] = times;
  const toMono = ["-map", "a:0", "-ac", "1", "-af", `aresample=${sampleRate}:async=1000`];
  const raw = await programs.run("ffmpeg", ["-v", "error", "-copyts", "-i", file, ...toMono, "-f", "s16le", "-"]);
  const samples = new Int16Array(raw.stdout.buffer, raw.stdout.byteOffset, Math.floor(raw.stdout.length / 2));
  const beeps: number[] = [];
  let lastLoud = -Infinity;
  for (const [index, sample] of samples.entries()) {
    if (Math.abs(sample) < beepPeak) continue;
    if (index - lastLoud > (quietMs * sampleRate) / 1000) beeps.push(first + (index * 1000) / sampleRate);
    lastLoud = index;
  }
  return beeps;
}

/** Presentation times of the decoded frames of a stream, in milliseconds. */
async function frameTimes(programs: Programs, file: string, stream: string): Promise<number[]> {
  const what = ["-select_streams", stream, "-show_entries", "frame=pts_time", "-of", "csv=p=0"];
  const { stdout } = await programs.run("ffprobe", ["-v", "error", ...what, file]);
  return stdout
    .toString()
    .split("\n")
    .map((line) => Number.parseFloat(line) * 1000)
    .filter((ms) => !Number.isNaN(ms));
}
