/** What is wrong with scrcpy's server or with what it sends. The words are API; the sentences are not. */
export type ScrcpyErrorCode =
  | "SCRCPY_BAD_OPTION"
  | "SCRCPY_BAD_PACKET"
  | "SCRCPY_DID_NOT_START"
  | "SCRCPY_NO_VIDEO"
  | "SCRCPY_PACKET_TOO_LARGE"
  | "SCRCPY_SERVER_NOT_FOUND"
  | "SCRCPY_TRUNCATED"
  | "SCRCPY_UNSUPPORTED_CODEC"
  | "SCRCPY_UNSUPPORTED_VERSION"
  | "SCRCPY_VERSION_MISMATCH"
  | "SCRCPY_VERSION_UNKNOWN";

/** Scrcpy's server cannot be used, or broke its framing. The message says in one sentence what the user can do. */
export class ScrcpyError extends Error {
  override readonly name = "ScrcpyError";
  /** What is wrong, as a word that programs may compare. */
  readonly code: ScrcpyErrorCode;

  constructor(code: ScrcpyErrorCode, detail: string, options?: ErrorOptions) {
    super(`${detail} (${code})`, options);
    this.code = code;
  }
}
