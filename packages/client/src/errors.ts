/** What ended a connection, or kept it from beginning, other than the server's word. */
export type ClientErrorCode =
  | "CLIENT_CLOSED"
  | "CLIENT_CONNECTION_FAILED"
  | "CLIENT_DISCONNECTED"
  | "CLIENT_IDLE_TIMEOUT"
  | "CLIENT_PROTOCOL_ERROR"
  | "CLIENT_TIMEOUT";

/**
 * The connection could not be made or has ended. `cause` is Node's own error where the network is at fault, and the
 * protocol package's error where the server's bytes are.
 */
export class ClientError extends Error {
  override readonly name = "ClientError";
  /** What happened, as a word that programs may compare. */
  readonly code: ClientErrorCode;

  constructor(code: ClientErrorCode, detail: string, options?: ErrorOptions) {
    super(`${detail} (${code})`, options);
    this.code = code;
  }
}

/** What a server can say no to. */
export type RefusedCommand = "connect" | "createStream" | "publish" | "play";

/** The server said no: to the connection, to the stream, or later, to going on with it. */
export class RejectedError extends Error {
  override readonly name = "RejectedError";
  /** The status code on the wire, for example `"NetStream.Publish.BadName"`. */
  readonly code: string;
  /** The server's own words; may be empty. */
  readonly description: string;
  /** What we had asked for. */
  readonly command: RefusedCommand;

  constructor(command: RefusedCommand, code: string, description: string) {
    super(`the server refused ${command}: ${description === "" ? "no reason given" : description} (${code})`);
    this.command = command;
    this.code = code;
    this.description = description;
  }
}
