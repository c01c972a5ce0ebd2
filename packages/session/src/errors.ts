/** What a peer did wrong on the level of commands and streams. */
export type SessionErrorCode =
  | "SESSION_BAD_COMMAND"
  | "SESSION_COMMAND_BEFORE_CONNECT"
  | "SESSION_CONNECT_REJECTED"
  | "SESSION_CONNECT_TWICE"
  | "SESSION_HANDSHAKE_TIMEOUT"
  | "SESSION_IDLE_TIMEOUT"
  | "SESSION_MESSAGE_TOO_LARGE"
  | "SESSION_TOO_MANY_COMMANDS"
  | "SESSION_TOO_MANY_MESSAGES"
  | "SESSION_TOO_MANY_STREAMS"
  | "SESSION_TOO_MUCH_PENDING";

/** The peer broke a rule of the session. `offset` counts the bytes received on the connection when it was noticed. */
export class SessionError extends Error {
  override readonly name = "SessionError";
  readonly code: SessionErrorCode;
  readonly offset: number;

  constructor(code: SessionErrorCode, offset: number, detail: string) {
    super(`${detail} (${code} at byte ${offset})`);
    this.code = code;
    this.offset = offset;
  }
}
