import type { LoopDelayStats } from "./loop-delay.ts";
import type { SocketHost } from "./socket-host.ts";

/** What a loop knows of itself. Counters rise from its start. */
export interface LoopFigures {
  readonly connections: number;
  /** Let in, but no TLS came of it. */
  readonly failedTlsHandshakes: number;
  /** How late the loop came round in the last ten seconds, in milliseconds. */
  readonly delayP50Ms: number;
  readonly delayP99Ms: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** The handler's own. */
  readonly counters: unknown;
}

/** The figures of a loop that has not said anything yet. */
export const NO_FIGURES: LoopFigures = {
  connections: 0,
  failedTlsHandshakes: 0,
  delayP50Ms: 0,
  delayP99Ms: 0,
  bytesRead: 0,
  bytesWritten: 0,
  counters: undefined,
};

/** The figures of now. */
export function readFigures(host: SocketHost, delay: LoopDelayStats, counters: unknown): LoopFigures {
  return {
    connections: host.socketCount,
    failedTlsHandshakes: host.failedTlsHandshakes,
    delayP50Ms: delay.p50Ms,
    delayP99Ms: delay.p99Ms,
    bytesRead: host.bytesRead,
    bytesWritten: host.bytesWritten,
    counters,
  };
}

/** What one loop did so far. */
export interface LoopStats extends LoopFigures {
  /** 0: the process that listens. */
  readonly loop: number;
  readonly pid: number;
  /** Connections that it was given. */
  readonly accepted: number;
  /** Closed at once because of a limit on connections; the acceptor does that, so it is 0 in a loop that is a process of its own. */
  readonly refused: number;
  /** Whether it serves what it has and gets no more. */
  readonly draining: boolean;
}

/** What all loops did so far. Everything but `connections` only rises; loops that are gone stay in the sums. */
export interface LoopGroupStats {
  /** Those that live, draining ones included. */
  readonly loops: readonly LoopStats[];
  readonly connections: number;
  readonly accepted: number;
  /** Closed at once because of `maxConnections` or `maxConnectionsPerAddress`. */
  readonly refused: number;
  /** Let in, but no TLS came of it. */
  readonly failedTlsHandshakes: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
}
