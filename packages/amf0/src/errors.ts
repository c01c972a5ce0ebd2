/** The closed list of faults a reader can find in a body. */
export type Amf0ErrorCode =
  | "AMF0_TRUNCATED"
  | "AMF0_TRAILING_BYTES"
  | "AMF0_UNKNOWN_MARKER"
  | "AMF0_UNSUPPORTED_TYPE"
  | "AMF0_UNEXPECTED_TYPE"
  | "AMF0_FORBIDDEN_KEY"
  | "AMF0_BAD_REFERENCE"
  | "AMF0_CIRCULAR_REFERENCE"
  | "AMF0_TOO_DEEP"
  | "AMF0_TOO_MANY_NODES"
  | "AMF0_STRINGS_TOO_LONG";

/** The bytes break the AMF0 format or a limit. `offset` is where the offending value or key begins in the bytes given. */
export class Amf0Error extends Error {
  override readonly name: string = "Amf0Error";
  /** What is wrong; stable across versions, unlike the message. */
  readonly code: Amf0ErrorCode;
  /** The first byte of the offending value or key, counted from the start of the bytes given. */
  readonly offset: number;

  /** Makes the error; the message is `detail` followed by the code and the place. */
  constructor(code: Amf0ErrorCode, offset: number, detail: string) {
    super(`${detail} (${code} at byte ${offset})`);
    this.code = code;
    this.offset = offset;
  }
}
