import type { ViewerMeter } from "./viewer-meter.ts";

/** What is told about a viewer, once each at most. */
export interface ViewerListener {
  /** The server has let it play. */
  onPlaying(): void;
  /** The connection failed, or ended before it was closed. */
  onLost(error: unknown): void;
}

/** Somebody who watches a stream. */
export interface Viewer {
  readonly stream: number;
  readonly meter: ViewerMeter;
  /** Leaves without a word. */
  close(): void;
}
