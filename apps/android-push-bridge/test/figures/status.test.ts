import { expect, onTestFinished, test } from "vitest";
import type { StreamStats } from "../../src/bridge/stream-figures.ts";
import type { ProgramStats } from "../../src/figures/program-stats.ts";
import { StatusHttp } from "../../src/figures/status-http.ts";

const idle: StreamStats = {
  name: "live/phone",
  state: "idle",
  videoFrames: 300,
  audioFrames: 470,
  receivedBytes: 2_500_000,
  bitrate: 2_000_000,
  passedOverFrames: 3,
  gaps: 1,
  connections: 2,
  rtmpSessions: 1,
  unsentBytes: 4000,
};
const live: StreamStats = {
  ...idle,
  state: "live",
  device: '<b>Pixel</b> & "co"',
  picture: { width: 1280, height: 720 },
  sound: { codec: "aac", sampleRate: 48_000, channelCount: 1 },
  onAirMs: 3_725_000,
  report: {
    bitrate: 1_800_000,
    framesPerSecond: 29.9,
    roundTripMs: 40,
    battery: 0.8,
    droppedFrames: 5,
    isHidden: false,
  },
};

const stats: ProgramStats = {
  version: "1.2.3",
  uptimeMs: 90_500,
  refusedConnections: 7,
  connections: 3,
  streams: [live, idle],
};

async function get(path: string, read: () => ProgramStats = () => stats): Promise<Response> {
  const http = new StatusHttp(read, () => undefined);
  const port = await http.listen(0, "127.0.0.1");
  onTestFinished(() => http.close());
  return fetch(`http://127.0.0.1:${port}${path}`);
}

test("metrics are figures with units, one series for each stream, counters as the bridge counts", async () => {
  const text = await (await get("/metrics")).text();
  expect(text.split("\n").filter((line) => line.startsWith("bridge_") && !line.includes("(2)"))).toEqual([
    "bridge_uptime_seconds 90.5",
    "bridge_connections 3",
    'bridge_stream_state{stream="live/phone",state="idle"} 0',
    'bridge_stream_state{stream="live/phone",state="waiting"} 0',
    'bridge_stream_state{stream="live/phone",state="connecting"} 0',
    'bridge_stream_state{stream="live/phone",state="live"} 1',
    'bridge_stream_state{stream="live/phone",state="unreachable"} 0',
    'bridge_stream_bits_per_second{stream="live/phone"} 2000000',
    'bridge_stream_unsent_bytes{stream="live/phone"} 4000',
    'bridge_stream_on_air_seconds{stream="live/phone"} 3725',
    'bridge_stream_rtmp_sessions{stream="live/phone"} 1',
    'bridge_phone_bits_per_second{stream="live/phone"} 1800000',
    'bridge_phone_frames_per_second{stream="live/phone"} 29.9',
    'bridge_phone_dropped_frames{stream="live/phone"} 5',
    'bridge_phone_round_trip_seconds{stream="live/phone"} 0.04',
    'bridge_phone_battery_ratio{stream="live/phone"} 0.8',
    "bridge_refused_connections_total 7",
    'bridge_stream_received_bytes_total{stream="live/phone"} 2500000',
    'bridge_stream_video_frames_total{stream="live/phone"} 300',
    'bridge_stream_audio_frames_total{stream="live/phone"} 470',
    'bridge_stream_passed_over_frames_total{stream="live/phone"} 3',
    'bridge_stream_gaps_total{stream="live/phone"} 1',
    'bridge_stream_connections_total{stream="live/phone"} 2',
  ]);
});

test("two streams of one name have series of their own", async () => {
  const text = await (await get("/metrics")).text();
  expect(text).toContain('bridge_stream_state{stream="live/phone (2)",state="idle"} 1');
  expect(text).toContain('bridge_stream_video_frames_total{stream="live/phone (2)"} 300');
  expect(text).not.toContain('bridge_stream_on_air_seconds{stream="live/phone (2)"}');
});

test("the status page says what a stream does, and what phones call themselves stays text", async () => {
  const response = await get("/status");
  const html = await response.text();
  expect(response.headers.get("content-security-policy")).toMatch(/^default-src 'none'; style-src 'self';/);
  expect(html).toContain('<span class="state live">live</span>');
  expect(html).toContain('<span class="state idle">nobody feeds it</span>');
  expect(html).toContain("<td>1280 × 720</td>");
  expect(html).toContain("<td>1:02:05</td>");
  expect(html).toContain("<td>80 %</td>");
  expect(html).toContain("Phone: sends</th><td>1800 kbit/s</td>");
  expect(html).toContain("&#60;b&#62;Pixel&#60;/b&#62; &#38; &#34;co&#34;");
  expect(html).not.toContain("<b>");
  expect(html).not.toMatch(/<script|<style| style=| on\w+=/);
  expect(html).toContain('http-equiv="refresh"');
});

test("the style sheet is there, for light and dark", async () => {
  const response = await get("/status.css");
  expect(response.headers.get("content-type")).toBe("text/css; charset=utf-8");
  expect(await response.text()).toContain("color-scheme: light dark");
});

test("/stats is everything as JSON, and /healthz says that the bridge is well", async () => {
  expect(await (await get("/stats")).json()).toEqual(stats);
  expect(await (await get("/healthz")).json()).toEqual({ status: "ok" });
});
