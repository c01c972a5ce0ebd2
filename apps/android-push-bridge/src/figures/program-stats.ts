import type { BridgeStats } from "../bridge/bridge.ts";
import type { StreamStats } from "../bridge/stream-figures.ts";

/** Figures of the whole program. Nothing in them is secret. */
export interface ProgramStats extends BridgeStats {
  readonly version: string;
  readonly uptimeMs: number;
  /** Connections for which there was no place. */
  readonly refusedConnections: number;
}

/** The streams under names that differ: two servers may have a stream of the same name. */
export function distinctStreams(streams: readonly StreamStats[]): readonly StreamStats[] {
  const seen = new Map<string, number>();
  return streams.map((stream) => {
    const count = (seen.get(stream.name) ?? 0) + 1;
    seen.set(stream.name, count);
    return count === 1 ? stream : { ...stream, name: `${stream.name} (${count})` };
  });
}
