import type { ServerSessionEvent } from "./server-events.ts";
import type { LinkLimits } from "./message-link.ts";

/** What one client may cost. */
export interface SessionLimits extends LinkLimits {
  /** Streams open at once on one connection. Default 32. */
  readonly maxStreams?: number;
  /** Commands and data messages a second, after a burst of twice as many. Default 200. */
  readonly maxCommandsPerSecond?: number;
  /** Bytes of one command. Default 64 KiB. */
  readonly maxCommandSize?: number;
  /** Bytes of one data message, metadata included. Default 256 KiB. */
  readonly maxDataMessageSize?: number;
  /** Bytes of messages that wait behind a pending decision. Default 4 MiB. */
  readonly maxPendingBytes?: number;
}

/** How long a client may take, in ms. */
export interface SessionTimeouts {
  /** From the first byte awaited to `connect` accepted. Default 10 000. */
  readonly handshakeMs?: number;
  /** Without a byte from the client, pings included. Default 60 000; 0 is for ever. */
  readonly idleMs?: number;
  /** Silence after which the client is pinged. Default 20 000; 0 is never. */
  readonly pingIntervalMs?: number;
}

export interface ServerSessionOptions {
  /** Monotonic time in ms. */
  readonly now: () => number;
  readonly onEvent: (event: ServerSessionEvent) => void;
  /** Of what we write. Default 60 000. */
  readonly chunkSize?: number;
  /** How many bytes a client may send before it must hear an Acknowledgement. Default 5 000 000. */
  readonly windowAcknowledgementSize?: number;
  /** The same for a player, smaller, so that its Acknowledgements measure how far it is behind. Default 500 000. */
  readonly playerWindowAcknowledgementSize?: number;
  readonly timeouts?: SessionTimeouts;
  readonly limits?: SessionLimits;
  /** Tests give their own so that bytes repeat. */
  readonly random?: (size: number) => Uint8Array;
}

/** Fills in the defaults. */
export function sessionLimits(
  limits: SessionLimits = {},
): Required<Omit<SessionLimits, keyof LinkLimits>> & LinkLimits {
  return {
    maxStreams: 32,
    maxCommandsPerSecond: 200,
    maxCommandSize: 64 * 1024,
    maxDataMessageSize: 256 * 1024,
    maxPendingBytes: 4 * 1024 * 1024,
    ...limits,
  };
}

/** Fills in the defaults. */
export function sessionTimeouts(timeouts: SessionTimeouts = {}): Required<SessionTimeouts> {
  return { handshakeMs: 10_000, idleMs: 60_000, pingIntervalMs: 20_000, ...timeouts };
}
