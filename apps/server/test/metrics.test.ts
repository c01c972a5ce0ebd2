import { createRtmpServer } from "@rtmp/server";
import type { ServerStats } from "@rtmp/server";
import { describe, expect, test } from "vitest";
import { MetricsHttp } from "../src/metrics/metrics-http.ts";

const stream = {
  subscribers: 2,
  messagesIn: 30,
  bytesIn: 4000,
  skippedMessages: 0,
  cachedBytes: 500,
  lastTimestamp: 1000,
  publishedMs: 6500,
  messagesOut: 200,
  tracks: [],
  repairs: [],
};

const stats: ServerStats = {
  uptimeMs: 90_500,
  connections: { current: 3, total: 10, refused: 1 },
  publishers: 1,
  subscribers: 2,
  bytesRead: 5000,
  bytesWritten: 9000,
  messages: { in: 100, out: 200, relayed: 50 },
  publishes: { accepted: 4, refused: 5 },
  plays: { accepted: 6, refused: 7 },
  slow: { skips: 8, disconnects: 9 },
  ignoredMessages: 11,
  clientErrors: { CHUNK_MESSAGE_TOO_LARGE: 2 },
  streams: [
    { streamPath: 'live/a"\\', isLive: true, metadata: undefined, ...stream },
    { streamPath: "live/waited-for", isLive: false, metadata: undefined, ...stream },
  ],
  loops: [
    {
      loop: 0,
      connections: 3,
      accepted: 10,
      refused: 1,
      delayP50Ms: 1,
      delayP99Ms: 20,
      bytesRead: 5000,
      bytesWritten: 9000,
      failedTlsHandshakes: 0,
      draining: false,
      pid: 4711,
      messagesIn: 100,
      messagesOut: 200,
    },
  ],
};

interface Figures extends AsyncDisposable {
  readonly http: MetricsHttp;
  readonly errors: unknown[];
  readonly get: (path: string, init?: RequestInit) => Promise<Response>;
}

/** Figures over HTTP on a port of the loopback. */
async function figuresOf(source: { stats(): Promise<ServerStats> }): Promise<Figures> {
  const errors: unknown[] = [];
  const http = new MetricsHttp(source, (error) => void errors.push(error));
  const port = await http.listen(0, "127.0.0.1");
  return {
    http,
    errors,
    get: (path, init) => fetch(`http://127.0.0.1:${port}${path}`, init),
    [Symbol.asyncDispose]: () => http.close(),
  };
}

const fixed = { stats: () => Promise.resolve(stats) };

describe("/metrics", () => {
  test("has every figure with its unit, counters as the server counts them", async () => {
    await using figures = await figuresOf(fixed);
    await figures.get("/metrics");
    const response = await figures.get("/metrics"); // the second time, so that nothing is added up
    expect(response.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
    const lines = (await response.text()).split("\n");
    expect(lines.filter((line) => line.startsWith("rtmp_"))).toEqual([
      "rtmp_uptime_seconds 90.5",
      "rtmp_connections 3",
      "rtmp_publishers 1",
      "rtmp_subscribers 2",
      'rtmp_stream_subscribers{stream="live/a\\"\\\\"} 2',
      'rtmp_stream_cached_bytes{stream="live/a\\"\\\\"} 500',
      'rtmp_stream_published_seconds{stream="live/a\\"\\\\"} 6.5',
      'rtmp_loop_connections{loop="0"} 3',
      'rtmp_loop_delay_seconds{loop="0",quantile="0.5"} 0.001',
      'rtmp_loop_delay_seconds{loop="0",quantile="0.99"} 0.02',
      "rtmp_connections_total 10",
      "rtmp_connections_refused_total 1",
      "rtmp_read_bytes_total 5000",
      "rtmp_written_bytes_total 9000",
      "rtmp_messages_in_total 100",
      "rtmp_messages_out_total 200",
      "rtmp_messages_relayed_total 50",
      'rtmp_loop_read_bytes_total{loop="0"} 5000',
      'rtmp_loop_written_bytes_total{loop="0"} 9000',
      'rtmp_loop_messages_out_total{loop="0"} 200',
      'rtmp_publishes_total{result="accepted"} 4',
      'rtmp_publishes_total{result="refused"} 5',
      'rtmp_plays_total{result="accepted"} 6',
      'rtmp_plays_total{result="refused"} 7',
      "rtmp_subscriber_skips_total 8",
      "rtmp_subscriber_disconnects_total 9",
      "rtmp_ignored_messages_total 11",
      'rtmp_client_errors_total{code="CHUNK_MESSAGE_TOO_LARGE"} 2',
      'rtmp_stream_read_bytes_total{stream="live/a\\"\\\\"} 4000',
      'rtmp_stream_messages_total{stream="live/a\\"\\\\"} 30',
    ]);
    expect(lines.some((line) => line.startsWith("process_resident_memory_bytes "))).toBe(true);
  });

  test("forgets a stream that has ended", async () => {
    let now = stats;
    await using figures = await figuresOf({ stats: () => Promise.resolve(now) });
    expect(await (await figures.get("/metrics")).text()).toContain("rtmp_stream_subscribers{");
    now = { ...stats, streams: [] };
    expect(await (await figures.get("/metrics")).text()).not.toContain("rtmp_stream_subscribers{");
  });

  test("has a thousand streams at most", async () => {
    const streams = Array.from({ length: 1500 }, (_, i) => ({
      ...stream,
      streamPath: `live/${i}`,
      isLive: true,
      metadata: undefined,
    }));
    await using figures = await figuresOf({ stats: () => Promise.resolve({ ...stats, streams }) });
    const text = await (await figures.get("/metrics")).text();
    expect(text.match(/^rtmp_stream_subscribers\{/gm)).toHaveLength(1000);
  });
});

describe("/stats", () => {
  test("is what a real server says about itself", async () => {
    await using server = createRtmpServer({ port: 0 });
    await using figures = await figuresOf(server);
    const response = await figures.get("/stats?pretty");
    expect(response.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(response.headers.get("cache-control")).toBe("no-store");
    const body: unknown = await response.json();
    expect(body).toMatchObject({ connections: { current: 0, total: 0, refused: 0 }, streams: [] });
  });

  test("says metadata in JSON whatever a publisher put into it", async () => {
    const metadata = { width: 1920, at: new Date(0), never: new Date(Number.NaN), none: undefined, rate: Number.NaN };
    const streams = [{ ...stream, streamPath: "live/a", isLive: true, metadata }];
    await using figures = await figuresOf({ stats: () => Promise.resolve({ ...stats, streams }) });
    const body: unknown = await (await figures.get("/stats")).json();
    expect(body).toMatchObject({
      streams: [{ metadata: { width: 1920, at: "1970-01-01T00:00:00.000Z", never: null, none: null, rate: null } }],
    });
  });

  test("that cannot be had is answered with 500 and reported", async () => {
    await using figures = await figuresOf({ stats: () => Promise.reject(new Error("no figures")) });
    expect((await figures.get("/stats")).status).toBe(500);
    expect(figures.errors).toEqual([new Error("no figures")]);
  });
});
