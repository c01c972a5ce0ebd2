import { PrometheusText } from "@rtmp/app-kit";
import type { Metric as MetricOf, Sample } from "@rtmp/app-kit";
import type { StreamStats } from "../bridge/stream-figures.ts";
import { distinctStreams } from "./program-stats.ts";
import type { ProgramStats } from "./program-stats.ts";

type Metric = MetricOf<ProgramStats>;

const states: readonly StreamStats["state"][] = ["idle", "waiting", "connecting", "live", "unreachable"];

const one = (name: string, help: string, read: (stats: ProgramStats) => number): Metric => ({
  name,
  help,
  read: (stats) => [{ value: read(stats) }],
});

/** A figure of each stream that has it. */
const byStream = (name: string, help: string, read: (stream: StreamStats) => number | undefined): Metric => ({
  name,
  help,
  labelNames: ["stream"],
  read: ({ streams }) =>
    distinctStreams(streams).flatMap((stream): Sample[] => {
      const value = read(stream);
      return value === undefined ? [] : [{ labels: { stream: stream.name }, value }];
    }),
});

const byState: Metric = {
  name: "bridge_stream_state",
  help: "1 for the state that a stream is in",
  labelNames: ["stream", "state"],
  read: ({ streams }) =>
    distinctStreams(streams).flatMap(({ name, state: present }) =>
      states.map((state) => ({ labels: { stream: name, state }, value: state === present ? 1 : 0 })),
    ),
};

const gauges: readonly Metric[] = [
  one("bridge_uptime_seconds", "Time since the bridge was started", (stats) => stats.uptimeMs / 1000),
  one("bridge_connections", "Connections of phones, admitted or not", (stats) => stats.connections),
  byState,
  byStream("bridge_stream_bits_per_second", "Media from the phone, over the last seconds", (stream) => stream.bitrate),
  byStream("bridge_stream_unsent_bytes", "Bytes that wait for the RTMP server", (stream) => stream.unsentBytes),
  byStream("bridge_stream_on_air_seconds", "Time since the stream was published", ({ onAirMs }) => seconds(onAirMs)),
  byStream("bridge_stream_rtmp_sessions", "RTMP sessions of the present broadcast", (stream) => stream.rtmpSessions),
  byStream("bridge_phone_bits_per_second", "What the phone says it sends", ({ report }) => report?.bitrate),
  byStream(
    "bridge_phone_frames_per_second",
    "Pictures that the phone encodes",
    ({ report }) => report?.framesPerSecond,
  ),
  byStream("bridge_phone_dropped_frames", "Pictures that the phone left out", ({ report }) => report?.droppedFrames),
  byStream("bridge_phone_round_trip_seconds", "Between phone and bridge", ({ report }) => seconds(report?.roundTripMs)),
  byStream("bridge_phone_battery_ratio", "Charge of the phone, 1 when full", ({ report }) => report?.battery),
];

const counters: readonly Metric[] = [
  one("bridge_refused_connections_total", "Connections over a limit", (stats) => stats.refusedConnections),
  byStream("bridge_stream_received_bytes_total", "Media bytes from phones", (stream) => stream.receivedBytes),
  byStream("bridge_stream_video_frames_total", "Pictures from phones", (stream) => stream.videoFrames),
  byStream("bridge_stream_audio_frames_total", "Frames of sound from phones", (stream) => stream.audioFrames),
  byStream(
    "bridge_stream_passed_over_frames_total",
    "Pictures that could not go on to the server",
    (stream) => stream.passedOverFrames,
  ),
  byStream("bridge_stream_gaps_total", "Times that all that waited was dropped", (stream) => stream.gaps),
  byStream("bridge_stream_connections_total", "Connections that fed the stream", (stream) => stream.connections),
];

/** The program's figures as Prometheus reads them, and those of the process. */
export function prometheusText(): PrometheusText<ProgramStats> {
  return new PrometheusText(gauges, counters);
}

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}
