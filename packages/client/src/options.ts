import type { ConnectionOptions } from "node:tls";
import type { LinkLimits, Status } from "@rtmp/session";

/** One `onStatus` of the server. */
export interface StatusReport extends Status {
  /** 0 is the connection itself. */
  readonly messageStreamId: number;
  /** Every property as sent, for example the `tcUrl` of `NetConnection.Connect.ReconnectRequest`. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What `publish` and `play` have in common. */
export interface ClientOptions {
  /** Ends the connection at once, whether it is still being made or not; whatever waits rejects with its reason. */
  readonly signal?: AbortSignal;
  /** From the call to the server's `…Start`: name, socket, TLS, handshake and commands. Default 10 000 ms. */
  readonly connectTimeoutMs?: number;
  /**
   * How long the server may send nothing to a player that reads, or take nothing from a publisher that has unsent bytes.
   * Default 90 000 ms; 0 is for ever.
   */
  readonly idleTimeoutMs?: number;
  /** For `rtmps:` URLs: certificate authority, client certificate and the like, as `node:tls` takes them. */
  readonly tls?: ConnectionOptions;
  /** How the client calls itself. Some servers tell publishers from players by it. */
  readonly flashVer?: string;
  /** Says in `connect` that Enhanced RTMP is understood. Default true; false for servers that stumble over it. */
  readonly enhanced?: boolean;
  /** Default `"simple"`, which every server takes; servers of the Flash family give H.264 only after a `"digest"`. */
  readonly handshake?: "simple" | "digest";
  /** What the server may make us buffer. */
  readonly limits?: LinkLimits;
  /**
   * Hears every `onStatus`, in wire order. Only with it does the client say that it understands reconnect requests.
   * What it throws becomes an uncaught exception; the stream goes on.
   */
  readonly onStatus?: (status: StatusReport) => void;
}

/** Options of `publish`. */
export interface PublishOptions extends ClientOptions {
  /** Of what we write, in bytes. Default 60 000. */
  readonly chunkSize?: number;
  /** What the server is to do with the stream. Default `"live"`. */
  readonly publishType?: "live" | "record" | "append";
}

/** Options of `play`. */
export interface PlayOptions extends ClientOptions {
  /** Stays when the publisher leaves and goes on when one returns. Default false: the player ends with the stream. */
  readonly wait?: boolean;
  /** Bytes of tags kept for a slow consumer before the socket is left unread. Default 4 MiB. */
  readonly maxBufferedBytes?: number;
  /** What the server is told of our buffer (RTMP 1.0 §7.1.7). Default 3000 ms. */
  readonly bufferLengthMs?: number;
  /** Seconds; -2 is live, else recorded; -1 live only (RTMP 1.0 §7.2.2.1). Default -2. */
  readonly start?: number;
}

/** Throws a `RangeError` unless `value` is a whole number from `least` on. */
export function checkWhole(name: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new RangeError(`${name} must be a whole number from ${least} on, got ${value}`);
}
