import { play } from "@rtmp/client";
import type { Player } from "@rtmp/client";
import { isSequenceHeader } from "./media-loop.ts";
import type { MediaLoop } from "./media-loop.ts";
import { monotonicUs } from "./monotonic-clock.ts";
import { MIN_STAMPED_SIZE, readStampTime } from "./stamp.ts";
import { StreamVerifier } from "./stream-verifier.ts";
import type { Viewer, ViewerListener } from "./viewer.ts";
import type { ViewerMeter } from "./viewer-meter.ts";

/** A viewer that plays with @rtmp/client, as a user would, and looks at every byte it gets. */
export class CheckedViewer implements Viewer {
  readonly stream: number;
  readonly meter: ViewerMeter;
  readonly verifier: StreamVerifier;
  readonly #abort = new AbortController();

  /** Begins to connect at once. */
  constructor(
    url: string,
    stream: number,
    media: MediaLoop,
    meter: ViewerMeter,
    options: { readonly connectTimeoutMs: number },
    listener: ViewerListener,
  ) {
    this.stream = stream;
    this.meter = meter;
    this.verifier = new StreamVerifier(stream, media.hasVideo);
    const { signal } = this.#abort;
    const playing = play(url, { ...options, signal, wait: true, enhanced: media.isEnhanced });
    playing
      .then((player) => {
        listener.onPlaying();
        return this.#watch(player);
      })
      .catch((error: unknown) => {
        if (!signal.aborted) listener.onLost(error);
      });
  }

  close(): void {
    this.#abort.abort();
  }

  async #watch(player: Player): Promise<void> {
    for await (const { type, payload } of player) {
      if (type === "script" || isSequenceHeader(type, payload)) continue;
      const nowUs = monotonicUs();
      const sentUs =
        type === "video" && payload.length >= MIN_STAMPED_SIZE ? readStampTime(payload, payload.length) : 0;
      this.meter.receive(payload.length, sentUs, nowUs);
      this.verifier.verify(type, payload);
    }
    throw new Error("the server ended the stream");
  }
}
