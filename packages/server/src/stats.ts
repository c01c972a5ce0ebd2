import type { LoopStats } from "@rtmp/reactor";
import type { Amf0Value } from "@rtmp/amf0";
import type { LiveStreamFigures } from "./live-stream.ts";
import type { Repair } from "./repair/repair.ts";
import type { StreamTrack } from "./stream-tracks.ts";

/** One stream's figures. */
export interface StreamStats extends LiveStreamFigures {
  readonly streamPath: string;
  readonly isLive: boolean;
  /** What the publisher sends, by its sequence headers. */
  readonly tracks: readonly StreamTrack[];
  /** What the publisher said in `onMetaData`; with loops, undefined beyond some 16 KiB. */
  readonly metadata: Amf0Value;
  /** What is mended of the publisher's media; empty for nearly all. */
  readonly repairs: readonly Repair[];
}

/** One loop's figures. */
export interface ServerLoopStats extends Omit<LoopStats, "counters"> {
  /** Messages of publishers on this loop, and messages its viewers got. */
  readonly messagesIn: number;
  readonly messagesOut: number;
}

/** A server's figures at one moment. Counters rise from the start of the server. */
export interface ServerStats {
  readonly uptimeMs: number;
  readonly connections: { readonly current: number; readonly total: number; readonly refused: number };
  readonly publishers: number;
  readonly subscribers: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** Messages of accepted publishers, messages that viewers got, and messages that went from loop to loop. */
  readonly messages: { readonly in: number; readonly out: number; readonly relayed: number };
  readonly publishes: { readonly accepted: number; readonly refused: number };
  readonly plays: { readonly accepted: number; readonly refused: number };
  /** Viewers cut to a key frame, and viewers disconnected for being too slow. */
  readonly slow: { readonly skips: number; readonly disconnects: number };
  readonly ignoredMessages: number;
  /** Error code → connections that ended with it. */
  readonly clientErrors: Readonly<Record<string, number>>;
  readonly streams: readonly StreamStats[];
  readonly loops: readonly ServerLoopStats[];
}
