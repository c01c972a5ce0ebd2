import { sumProgress } from "./generators.ts";
import { LatencyHistogram } from "./latency-histogram.ts";
import type { RunMeasurement } from "./load-run.ts";
import type { MediaLoop } from "./media-loop.ts";
import type { GeneratorReport, RampTimes, Role } from "./orders.ts";
import { SATURATED_MS } from "./run-result.ts";
import type { RunResult, ServerUse } from "./run-result.ts";
import { noVerification } from "./stream-verifier.ts";
import type { Verification } from "./stream-verifier.ts";

/** What identifies a run among others. */
export type RunName = Pick<RunResult, "server" | "serverVersion" | "scenario" | "n" | "round" | "startedAt">;

/** Puts what was measured into the figures that are reported. */
export function summarise(name: RunName, media: MediaLoop, measured: RunMeasurement): RunResult {
  const { cast, reports, windowUs } = measured;
  const sum = (value: (report: GeneratorReport) => number): number =>
    reports.reduce((total, report) => total + value(report), 0);
  const windowSeconds = (windowUs.to - windowUs.from) / 1e6;
  const sent = sum(({ sentFrames }) => sentFrames);
  const received = sum(({ deliveredFrames }) => deliveredFrames);
  const delivered = name.scenario === "push" ? sent : received;
  const dueToSend = framesDue(media, measured, cast.streams, cast.publishers);
  const due = name.scenario === "push" ? dueToSend : framesDue(media, measured, cast.streams, cast.viewers);
  const latency = new LatencyHistogram();
  const lag = new LatencyHistogram();
  for (const report of reports) {
    latency.addAll(report.latency);
    lag.addAll(report.lag);
  }
  const generatorCpu = sum(({ cpuSeconds }) => cpuSeconds);
  const loopDelayP99Ms = Math.max(...reports.map((report) => report.loopDelayP99Ms));
  const sendLagP99Ms = lag.quantileMs(0.99);
  const use = serverUse(measured, windowSeconds, delivered);
  return {
    ...name,
    streams: cast.streams,
    windowSeconds,
    connections: connections(measured),
    messages: {
      due,
      delivered,
      perSecond: delivered / windowSeconds,
      bytes: sum(({ deliveredBytes }) => deliveredBytes),
      sentFraction: sent / dueToSend,
    },
    latencyMs: { p50: latency.quantileMs(0.5), p99: latency.quantileMs(0.99) },
    stalledViewers: sum(({ stalled }) => stalled),
    checked: { viewers: sum(({ checkedViewers }) => checkedViewers), ...sumVerification(reports) },
    use,
    generator: {
      processes: reports.length,
      cores: generatorCpu / windowSeconds,
      cpuUsPerMessage: sent + received > 0 ? (generatorCpu * 1e6) / (sent + received) : undefined,
      loopDelayP99Ms,
      sendLagP99Ms,
      isSaturated: loopDelayP99Ms > SATURATED_MS || (sendLagP99Ms ?? 0) > SATURATED_MS,
    },
    otherCores: otherCores(measured, windowSeconds, use, generatorCpu / windowSeconds),
    troubles: measured.troubles,
  };
}

/** What `count` connections, dealt to the streams in turn, ought to send or get in the window. */
function framesDue(media: MediaLoop, measured: RunMeasurement, streams: number, count: number): number {
  const { windowUs, starts } = measured;
  let due = 0;
  for (let stream = 0; stream < Math.min(streams, count); stream++) {
    // Of a stream that never began as much was due as of any other.
    const startedUs = starts.get(stream) ?? windowUs.from;
    const frames =
      media.framesDue((windowUs.to - startedUs) / 1000) - media.framesDue((windowUs.from - startedUs) / 1000);
    due += frames * Math.ceil((count - stream) / streams);
  }
  return due;
}

function connections({ cast, reports }: RunMeasurement): RunResult["connections"] {
  const { publishers, viewers } = sumProgress(reports.map(({ progress }) => progress));
  const seconds = rampSeconds(reports, "publishers") + rampSeconds(reports, "viewers");
  const lost = publishers.lost + viewers.lost;
  return {
    wanted: cast.publishers + cast.viewers,
    held: Math.max(0, publishers.live + viewers.busy - lost),
    failed: publishers.failed + viewers.failed,
    lost,
    acceptedPerSecond: seconds > 0 ? (publishers.live + viewers.live) / seconds : 0,
  };
}

function rampSeconds(reports: readonly GeneratorReport[], role: Role): number {
  const times = reports.map(({ ramps }): RampTimes => ramps[role]).filter(({ lastLiveUs }) => lastLiveUs > 0);
  if (times.length === 0) return 0;
  const first = Math.min(...times.map(({ firstOpenUs }) => firstOpenUs));
  return (Math.max(...times.map(({ lastLiveUs }) => lastLiveUs)) - first) / 1e6;
}

function serverUse(measured: RunMeasurement, seconds: number, delivered: number): ServerUse | undefined {
  const { cpu, memory, processes } = measured;
  if (cpu === undefined || memory === undefined) return undefined;
  const total = cpu.user + cpu.system;
  return {
    processes,
    cores: total / seconds,
    userCores: cpu.user / seconds,
    systemCores: cpu.system / seconds,
    cpuUsPerMessage: delivered > 0 ? (total * 1e6) / delivered : undefined,
    rssBytes: memory.rss,
    pssBytes: memory.pss,
  };
}

/** Of a server that is not ours to look at nobody can tell what it took and what others did. */
function otherCores(
  { machineCpuSeconds }: RunMeasurement,
  seconds: number,
  use: ServerUse | undefined,
  generatorCores: number,
): number | undefined {
  if (machineCpuSeconds === undefined || use === undefined) return undefined;
  return Math.max(0, machineCpuSeconds / seconds - use.cores - generatorCores);
}

function sumVerification(reports: readonly GeneratorReport[]): Verification {
  const all = noVerification();
  for (const { verification } of reports) {
    for (const key of Object.keys(all) as (keyof Verification)[]) all[key] += verification[key];
  }
  return all;
}
