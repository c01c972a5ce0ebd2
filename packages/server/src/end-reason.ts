import type { EndReason } from "./events.ts";

/** What the end of a connection means for the streams on it. */
export function endReasonOf(reason: string): EndReason {
  switch (reason) {
    case "closed-by-peer":
    case "connection-reset":
      return "disconnected";
    case "too-slow":
    case "unsent-limit":
      return "too-slow";
    case "replaced":
    case "shutdown":
      return reason;
    default:
      return "error";
  }
}
