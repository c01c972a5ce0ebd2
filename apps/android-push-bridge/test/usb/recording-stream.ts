import { once } from "node:events";
import { EventEmitter } from "node:events";
import type { BridgeLog } from "../../src/bridge/bridge-log.ts";
import type { StreamFeed, StreamSource } from "../../src/bridge/stream-source.ts";
import { FrameKind } from "../../src/protocol/frame.ts";
import type { Frame } from "../../src/protocol/frame.ts";
import type { Report } from "../../src/protocol/words.ts";

/** What a source gave in the time between attaching and detaching. */
export class RecordedFeed implements StreamFeed {
  readonly device: string;
  readonly session: string;
  readonly clock: string;
  readonly frames: Frame[] = [];
  readonly reports: Report[] = [];
  detached: "lost" | "ended" | undefined;
  readonly #onChange: () => void;

  constructor(source: StreamSource, onChange: () => void) {
    this.device = source.device;
    this.session = source.session;
    this.clock = source.clock;
    this.#onChange = onChange;
  }

  takenFrames(): number {
    return this.frames.length;
  }

  newestTakenAtMs(): number {
    return 0;
  }

  unsentBytes(): number {
    return 0;
  }

  /** The frames of one track, configs included, in the order in which they came. */
  track(track: "video" | "audio"): readonly Frame[] {
    const kinds: readonly number[] =
      track === "video" ? [FrameKind.VideoConfig, FrameKind.Video] : [FrameKind.AudioConfig, FrameKind.Audio];
    return this.frames.filter((frame) => kinds.includes(frame.kind));
  }

  push(frame: Frame): void {
    if (this.detached !== undefined) throw new Error("pushed after it was detached");
    this.frames.push(frame);
    this.#onChange();
  }

  report(report: Report): void {
    this.reports.push(report);
    this.#onChange();
  }

  detach(why: "lost" | "ended"): void {
    if (this.detached !== undefined) throw new Error("detached twice");
    this.detached = why;
    this.#onChange();
  }
}

/** A stream that keeps everything, and a log that does. */
export class RecordingStream implements BridgeLog {
  readonly feeds: RecordedFeed[] = [];
  readonly warnings: string[] = [];
  readonly lines: string[] = [];
  readonly #changes = new EventEmitter<{ change: [] }>();
  readonly #changed = (): void => void this.#changes.emit("change");

  readonly attach = (source: StreamSource): StreamFeed => {
    const feed = new RecordedFeed(source, this.#changed);
    this.feeds.push(feed);
    this.#changed();
    return feed;
  };

  debug(_fields: object, message: string): void {
    this.lines.push(message);
    this.#changed();
  }

  info(fields: object, message: string): void {
    this.debug(fields, message);
  }

  warn(_fields: object, message: string): void {
    this.warnings.push(message);
    this.#changed();
  }

  error(fields: object, message: string): void {
    this.warn(fields, message);
  }

  /** Resolves once `isSeen` holds; it is asked whenever something happens. */
  async until(isSeen: () => boolean): Promise<void> {
    while (!isSeen()) await once(this.#changes, "change");
  }

  /** Resolves with the feed of that number once it has so many frames of a track. */
  async frames(feed: number, track: "video" | "audio", count: number): Promise<readonly Frame[]> {
    await this.until(() => (this.feeds[feed]?.track(track).length ?? 0) >= count);
    return this.feeds[feed]!.track(track);
  }

  /** Resolves once something was warned of in these words. */
  warned(words: string): Promise<void> {
    return this.until(() => this.warnings.some((line) => line.includes(words)));
  }
}
