import { encode } from "@rtmp/amf0";
import type { Amf0Value } from "@rtmp/amf0";
import { propertiesOrNone, stringOr } from "./commands.ts";

/** The status codes this package sends or acts on; others may arrive and are passed on as they are. */
export type StatusCode =
  | "NetConnection.Call.Failed"
  | "NetConnection.Connect.AppShutdown"
  | "NetConnection.Connect.Closed"
  | "NetConnection.Connect.Failed"
  | "NetConnection.Connect.InvalidApp"
  | "NetConnection.Connect.ReconnectRequest"
  | "NetConnection.Connect.Rejected"
  | "NetConnection.Connect.Success"
  | "NetStream.Failed"
  | "NetStream.Pause.Notify"
  | "NetStream.Play.Failed"
  | "NetStream.Play.PublishNotify"
  | "NetStream.Play.Reset"
  | "NetStream.Play.Start"
  | "NetStream.Play.Stop"
  | "NetStream.Play.StreamNotFound"
  | "NetStream.Play.UnpublishNotify"
  | "NetStream.Publish.BadConnection"
  | "NetStream.Publish.BadName"
  | "NetStream.Publish.Denied"
  | "NetStream.Publish.Start"
  | "NetStream.Seek.Failed"
  | "NetStream.Seek.Notify"
  | "NetStream.Unpause.Notify"
  | "NetStream.Unpublish.Success";

/** One information object of `onStatus`, `_result` or `_error` (RTMP 1.0 §7.2.2). */
export interface Status {
  readonly level: "status" | "warning" | "error";
  readonly code: string;
  readonly description: string;
}

/** Builds the information object that says `code`. Extra properties come last. */
export function statusObject(
  level: Status["level"],
  code: StatusCode,
  description: string,
  extra: Readonly<Record<string, Amf0Value>> = {},
): Readonly<Record<string, Amf0Value>> {
  return { level, code, description, ...extra };
}

/** The body of an `onStatus` command: transaction 0 and a null command object (RTMP 1.0 §7.2.2). */
export function encodeOnStatus(
  level: Status["level"],
  code: StatusCode,
  description: string,
  extra?: Readonly<Record<string, Amf0Value>>,
): Uint8Array {
  return encode("onStatus", 0, null, statusObject(level, code, description, extra));
}

/** Reads an information object; what is missing or of another type becomes an empty string. */
export function parseStatus(value: Amf0Value): Status {
  const fields = propertiesOrNone(value);
  const text = (key: string): string => stringOr(fields[key], "");
  const level = text("level");
  return {
    level: level === "error" || level === "warning" ? level : "status",
    code: text("code"),
    description: text("description"),
  };
}
