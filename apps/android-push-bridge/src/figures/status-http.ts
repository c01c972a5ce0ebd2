import { FiguresHttp, jsonPage } from "@rtmp/app-kit";
import type { ReadFigures } from "@rtmp/app-kit";
import { prometheusText } from "./prometheus.ts";
import type { ProgramStats } from "./program-stats.ts";
import { statusPage, statusStyle } from "./status-page.ts";

/** Serves the status page, `/stats` as JSON, `/metrics` for Prometheus, and `/healthz`. There is no password. */
export class StatusHttp extends FiguresHttp {
  /** `onError` is told when the figures cannot be had. */
  constructor(stats: () => ProgramStats, onError: (error: unknown) => void) {
    const prometheus = prometheusText();
    const pages = new Map<string, ReadFigures>([
      ["/", () => statusPage(stats())],
      ["/status", () => statusPage(stats())],
      ["/status.css", statusStyle],
      ["/stats", () => jsonPage(stats())],
      ["/metrics", () => prometheus.render(stats())],
    ]);
    super(pages, onError);
  }
}
