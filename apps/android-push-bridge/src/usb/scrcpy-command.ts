import { ScrcpyError } from "./scrcpy-error.ts";
import { scrcpyLayout } from "./scrcpy-version.ts";
import { isPictureSize, usbNumbers, usualSize } from "./usb-options.ts";
import type { UsbOptions } from "./usb-options.ts";

/** What is decided once for each start of the server. */
export interface ScrcpyStart {
  /** The server refuses to run for another version than its own. */
  readonly version: string;
  /** Where the server's file lies on the phone. */
  readonly path: string;
  /** 31 random bits; they keep two starts on one phone apart. */
  readonly scid: number;
}

/** Seconds between key frames. Without a control connection nobody can ask for one, so a gap lasts this long. */
const keyFrameIntervalSeconds = 2;

/** Where the server's file is stored on a phone; one name for each version, so that they do not pile up. */
export function serverPathOnPhone(version: string): string {
  return `/data/local/tmp/rtmp-bridge-scrcpy-server-${version}.jar`;
}

/** The abstract Unix socket that a server with this `scid` listens on. */
export function scrcpySocketName(scid: number): string {
  return `scrcpy_${hexScid(scid)}`;
}

/**
 * Writes the command line that starts the server in a phone's shell. Nothing in it needs quoting: every part is a number
 * or one of a few known words. Throws a `ScrcpyError` with `SCRCPY_BAD_OPTION` for an option that is out of its range.
 */
export function scrcpyCommand(start: ScrcpyStart, options: UsbOptions): string {
  scrcpyLayout(start.version);
  const values = { scid: hexScid(start.scid), log_level: "info", ...videoValues(options), ...audioValues(options) };
  const rest = { tunnel_forward: true, control: false, cleanup: false };
  const words = Object.entries({ ...values, ...rest }).map(([key, value]) => `${key}=${value}`);
  const program = `CLASSPATH=${start.path} app_process / com.genymobile.scrcpy.Server ${start.version}`;
  return `${program} ${words.join(" ")}`;
}

function videoValues(options: UsbOptions): Record<string, string | number> {
  const framesPerSecond = numberOf("framesPerSecond", options);
  const source =
    (options.video ?? "camera") === "camera"
      ? {
          video_source: "camera",
          camera_facing: options.facing ?? "back",
          camera_size: pictureSize(options.size ?? usualSize),
          camera_fps: framesPerSecond,
        }
      : {
          video_source: "display",
          max_size: numberOf("maxSize", options),
          max_fps: framesPerSecond,
        };
  return {
    ...source,
    video_codec: "h264",
    video_bit_rate: numberOf("videoBitrate", options),
    video_codec_options: `i-frame-interval=${keyFrameIntervalSeconds}`,
  };
}

function audioValues(options: UsbOptions): Record<string, string | number | boolean> {
  if (options.hasAudio === false) return { audio: false };
  return {
    audio_source: (options.video ?? "camera") === "camera" ? "mic" : "output",
    audio_codec: "aac",
    audio_bit_rate: numberOf("audioBitrate", options),
  };
}

function hexScid(scid: number): string {
  return scid.toString(16).padStart(8, "0");
}

function numberOf(name: keyof typeof usbNumbers, options: UsbOptions): number {
  const { lowest, usual, highest } = usbNumbers[name];
  const value = options[name] ?? usual;
  if (Number.isInteger(value) && value >= lowest && value <= highest) return value;
  throw new ScrcpyError("SCRCPY_BAD_OPTION", `${name} must be a whole number from ${lowest} to ${highest}`);
}

function pictureSize(size: string): string {
  if (isPictureSize(size)) return size;
  throw new ScrcpyError("SCRCPY_BAD_OPTION", "the camera's size must be like 1280x720");
}
