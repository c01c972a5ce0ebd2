import type { Program, Programs } from "./program.ts";

/** Starts ffmpeg publishing a file unchanged, as fast as it can or in the file's own time. */
export function startPublishing(
  programs: Programs,
  file: string,
  url: string,
  options: { readonly inRealTime?: boolean; readonly output?: readonly string[] } = {},
): Program {
  const pace = options.inRealTime === true ? ["-re"] : [];
  // Without -copyts ffmpeg would move the first packet to 0.
  const args = [...pace, "-copyts", "-i", file, "-map", "0", "-c", "copy", ...(options.output ?? []), "-f", "flv", url];
  return programs.start("ffmpeg", ["-v", "error", ...args]);
}

/** Starts ffmpeg playing into an FLV file, until the stream ends. */
export function startFfmpegPlayer(programs: Programs, url: string, file: string): Program {
  return programs.start("ffmpeg", ["-v", "error", "-copyts", "-i", url, "-map", "0", "-c", "copy", "-f", "flv", file]);
}

/** Starts rtmpdump playing into an FLV file (`-`: stdout), until the stream ends. */
export function startRtmpdump(programs: Programs, url: string, file: string): Program {
  return programs.start("rtmpdump", ["--live", "--rtmp", url, "--flv", file]);
}
