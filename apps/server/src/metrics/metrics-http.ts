import { FiguresHttp, jsonPage, plainValue } from "@rtmp/app-kit";
import type { ServerStats } from "@rtmp/server";
import { prometheusText } from "./prometheus.ts";

/** What the figures are taken from. */
export interface MetricsSource {
  stats(): Promise<ServerStats>;
}

/** Serves figures over HTTP: `/metrics` for Prometheus, `/stats` as JSON, and `/healthz`. */
export class MetricsHttp extends FiguresHttp {
  /** `onError` is told when the figures cannot be had. */
  constructor(source: MetricsSource, onError: (error: unknown) => void) {
    const prometheus = prometheusText();
    const pages = new Map([
      ["/metrics", async () => prometheus.render(await source.stats())],
      ["/stats", async () => jsonPage(plainStats(await source.stats()))],
    ]);
    super(pages, onError);
  }
}

/** Streams are made plain one by one: one publisher's giant of metadata cuts nobody else's. */
function plainStats(stats: ServerStats): unknown {
  return { ...stats, streams: stats.streams.map((stream) => plainValue(stream)) };
}
