/** Every way a peer's handshake bytes can be wrong. */
export type HandshakeErrorCode = "HANDSHAKE_UNSUPPORTED_VERSION";

/** The peer's bytes are not an RTMP handshake we speak. `offset` counts from the first byte of the connection. */
export class HandshakeError extends Error {
  override readonly name = "HandshakeError";
  /** The stable word to test by; the message text may change. */
  readonly code: HandshakeErrorCode;
  /** Position of the offending byte, counted from the first byte of the connection. */
  readonly offset: number;

  constructor(code: HandshakeErrorCode, offset: number, detail: string) {
    super(`${detail} (${code} at byte ${offset})`);
    this.code = code;
    this.offset = offset;
  }
}
