import { CheckedViewer } from "./checked-viewer.ts";
import { DueWheel } from "./due-wheel.ts";
import { measureLoad } from "./generator-load.ts";
import type { LoadFigures } from "./generator-load.ts";
import { LatencyHistogram } from "./latency-histogram.ts";
import { LightViewer } from "./light-viewer.ts";
import type { MediaLoop } from "./media-loop.ts";
import type { FinalSequences, GeneratorProgress, GeneratorReport, GeneratorSetup, Role } from "./orders.ts";
import { ramp } from "./ramp.ts";
import { RoleCount } from "./role-count.ts";
import { StampedPublisher } from "./stamped-publisher.ts";
import { SteadyWindow } from "./steady-window.ts";
import { noVerification } from "./stream-verifier.ts";
import type { LastSequences, Verification } from "./stream-verifier.ts";
import type { Viewer } from "./viewer.ts";
import { ViewerMeter } from "./viewer-meter.ts";
import { parseRtmpUrl } from "@rtmp/session";

const LOOK_MS = 20;

/** The connections of one generator process and what they measure together. */
export class Generator {
  readonly #setup: GeneratorSetup;
  readonly #media: MediaLoop;
  readonly #onTrouble: (text: string) => void;
  readonly #window = new SteadyWindow();
  readonly #latency = new LatencyHistogram();
  readonly #lag = new LatencyHistogram();
  readonly #wheel = new DueWheel();
  readonly #leaving = new AbortController();
  readonly #publishers: StampedPublisher[] = [];
  readonly #viewers: Viewer[] = [];
  readonly #counts = { publishers: new RoleCount(), viewers: new RoleCount() };
  #load: Promise<LoadFigures> | undefined;
  #stopRamp: () => void = () => undefined;

  /** `onTrouble` hears why connections fail. */
  constructor(setup: GeneratorSetup, media: MediaLoop, onTrouble: (text: string) => void) {
    this.#setup = setup;
    this.#media = media;
    this.#onTrouble = onTrouble;
  }

  get progress(): GeneratorProgress {
    const { publishers, viewers } = this.#counts;
    const busyViewers = this.#viewers.filter(({ meter }) => meter.frames > 0).length;
    return {
      publishers: publishers.progress(publishers.live),
      viewers: viewers.progress(busyViewers),
      frames: this.#viewers.reduce((sum, { meter }) => sum + meter.frames, 0),
    };
  }

  /** Opens the connections of a role, so many a second. */
  connect(role: Role, perSecond: number): void {
    const { from, to } = this.#setup[role];
    const open = role === "publishers" ? this.#openPublisher : this.#openViewer;
    this.#stopRamp();
    this.#stopRamp = ramp(to - from, perSecond, (index) => open(from + index));
  }

  /** Measures from `fromUs` to `toUs` of `monotonicUs`. */
  measure(fromUs: number, toUs: number): void {
    this.#window.open(fromUs, toUs);
    this.#load = measureLoad(fromUs, toUs);
  }

  /** Ends what is sent, not the connections. Returns what came last and when it all began. */
  stopPublishing(): { readonly finals: FinalSequences; readonly starts: (readonly [number, number])[] } {
    for (const publisher of this.#publishers) publisher.pause();
    return {
      finals: this.#publishers.map(({ stream, last }) => [stream, last] as const),
      starts: this.#publishers.map(({ stream, startedUs }) => [stream, startedUs] as const),
    };
  }

  /** Waits until the checked viewers have everything that was sent, at most `waitMs`, and sums up. */
  async report(finals: FinalSequences, waitMs: number): Promise<GeneratorReport> {
    const load = (await this.#load) ?? { cpuSeconds: 0, loopDelayP99Ms: 0 };
    const verification = await this.#verification(new Map(finals), waitMs);
    const { publishers, viewers } = this.#counts;
    const sum = (value: (viewer: Viewer) => number): number =>
      this.#viewers.reduce((total, viewer) => total + value(viewer), 0);
    return {
      progress: this.progress,
      ramps: { publishers: publishers.times, viewers: viewers.times },
      ...load,
      sentFrames: this.#publishers.reduce((total, { windowFrames }) => total + windowFrames, 0),
      deliveredFrames: sum(({ meter }) => meter.windowFrames),
      deliveredBytes: sum(({ meter }) => meter.windowBytes),
      stalled: sum(({ meter }) => (meter.hasStalled() ? 1 : 0)),
      latency: this.#latency.toEntries(),
      lag: this.#lag.toEntries(),
      checkedViewers: this.#checkedViewers.length,
      verification,
    };
  }

  /** Closes every connection; viewers first, so that none hears of the end. */
  async leave(): Promise<void> {
    this.#stopRamp();
    this.#wheel.stop();
    for (const viewer of this.#viewers) viewer.close();
    const closing = Promise.allSettled(this.#publishers.map((publisher) => publisher.close()));
    this.#leaving.abort();
    await closing;
  }

  get #checkedViewers(): CheckedViewer[] {
    return this.#viewers.filter((viewer) => viewer instanceof CheckedViewer);
  }

  async #verification(finals: ReadonlyMap<number, LastSequences>, waitMs: number): Promise<Verification> {
    const until = performance.now() + waitMs;
    const hasAll = ({ stream, verifier }: CheckedViewer): boolean => {
      const last = finals.get(stream);
      return last === undefined || verifier.hasReached(last);
    };
    while (performance.now() < until && !this.#checkedViewers.every(hasAll)) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    const all = noVerification();
    for (const { stream, verifier } of this.#checkedViewers) {
      const last = finals.get(stream);
      if (last !== undefined) verifier.finish(last);
      for (const key of Object.keys(all) as (keyof Verification)[]) all[key] += verifier.found[key];
    }
    return all;
  }

  readonly #openPublisher = (stream: number): void => {
    const count = this.#counts.publishers;
    const { connectTimeoutMs } = this.#setup;
    const options = { connectTimeoutMs, signal: this.#leaving.signal };
    const share = { media: this.#media, window: this.#window, lag: this.#lag };
    count.opened();
    const lost = (error: unknown): void => this.#trouble(`publisher ${stream} lost`, error, () => count.lost());
    StampedPublisher.open(this.#url(stream), stream, share, options, lost).then(
      (publisher) => {
        count.letIn();
        this.#publishers.push(publisher);
        this.#wheel.add(publisher, publisher.startedUs);
      },
      (error: unknown) => this.#trouble(`publisher ${stream} not let in`, error, () => count.failed()),
    );
  };

  readonly #openViewer = (index: number): void => {
    const { streamCount, checkEvery, connectTimeoutMs } = this.#setup;
    const count = this.#counts.viewers;
    const stream = index % streamCount;
    const meter = new ViewerMeter({ window: this.#window, latency: this.#latency });
    let isIn = false;
    const listener = {
      onPlaying: () => {
        isIn = true;
        count.letIn();
      },
      onLost: (error: unknown) => {
        this.#trouble(`viewer ${index} ${isIn ? "lost" : "not let in"}`, error, () =>
          isIn ? count.lost() : count.failed(),
        );
      },
    };
    count.opened();
    const url = this.#url(stream);
    const isChecked = checkEvery > 0 && index % checkEvery === 0;
    this.#viewers.push(
      isChecked
        ? new CheckedViewer(url, stream, this.#media, meter, { connectTimeoutMs }, listener)
        : new LightViewer(parseRtmpUrl(url), stream, meter, listener),
    );
  };

  #trouble(what: string, error: unknown, count: () => void): void {
    if (this.#leaving.signal.aborted) return;
    count();
    this.#onTrouble(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  }

  #url(stream: number): string {
    const { host, port, app } = this.#setup;
    return `rtmp://${host.includes(":") ? `[${host}]` : host}:${port}/${app}/load-${stream}`;
  }
}
