import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { joinAnnexB, splitAdts, splitAnnexB } from "@rtmp/flv-tags";
import { hex } from "@rtmp/testkit";

const run = promisify(execFile);

/** One coded picture or piece of sound, as a phone's encoder gives it. */
export interface EncodedFrame {
  readonly timestampUs: number;
  readonly isKeyFrame: boolean;
  readonly payload: Uint8Array;
}

/** What an encoder gives: first its config, then frames. */
export interface EncodedTrack {
  readonly config: Uint8Array;
  readonly frames: readonly EncodedFrame[];
}

/** Half a second of H.264 with 30 pictures a second, one slice each, no B-frames, stamped from `startUs` on. */
export async function h264Track(size: string, startUs: number): Promise<EncodedTrack> {
  const picture = ["-f", "lavfi", "-i", `testsrc2=size=${size}:rate=30:duration=0.5`];
  const codec = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-profile:v", "baseline"];
  const form = ["-x264-params", "slices=1:sliced-threads=0", "-pix_fmt", "yuv420p", "-f", "h264", "-"];
  const nalUnits = splitAnnexB(await ffmpeg([...picture, ...codec, ...form]));
  const typed = nalUnits.map((unit) => ({ unit, type: unit[0]! & 31 }));
  const slices = typed.filter(({ type }) => type === 1 || type === 5);
  return {
    config: joinAnnexB(typed.filter(({ type }) => type === 7 || type === 8).map(({ unit }) => unit)),
    frames: slices.map(({ unit, type }, index) => ({
      timestampUs: startUs + Math.round((index * 1_000_000) / 30),
      isKeyFrame: type === 5,
      payload: joinAnnexB([unit]),
    })),
  };
}

/** Half a second of AAC in stereo at 48 kHz, raw, stamped from `startUs` on. */
export async function aacTrack(startUs: number): Promise<EncodedTrack> {
  const tone = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=0.5"];
  const frames = splitAdts(await ffmpeg([...tone, "-ac", "2", "-c:a", "aac", "-f", "adts", "-"]));
  return {
    config: hex("1190"),
    frames: frames.map((frame, index) => ({
      timestampUs: startUs + Math.round((index * 1024 * 1_000_000) / 48_000),
      isKeyFrame: false,
      payload: frame.data,
    })),
  };
}

async function ffmpeg(args: readonly string[]): Promise<Buffer> {
  const options = { encoding: "buffer", maxBuffer: 16 * 1024 * 1024, timeout: 15_000 } as const;
  const output = await run("ffmpeg", ["-v", "error", ...args], options).catch((cause: unknown) => {
    throw new Error("these tests need ffmpeg with libx264 (Debian: apt-get install ffmpeg)", { cause });
  });
  return output.stdout;
}
