import { PrometheusText } from "@rtmp/app-kit";
import type { Metric as MetricOf } from "@rtmp/app-kit";
import type { ServerLoopStats, ServerStats, StreamStats } from "@rtmp/server";

type Metric = MetricOf<ServerStats>;

/** Streams with figures of their own. Names come from clients: a flood of them must not flood who collects. */
const maxStreams = 1000;

const one = (name: string, help: string, read: (stats: ServerStats) => number): Metric => ({
  name,
  help,
  read: (stats) => [{ value: read(stats) }],
});

const byResult = (name: string, help: string, pick: (stats: ServerStats) => ServerStats["plays"]): Metric => ({
  name,
  help,
  labelNames: ["result"],
  read: (stats) =>
    Object.entries(pick(stats)).map(([result, value]: [string, number]) => ({ labels: { result }, value })),
});

const byStream = (name: string, help: string, read: (stream: StreamStats) => number): Metric => ({
  name,
  help,
  labelNames: ["stream"],
  read: ({ streams }) =>
    streams
      .filter((stream) => stream.isLive)
      .slice(0, maxStreams)
      .map((stream) => ({ labels: { stream: stream.streamPath }, value: read(stream) })),
});

const byLoop = (name: string, help: string, read: (loop: ServerLoopStats) => number): Metric => ({
  name,
  help,
  labelNames: ["loop"],
  read: ({ loops }) => loops.map((loop) => ({ labels: { loop: loop.loop }, value: read(loop) })),
});

const gauges: readonly Metric[] = [
  one("rtmp_uptime_seconds", "Time since the server was started", (stats) => stats.uptimeMs / 1000),
  one("rtmp_connections", "Connections open", (stats) => stats.connections.current),
  one("rtmp_publishers", "Streams that are published", (stats) => stats.publishers),
  one("rtmp_subscribers", "Viewers, those who wait for a publisher included", (stats) => stats.subscribers),
  byStream("rtmp_stream_subscribers", "Viewers of a stream", (stream) => stream.subscribers),
  byStream("rtmp_stream_cached_bytes", "Bytes kept for viewers who join", (stream) => stream.cachedBytes),
  byStream("rtmp_stream_published_seconds", "Time since the publisher came", (stream) => stream.publishedMs / 1000),
  byLoop("rtmp_loop_connections", "Connections of a loop", (loop) => loop.connections),
  {
    name: "rtmp_loop_delay_seconds",
    help: "How late the event loop came round in the last ten seconds",
    labelNames: ["loop", "quantile"],
    read: ({ loops }) =>
      loops.flatMap(({ loop, delayP50Ms, delayP99Ms }) => [
        { labels: { loop, quantile: "0.5" }, value: delayP50Ms / 1000 },
        { labels: { loop, quantile: "0.99" }, value: delayP99Ms / 1000 },
      ]),
  },
];

const counters: readonly Metric[] = [
  one("rtmp_connections_total", "Connections served", (stats) => stats.connections.total),
  one("rtmp_connections_refused_total", "Connections over a limit", (stats) => stats.connections.refused),
  one("rtmp_read_bytes_total", "Bytes from clients", (stats) => stats.bytesRead),
  one("rtmp_written_bytes_total", "Bytes to clients", (stats) => stats.bytesWritten),
  one("rtmp_messages_in_total", "Messages of publishers", (stats) => stats.messages.in),
  one("rtmp_messages_out_total", "Messages that viewers got", (stats) => stats.messages.out),
  one("rtmp_messages_relayed_total", "Messages that went from loop to loop", (stats) => stats.messages.relayed),
  byLoop("rtmp_loop_read_bytes_total", "Bytes from clients of a loop", (loop) => loop.bytesRead),
  byLoop("rtmp_loop_written_bytes_total", "Bytes to clients of a loop", (loop) => loop.bytesWritten),
  byLoop("rtmp_loop_messages_out_total", "Messages that viewers of a loop got", (loop) => loop.messagesOut),
  byResult("rtmp_publishes_total", "Requests to publish", (stats) => stats.publishes),
  byResult("rtmp_plays_total", "Requests to play", (stats) => stats.plays),
  one("rtmp_subscriber_skips_total", "Slow viewers cut to the next key frame", (stats) => stats.slow.skips),
  one("rtmp_subscriber_disconnects_total", "Viewers disconnected for being slow", (stats) => stats.slow.disconnects),
  one("rtmp_ignored_messages_total", "Messages that counted for nothing", (stats) => stats.ignoredMessages),
  {
    name: "rtmp_client_errors_total",
    help: "Connections that ended with an error, by its code",
    labelNames: ["code"],
    read: ({ clientErrors }) => Object.entries(clientErrors).map(([code, value]) => ({ labels: { code }, value })),
  },
  byStream("rtmp_stream_read_bytes_total", "Payload bytes since the publisher came", (stream) => stream.bytesIn),
  byStream("rtmp_stream_messages_total", "Messages since the publisher came", (stream) => stream.messagesIn),
];

/** A server's figures as Prometheus reads them, and those of the process. */
export function prometheusText(): PrometheusText<ServerStats> {
  return new PrometheusText(gauges, counters);
}
