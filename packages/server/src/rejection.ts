import type { StatusCode } from "@rtmp/session";

/** Thrown by a hook to refuse a client; the client hears `code` and `description`. */
export class Rejection extends Error {
  override readonly name = "Rejection";
  readonly code: StatusCode;

  constructor(code: StatusCode, description: string) {
    super(description);
    this.code = code;
  }
}
