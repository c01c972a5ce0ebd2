import type { CounterValues } from "./counters.ts";
import { Counters } from "./counters.ts";
import type { StreamStats } from "./stats.ts";

/** The figures of one core: of the whole server, or of one of its loops. */
export interface CoreReport {
  readonly connections: number;
  readonly counters: CounterValues;
  /** Those it publishes (`isLive`), and those it has viewers of. */
  readonly streams: readonly StreamStats[];
}

/** The figures of several loops as those of one server. `gone` is what loops counted that are no more. */
export function mergeReports(reports: readonly CoreReport[], gone?: CounterValues): CoreReport {
  const counters = new Counters();
  if (gone !== undefined) counters.add(gone);
  const streams = new Map<string, StreamStats>();
  let connections = 0;
  for (const report of reports) {
    connections += report.connections;
    counters.add(report.counters);
    for (const stream of report.streams) {
      const other = streams.get(stream.streamPath);
      streams.set(stream.streamPath, other === undefined ? stream : merged(other, stream));
    }
  }
  return { connections, counters: counters.values, streams: [...streams.values()] };
}

/** One stream on two loops: the loop that publishes it knows it, and viewers are everywhere. */
function merged(one: StreamStats, other: StreamStats): StreamStats {
  const [base, rest] = one.isLive || !other.isLive ? [one, other] : [other, one];
  return {
    ...base,
    subscribers: base.subscribers + rest.subscribers,
    messagesOut: base.messagesOut + rest.messagesOut,
    skippedMessages: base.skippedMessages + rest.skippedMessages,
    cachedBytes: base.cachedBytes + rest.cachedBytes,
  };
}
