import { decodeAll } from "@rtmp/amf0";
import { parseControlMessage } from "@rtmp/chunk";
import type { RtmpMessage } from "@rtmp/chunk";
import { toHex } from "@rtmp/testkit";
import type { ClientSessionEvent, ServerSessionEvent } from "../src/index.ts";

/** A message as one line of text: what it says, and `@` the message stream it is on. */
export function describeMessage(message: RtmpMessage): string {
  const control = parseControlMessage(message);
  if (control === undefined) {
    const { messageStreamId, typeId, timestamp, payload } = message;
    if (typeId !== 20 && typeId !== 18) return `@${messageStreamId} type ${typeId} ${timestamp} ${toHex(payload)}`;
    return `@${messageStreamId} ${decodeAll(payload).map(asText).join(" ")}`;
  }
  switch (control.kind) {
    case "user-control": {
      const { type, ...rest } = control.event;
      return [type, ...Object.values(rest).map(String)].join(" ");
    }
    default: {
      const { kind, ...rest } = control;
      return [kind, ...Object.values(rest).map(String)].join(" ");
    }
  }
}

/** Status objects are named by their level and code, the rest is JSON. */
function asText(value: unknown): string {
  if (typeof value === "string") return value;
  if (value === undefined) return "undefined";
  if (typeof value === "object" && value !== null && "level" in value && "code" in value) {
    const { level, code, description, ...rest } = value as Record<string, unknown>;
    const more = Object.keys(rest).length === 0 ? "" : ` ${JSON.stringify(rest)}`;
    return typeof description === "string" ? `${String(level)} ${String(code)}${more}` : JSON.stringify(value);
  }
  return JSON.stringify(value);
}

/** An event as one line of text. */
export function describeEvent(event: ServerSessionEvent | ClientSessionEvent): string {
  switch (event.type) {
    case "handshake":
      return `handshake ${event.scheme}`;
    case "connect":
      return `connect ${event.request.app}`;
    case "publish":
      return `publish @${event.messageStreamId} ${event.address.streamPath} ${event.publishType}`;
    case "play":
      return `play @${event.messageStreamId} ${event.address.streamPath} ${event.start}`;
    case "media": {
      const { messageStreamId, typeId, timestamp, payload } = event.message;
      return `media @${messageStreamId} ${typeId} ${timestamp} ${toHex(payload)}`;
    }
    case "data":
      return `data @${event.messageStreamId} ${event.timestamp} ${[event.name, ...event.values].map(asText).join(" ")}`;
    case "unpublish":
    case "stop":
      return `${event.type} @${event.messageStreamId} ${event.reason}`;
    case "pause":
      return `pause @${event.messageStreamId} ${event.isPaused}`;
    case "receive-audio":
    case "receive-video":
      return `${event.type} @${event.messageStreamId} ${event.isWanted}`;
    case "refused":
      return `refused ${event.what} ${event.code}`;
    case "unknown-command":
      return `unknown-command ${event.commandName}`;
    case "status":
      return `status @${event.messageStreamId} ${event.status.level} ${event.status.code}`;
    case "stream-begin":
    case "stream-eof":
      return `${event.type} @${event.messageStreamId}`;
    case "command":
      return `command ${event.command.commandName}`;
  }
}
