import { checkChunkSize, checkWindowSize, defaultChunkSize } from "./announced-sizes.ts";
import type { LinkLimits } from "./message-link.ts";
import type { ServerSessionEvent } from "./server-events.ts";

/** What one client may cost. */
export interface SessionLimits extends LinkLimits {
  /** Streams open at once on one connection. Default 16. */
  readonly maxStreams?: number;
  /** Commands and data messages a second, after a burst of twice as many; every 4 KiB count as one more. Default 200. */
  readonly maxCommandsPerSecond?: number;
  /** `publish` and `play` a second, after a burst of four times as many: each may cost a whole GOP. Default 10. */
  readonly maxStreamRequestsPerSecond?: number;
  /** Audio and video of less than 32 bytes a second, after a burst of twice as many. Default 10 000. */
  readonly maxSmallMessagesPerSecond?: number;
  /** Bytes of one command. Default 64 KiB. */
  readonly maxCommandSize?: number;
  /** Bytes of one data message, metadata included. Default 256 KiB. */
  readonly maxDataMessageSize?: number;
  /** Bytes of messages that wait behind a pending decision. Default 4 MiB. */
  readonly maxPendingBytes?: number;
}

/** How long a client may take, in ms; 0 is for ever. */
export interface SessionTimeouts {
  /** From the first byte awaited to `connect`, our own decisions not counted. Default 10 000. */
  readonly handshakeMs?: number;
  /** Without a byte from a connected client, answers to pings included. Default 60 000. */
  readonly idleMs?: number;
  /** Silence after which a connected client is pinged, and pinged again. Default 20 000; 0 is never. */
  readonly pingIntervalMs?: number;
}

/** What a `ServerSession` needs of its host, and how it behaves. */
export interface ServerSessionOptions {
  /** Monotonic time in ms. */
  readonly now: () => number;
  readonly onEvent: (event: ServerSessionEvent) => void;
  /** Of what we write, in bytes. Default 60 000. */
  readonly chunkSize?: number;
  /** After how many bytes of ours the client must send an Acknowledgement. Default 5 000 000. */
  readonly windowAcknowledgementSize?: number;
  /** The same for a player, smaller, so that its Acknowledgements measure how far it is behind. Default 500 000. */
  readonly playerWindowAcknowledgementSize?: number;
  readonly timeouts?: SessionTimeouts;
  readonly limits?: SessionLimits;
  /** Tests give their own so that bytes repeat. */
  readonly random?: (size: number) => Uint8Array;
}

/** What a `ServerSession` reads of its options, the defaults filled in. */
export interface ResolvedServerOptions {
  readonly chunkSize: number;
  readonly windowAcknowledgementSize: number;
  readonly playerWindowAcknowledgementSize: number;
  readonly timeouts: Required<SessionTimeouts>;
  readonly limits: Required<Omit<SessionLimits, keyof LinkLimits>>;
}

type Settings = Omit<ServerSessionOptions, "now" | "onEvent" | "random">;

let last: { readonly settings: Settings; readonly resolved: ResolvedServerOptions } | undefined;

/**
 * Fills in the defaults. Throws a `RangeError` naming the option that is out of its range. A server gives the same settings to
 * ten thousand sessions: they share what came of them.
 */
export function resolveServerOptions(options: ServerSessionOptions): ResolvedServerOptions {
  if (last !== undefined && isSame(last.settings, options)) return last.resolved;
  const resolved = resolve(options);
  const { chunkSize, windowAcknowledgementSize, playerWindowAcknowledgementSize, timeouts, limits } = options;
  const settings = { chunkSize, windowAcknowledgementSize, playerWindowAcknowledgementSize, timeouts, limits };
  last = { settings: settings as Settings, resolved };
  return resolved;
}

/** By reference: an object that was changed in between is not looked into, nobody may change options. */
function isSame(one: Settings, other: Settings): boolean {
  return (
    one.timeouts === other.timeouts &&
    one.limits === other.limits &&
    one.chunkSize === other.chunkSize &&
    one.windowAcknowledgementSize === other.windowAcknowledgementSize &&
    one.playerWindowAcknowledgementSize === other.playerWindowAcknowledgementSize
  );
}

function resolve(options: ServerSessionOptions): ResolvedServerOptions {
  const { handshakeMs = 10_000, idleMs = 60_000, pingIntervalMs = 20_000 } = options.timeouts ?? {};
  const { maxStreams = 16, maxCommandsPerSecond = 200, maxCommandSize = 64 * 1024 } = options.limits ?? {};
  const { maxStreamRequestsPerSecond = 10, maxSmallMessagesPerSecond = 10_000 } = options.limits ?? {};
  const { maxDataMessageSize = 256 * 1024, maxPendingBytes = 4 * 1024 * 1024 } = options.limits ?? {};
  const resolved = {
    chunkSize: options.chunkSize ?? defaultChunkSize,
    windowAcknowledgementSize: options.windowAcknowledgementSize ?? 5_000_000,
    playerWindowAcknowledgementSize: options.playerWindowAcknowledgementSize ?? 500_000,
    timeouts: { handshakeMs, idleMs, pingIntervalMs },
    limits: {
      maxStreams,
      maxCommandsPerSecond,
      maxStreamRequestsPerSecond,
      maxSmallMessagesPerSecond,
      maxCommandSize,
      maxDataMessageSize,
      maxPendingBytes,
    },
  };
  checkChunkSize(resolved.chunkSize);
  checkWindowSize("windowAcknowledgementSize", resolved.windowAcknowledgementSize);
  checkWindowSize("playerWindowAcknowledgementSize", resolved.playerWindowAcknowledgementSize);
  for (const [option, value] of Object.entries({ ...resolved.timeouts, ...resolved.limits })) {
    if (!(value >= 0)) throw new RangeError(`${option} must be a number from 0, got ${value}`);
  }
  return resolved;
}
