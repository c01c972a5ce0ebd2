/** What a user says about a phone on a cable. Whatever is left out is found or has the value named here. */
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
  /** The longer side of the screen's pictures in pixels, at most 16384; 1280 unless given. */
  readonly maxSize?: number | undefined;
  /** Pictures per second, 1 to 240; 30 unless given. A screen that stands still gives fewer. */
  readonly framesPerSecond?: number | undefined;
  /** Bits per second for the pictures; 2 500 000 unless given. */
  readonly videoBitrate?: number | undefined;
  /** Whether the microphone (with the screen: what the phone plays) is sent; true unless given. Needs Android 11. */
  readonly hasAudio?: boolean | undefined;
  /** Bits per second for the sound; 128 000 unless given. */
  readonly audioBitrate?: number | undefined;
}
