import type { Amf0Value } from "@rtmp/amf0";
import type { RtmpMessage } from "@rtmp/chunk";
import type { EnhancedCapabilities } from "./capabilities.ts";
import type { DataEvent } from "./commands.ts";
import type { StreamAddress } from "./rtmp-url.ts";
import type { StatusCode } from "./status.ts";

/**
 * The answer to something a client asks for. One of the two methods is called once, now or later; more calls do nothing,
 * nor do calls after the session has failed. What waited behind the decision is taken at once, so both throw what it
 * breaks and may raise the next events.
 */
export interface Decision {
  /** `andThen` runs once the answer is queued, before any message that waited behind the decision. */
  accept(andThen?: () => void): void;
  reject(code: StatusCode, description: string): void;
}

/** What a client says in `connect` (RTMP 1.0 §7.2.1.1). */
export interface ConnectRequest {
  /** As sent, query and instance included. */
  readonly app: string;
  readonly tcUrl: string;
  readonly flashVer: string;
  /** 0 or 3: which AMF the client speaks. Answers are AMF0 always. */
  readonly objectEncoding: number;
  /** Every property as sent. */
  readonly commandObject: Readonly<Record<string, Amf0Value>>;
  /** `undefined` if the client does not speak Enhanced RTMP. */
  readonly capabilities: EnhancedCapabilities | undefined;
}

/** Why a publisher's or a player's stream ended while its connection goes on. */
export type StreamEndReason = "FCUnpublish" | "closeStream" | "deleteStream" | "play";

/** What happened on a server's side of a connection, in wire order. */
export type ServerSessionEvent =
  | { readonly type: "handshake"; readonly scheme: "simple" | "digest" }
  | { readonly type: "connect"; readonly request: ConnectRequest; readonly decision: Decision }
  | {
      readonly type: "publish";
      readonly messageStreamId: number;
      readonly address: StreamAddress;
      /** `"live"`, `"record"` or `"append"`; other words arrive too. */
      readonly publishType: string;
      readonly decision: Decision;
    }
  | {
      readonly type: "play";
      readonly messageStreamId: number;
      readonly address: StreamAddress;
      /** Seconds; -2 live or recorded, -1 live only (RTMP 1.0 §7.2.2.1). */
      readonly start: number;
      readonly decision: Decision;
    }
  /** Audio (8) or video (9) of an accepted publisher. */
  | { readonly type: "media"; readonly messageStreamId: number; readonly message: RtmpMessage }
  /** A data message of an accepted publisher; `body` is what viewers get, `name` its first value. */
  | DataEvent
  /** A request that no host is asked about: a name that nobody can have, or a stream that is in use. It has been answered. */
  | {
      readonly type: "refused";
      readonly what: "connect" | "publish" | "play";
      /** The application or the stream name, as sent. */
      readonly name: string;
      readonly code: StatusCode;
      readonly description: string;
    }
  | { readonly type: "unpublish"; readonly messageStreamId: number; readonly reason: StreamEndReason }
  | { readonly type: "stop"; readonly messageStreamId: number; readonly reason: StreamEndReason }
  | { readonly type: "pause"; readonly messageStreamId: number; readonly isPaused: boolean }
  | { readonly type: "receive-audio"; readonly messageStreamId: number; readonly isWanted: boolean }
  | { readonly type: "receive-video"; readonly messageStreamId: number; readonly isWanted: boolean }
  /** A command this package does not know; it has been answered with `_error` if it asked for an answer. */
  | { readonly type: "unknown-command"; readonly commandName: string };
