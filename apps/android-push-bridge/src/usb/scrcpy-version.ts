import { ScrcpyError } from "./scrcpy-error.ts";

/**
 * How a server writes a stream. `"flags-63"`, up to scrcpy 3: the picture's size follows the codec id once, a packet's
 * highest bits are config and key frame. `"session-packets"`, from scrcpy 4 on: packets of their own give the size,
 * again whenever it changes, and theirs is the highest bit.
 */
export type ScrcpyLayout = "flags-63" | "session-packets";

/**
 * Says how a server of this version writes. Throws a `ScrcpyError` with `SCRCPY_UNSUPPORTED_VERSION` below 2.2, which
 * knows no camera, and for what is no version.
 */
export function scrcpyLayout(version: string): ScrcpyLayout {
  const [, major, minor] = /^v?(\d{1,4})\.(\d{1,4})(?:[.-][\w.-]{1,32})?$/.exec(version) ?? [];
  if (major === undefined) throw unsupported(`${JSON.stringify(version)} is no version of scrcpy, such as 4.1`);
  if (Number(major) < 2 || (major === "2" && Number(minor) < 2)) {
    throw unsupported(`scrcpy ${version} is too old: install 2.2 or newer`);
  }
  return Number(major) >= 4 ? "session-packets" : "flags-63";
}

/** Finds the version in the name that scrcpy's releases give the file, such as `scrcpy-server-v4.1`. */
export function versionInFileName(path: string): string | undefined {
  return /scrcpy-server-v(\d+(?:\.\d+)+)(?:\.jar)?$/.exec(path)?.[1];
}

/** Finds the version in what `scrcpy --version` says first. */
export function versionInProgramOutput(output: string): string | undefined {
  return /^scrcpy v?(\d+(?:\.\d+)+)/m.exec(output)?.[1];
}

function unsupported(detail: string): ScrcpyError {
  return new ScrcpyError("SCRCPY_UNSUPPORTED_VERSION", detail);
}
