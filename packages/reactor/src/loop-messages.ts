import type { TlsOptions } from "node:tls";
import type { PeerDescription } from "./acceptor.ts";
import type { ConnectionLimits } from "./connection-limits.ts";
import type { FlushQueueOptions } from "./flush-queue.ts";
import type { LoopFigures } from "./loop-figures.ts";
import type { LinkMeetingPoint } from "./loop-links.ts";

/** When queued bytes leave; the part of a flush queue's options that can be given to another process. */
export type FlushTiming = Pick<FlushQueueOptions, "sliceMs" | "maxFlushDelayMs" | "delayFactor">;

/** Everything a loop needs to know to begin. */
export interface LoopStart {
  readonly type: "start";
  readonly id: number;
  readonly settings: unknown;
  readonly limits: ConnectionLimits;
  readonly flush: FlushTiming | undefined;
  readonly linkFlush: FlushTiming | undefined;
  readonly maxTriggerEvents: number | undefined;
  readonly meetingPoint: LinkMeetingPoint;
  readonly tlsListeners: ReadonlyMap<number, TlsOptions>;
  /** Whether errors of its handler are to be told; otherwise they are uncaught exceptions there. */
  readonly tellsErrors: boolean;
}

/** What the primary says to a loop. */
export type MessageToLoop =
  | LoopStart
  /** Sockets of this listener are to speak TLS. */
  | { readonly type: "tls"; readonly listener: number; readonly options: TlsOptions }
  /** The socket that comes with this message is the loop's now. */
  | { readonly type: "connection"; readonly peer: PeerDescription; readonly handedOver: number }
  /** So many sockets have been handed over. */
  | { readonly type: "handed-over"; readonly count: number }
  /** There is this loop too, and it is for the receiver to dial it. */
  | { readonly type: "peer"; readonly loop: number }
  | { readonly type: "peer-gone"; readonly loop: number }
  /** The user's own. */
  | { readonly type: "message"; readonly serialized: Uint8Array }
  /** Asks for a report. */
  | { readonly type: "stats"; readonly request: number }
  /** No more connections will come: end with the last one. */
  | { readonly type: "drain" }
  | { readonly type: "close"; readonly reason: string };

/** What a loop says to the primary. */
export type MessageFromLoop =
  | { readonly type: "ready" }
  /** These connections are gone. */
  | { readonly type: "closed"; readonly ids: readonly number[] }
  /** Of so many sockets handed over these are there; sent when some did not arrive. */
  | { readonly type: "survey"; readonly handedOver: number; readonly ids: readonly number[] }
  /** The user's own. */
  | { readonly type: "message"; readonly message: unknown }
  /** Figures of now; with the number of the request that asked for them, if one did. */
  | { readonly type: "report"; readonly figures: LoopFigures; readonly request?: number | undefined }
  /** What a handler threw. */
  | { readonly type: "error"; readonly error: unknown }
  /** The loop is dying of this. */
  | { readonly type: "dying"; readonly description: string };
