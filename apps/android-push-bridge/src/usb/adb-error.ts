/** What is wrong between this program, the adb server and the phone. The words are API; the sentences are not. */
export type AdbErrorCode =
  | "ADB_ABORTED"
  | "ADB_BAD_ADDRESS"
  | "ADB_NO_DEVICE"
  | "ADB_NO_PERMISSION"
  | "ADB_NO_PROGRAM"
  | "ADB_OFFLINE"
  | "ADB_PROTOCOL"
  | "ADB_REFUSED"
  | "ADB_SERVER_UNREACHABLE"
  | "ADB_SEVERAL_DEVICES"
  | "ADB_TIMEOUT"
  | "ADB_UNAUTHORIZED";

/** The phone cannot be reached through adb. The message says in one sentence what the user can do about it. */
export class AdbError extends Error {
  override readonly name = "AdbError";
  /** What is wrong, as a word that programs may compare. */
  readonly code: AdbErrorCode;

  constructor(code: AdbErrorCode, detail: string, options?: ErrorOptions) {
    super(`${detail} (${code})`, options);
    this.code = code;
  }
}
