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

/** Whether a hook refused on purpose. Two versions of this package may meet in one program: it is known by its name. */
export function isRejection(error: unknown): error is Rejection {
  return error instanceof Error && error.name === "Rejection" && "code" in error;
}
