import { AdbError } from "./adb-error.ts";
import type { AdbErrorCode } from "./adb-error.ts";
import { ScrcpyError } from "./scrcpy-error.ts";
import type { ScrcpyErrorCode } from "./scrcpy-error.ts";

const firstPauseMs = 500;
const longestPauseMs = 10_000;
const pollMs = 1000;

/** A phone that somebody is about to plug in, unlock or allow. */
const waiting: readonly AdbErrorCode[] = ["ADB_NO_DEVICE", "ADB_NO_PERMISSION", "ADB_OFFLINE", "ADB_UNAUTHORIZED"];
/** Only another command line or another installation helps. */
const hopeless: readonly (AdbErrorCode | ScrcpyErrorCode)[] = [
  "ADB_BAD_ADDRESS",
  "ADB_NO_PROGRAM",
  "SCRCPY_BAD_OPTION",
  "SCRCPY_SERVER_NOT_FOUND",
  "SCRCPY_UNSUPPORTED_CODEC",
  "SCRCPY_UNSUPPORTED_VERSION",
  "SCRCPY_VERSION_MISMATCH",
  "SCRCPY_VERSION_UNKNOWN",
];

/** Decides how long to wait before the phone is tried again: longer with each failure, the same while it is not there. */
export class UsbRetry {
  #failures = 0;
  #hasStreamed = false;

  /** The phone sends: the next pause is the shortest again. */
  succeeded(): void {
    this.#failures = 0;
    this.#hasStreamed = true;
  }

  /** The pause in milliseconds, or `undefined` if trying again cannot help. `error` is what ended the last run, if any. */
  pauseAfter(error: unknown): number | undefined {
    const code = error instanceof AdbError || error instanceof ScrcpyError ? error.code : undefined;
    if (hopeless.some((word) => word === code)) return undefined;
    if (code === "ADB_SEVERAL_DEVICES" && !this.#hasStreamed) return undefined;
    if (waiting.some((word) => word === code)) return pollMs;
    const pauseMs = Math.min(firstPauseMs * 2 ** this.#failures, longestPauseMs);
    this.#failures++;
    return pauseMs;
  }
}
