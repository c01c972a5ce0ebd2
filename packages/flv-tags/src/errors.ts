/** What is wrong with the bytes. The words are API; the sentences of the messages are not. */
export type FlvErrorCode =
  | "FLV_BAD_SIGNATURE"
  | "FLV_UNSUPPORTED_VERSION"
  | "FLV_BAD_HEADER"
  | "FLV_TAG_TOO_LARGE"
  | "FLV_TRUNCATED"
  | "FLV_BAD_MOD_EX"
  | "FLV_BAD_MULTITRACK"
  | "FLV_BAD_SCRIPT"
  | "FLV_BAD_CONFIG"
  | "FLV_BAD_NAL_UNIT"
  | "FLV_BAD_ADTS"
  | "FLV_ACCESS_UNIT_TOO_LARGE";

/**
 * The bytes break the FLV format or a format carried inside it.
 *
 * `offset` counts bytes: from the first byte ever pushed in the readers, from the start of the argument in the parse
 * functions.
 */
export class FlvError extends Error {
  override readonly name = "FlvError";
  /** What is wrong, as a word that programs may compare. */
  readonly code: FlvErrorCode;
  /** Where it is wrong, in bytes. */
  readonly offset: number;

  constructor(code: FlvErrorCode, offset: number, detail: string, options?: ErrorOptions) {
    super(`${detail} (${code} at byte ${String(offset)})`, options);
    this.code = code;
    this.offset = offset;
  }
}
