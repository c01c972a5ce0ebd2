/** What a user says about a phone on a cable. Whatever is left out is found or has the value named here; numbers are within `usbNumbers`. */
export interface UsbOptions {
  /** Where the adb server is; from adb's own environment variables, else 127.0.0.1. */
  readonly adbHost?: string | undefined;
  /** From adb's own environment variables, else 5037. */
  readonly adbPort?: number | undefined;
  /** Which phone, as `adb devices` names it; needed only if there are several. */
  readonly serial?: string | undefined;
  /** The file of scrcpy's server; from `SCRCPY_SERVER_PATH`, else where scrcpy installs it. */
  readonly scrcpyServer?: string | undefined;
  /** That file's version, such as `4.1`; from the file's name, else from `scrcpy --version`. */
  readonly scrcpyVersion?: string | undefined;
  /** What is filmed: `"camera"`, which needs Android 12, or `"screen"`. `"camera"` unless given. */
  readonly video?: "camera" | "screen" | undefined;
  /** Which camera: `"back"` unless given. */
  readonly facing?: "front" | "back" | "external" | undefined;
  /** Width and height of the camera's pictures in pixels, such as `1280x720`; `1280x720` unless given. */
  readonly size?: string | undefined;
  /** The longer side of the screen's pictures in pixels; 1280 unless given. */
  readonly maxSize?: number | undefined;
  /** Pictures per second; 30 unless given. A screen that stands still gives fewer. */
  readonly framesPerSecond?: number | undefined;
  /** Bits per second for the pictures; 2 500 000 unless given. */
  readonly videoBitrate?: number | undefined;
  /** Whether the microphone (with the screen: what the phone plays) is sent; true unless given. Needs Android 11. */
  readonly hasAudio?: boolean | undefined;
  /** Bits per second for the sound; 128 000 unless given. */
  readonly audioBitrate?: number | undefined;
}

/** A number that a user may choose. */
export interface UsbNumber {
  readonly lowest: number;
  /** Unless given. */
  readonly usual: number;
  readonly highest: number;
}

/** What the numbers among the options may be. */
export const usbNumbers: Readonly<Record<"maxSize" | "framesPerSecond" | "videoBitrate" | "audioBitrate", UsbNumber>> =
  {
    maxSize: { lowest: 16, usual: 1280, highest: 16_384 },
    framesPerSecond: { lowest: 1, usual: 30, highest: 240 },
    videoBitrate: { lowest: 50_000, usual: 2_500_000, highest: 100_000_000 },
    audioBitrate: { lowest: 8000, usual: 128_000, highest: 512_000 },
  };

/** Width and height of the camera's pictures unless given. */
export const usualSize = "1280x720";

/** Whether a text is a picture's width and height, such as `1280x720`. */
export function isPictureSize(text: string): boolean {
  return /^[1-9]\d{1,4}x[1-9]\d{1,4}$/.test(text);
}
