import { join } from "node:path";
import type { Programs } from "./program.ts";

/** ffmpeg arguments for a moving picture at 25 frames per second. */
function picture(source: string, size: string, seconds: number): readonly string[] {
  return ["-f", "lavfi", "-i", `${source}=size=${size}:rate=25:duration=${seconds}`];
}

/** ffmpeg arguments for a tone. */
function tone(frequency: number, sampleRate: number, seconds: number): readonly string[] {
  return ["-f", "lavfi", "-i", `sine=frequency=${frequency}:sample_rate=${sampleRate}:duration=${seconds}`];
}

/** H.264 with two B-frames in a row, or another number, and a key frame every `gop` frames and nowhere else. */
function h264(gop: number, bFrames: number = 2): readonly string[] {
  const gopOptions = ["-g", String(gop), "-keyint_min", String(gop), "-sc_threshold", "0"];
  return [
    "-c:v",
    "libx264",
    "-preset",
    "veryfast",
    "-bf",
    String(bFrames),
    ...gopOptions,
    "-b:v",
    "300k",
    "-pix_fmt",
    "yuv420p",
  ];
}

const aac = ["-c:a", "aac", "-b:a", "64k"];
const hevc = ["-c:v", "libx265", "-preset", "ultrafast", "-tag:v", "hvc1"];
const hevcGop = ["-x265-params", "log-level=none:bframes=2:keyint=25:min-keyint=25:scenecut=0"];
const vp9 = ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-g", "25"];
const av1 = ["-c:v", "libsvtav1", "-preset", "10", "-g", "25"];

/** H.264 and HEVC, AAC and Opus; the H.264 begins `delay` seconds later than the rest. */
function twoTracks(delay: number): readonly string[] {
  return [
    ...["-itsoffset", String(delay), ...picture("testsrc2", "320x180", 4)],
    ...picture("smptebars", "256x144", 4),
    ...tone(440, 44_100, 4),
    ...tone(880, 48_000, 4),
    ...["-map", "0", "-map", "1", "-map", "2", "-map", "3", "-fps_mode", "passthrough"],
    ...[...h264(25), "-c:v:1", "libx265", "-tag:v:1", "hvc1", ...hevcGop, ...aac, "-c:a:1", "libopus"],
  ];
}

/** H.264 as an Android app with x264 makes it: five pictures a second, four slices each, SPS and PPS at each key frame. */
const phonePicture = [
  ...["-f", "lavfi", "-i", "testsrc2=size=180x320:rate=5:duration=6"],
  ...[
    "-c:v",
    "libx264",
    "-preset",
    "ultrafast",
    "-tune",
    "zerolatency",
    "-profile:v",
    "baseline",
    "-pix_fmt",
    "yuv420p",
  ],
  ...["-x264-params", "threads=1:sliced-threads=0:slices=4:keyint=10:min-keyint=10:scenecut=0:repeat-headers=1"],
];

/** The name of a file that the project makes for itself. */
export type MediaName =
  | "h264-aac.flv"
  | "other-h264-aac.flv"
  | "without-b-frames.flv"
  | "long-gop.flv"
  | "h264.flv"
  | "aac.flv"
  | "phone.h264"
  | "phone.aac"
  | "h264-mp3.flv"
  | "mp3.flv"
  | "hevc-opus.mp4"
  | "av1-flac.mp4"
  | "vp9-ac3.mp4"
  | "eac3.mp4"
  | "two-tracks.mp4"
  | "second-track-first.mp4";

/** File name → how ffmpeg makes it. The test sources are ffmpeg's own: nothing is downloaded. */
const recipes: Readonly<Record<MediaName, readonly string[]>> = {
  "h264-aac.flv": [...picture("testsrc2", "320x180", 4), ...tone(440, 44_100, 4), ...h264(25), ...aac],
  "other-h264-aac.flv": [...picture("smptebars", "256x144", 2), ...tone(880, 48_000, 2), ...h264(25), ...aac],
  "without-b-frames.flv": [...picture("testsrc2", "320x180", 4), ...tone(440, 44_100, 4), ...h264(25, 0), ...aac],
  "long-gop.flv": [...picture("testsrc2", "320x180", 6), ...tone(440, 44_100, 6), ...h264(150), ...aac],
  "h264.flv": [...picture("testsrc2", "320x180", 3), ...h264(25)],
  "aac.flv": [...tone(440, 44_100, 3), ...aac],
  "phone.h264": phonePicture,
  "phone.aac": [...tone(440, 44_100, 6), "-ac", "2", ...aac],
  "h264-mp3.flv": [...picture("testsrc2", "320x180", 3), ...tone(440, 44_100, 3), ...h264(25), "-c:a", "libmp3lame"],
  "mp3.flv": [...tone(440, 44_100, 3), "-c:a", "libmp3lame"],
  "hevc-opus.mp4": [
    ...picture("testsrc2", "320x180", 4),
    ...tone(440, 48_000, 4),
    ...[...hevc, ...hevcGop, "-c:a", "libopus"],
  ],
  "av1-flac.mp4": [
    ...picture("testsrc2", "320x180", 3),
    ...tone(440, 48_000, 3),
    ...[...av1, "-c:a", "flac", "-strict", "-2"],
  ],
  "vp9-ac3.mp4": [...picture("testsrc2", "320x180", 3), ...tone(440, 48_000, 3), ...vp9, "-c:a", "ac3"],
  "eac3.mp4": [...tone(440, 48_000, 3), "-c:a", "eac3"],
  "two-tracks.mp4": twoTracks(0),
  "second-track-first.mp4": twoTracks(0.2),
};

/** The source files, each made when it is first asked for. */
export class Media {
  readonly #folder: string;
  readonly #programs: Programs;
  readonly #made = new Map<MediaName, Promise<string>>();

  constructor(folder: string, programs: Programs) {
    this.#folder = folder;
    this.#programs = programs;
  }

  /** Makes the file, if it is not there, and returns its path. */
  file(name: MediaName): Promise<string> {
    let made = this.#made.get(name);
    if (made === undefined) {
      const path = join(this.#folder, name);
      made = this.#programs.run("ffmpeg", ["-v", "error", "-y", ...recipes[name], path]).then(() => path);
      this.#made.set(name, made);
    }
    return made;
  }
}
