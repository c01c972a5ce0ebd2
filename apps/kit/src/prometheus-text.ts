import { Counter, Gauge, Registry, collectDefaultMetrics } from "prom-client";
import type { FiguresPage } from "./figures-http.ts";

/** One value of a metric. */
export interface Sample {
  readonly labels?: Readonly<Record<string, string | number>>;
  readonly value: number;
}

/** How a metric is read out of what a program says about itself. */
export interface Metric<Stats> {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly string[];
  readonly read: (stats: Stats) => readonly Sample[];
}

/** A program's figures as Prometheus reads them, and those of the process. */
export class PrometheusText<Stats> {
  readonly #registry = new Registry();
  readonly #set: readonly ((stats: Stats) => void)[];

  constructor(gauges: readonly Metric<Stats>[], counters: readonly Metric<Stats>[]) {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    this.#set = [
      ...gauges.map(({ name, help, labelNames = [], read }) => {
        const gauge = new Gauge({ name, help, labelNames, registers });
        return (stats: Stats): void => {
          gauge.reset();
          for (const { labels = {}, value } of read(stats)) gauge.set(labels, value);
        };
      }),
      ...counters.map(({ name, help, labelNames = [], read }) => {
        const counter = new Counter({ name, help, labelNames, registers });
        return (stats: Stats): void => {
          counter.reset(); // the program counts; this only says what it has counted
          for (const { labels = {}, value } of read(stats)) counter.inc(labels, value);
        };
      }),
    ];
  }

  /** The text of now. */
  async render(stats: Stats): Promise<FiguresPage> {
    for (const set of this.#set) set(stats);
    return { contentType: this.#registry.contentType, text: await this.#registry.metrics() };
  }
}
