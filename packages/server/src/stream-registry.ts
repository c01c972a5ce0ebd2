import { LiveStream } from "./live-stream.ts";
import type { LiveStreamOptions } from "./live-stream.ts";

/** The streams there are: those with a publisher and those somebody waits for. */
export class StreamRegistry {
  readonly #options: LiveStreamOptions;
  readonly #streams = new Map<string, LiveStream>();

  constructor(options: LiveStreamOptions) {
    this.#options = { ...options, onIdle: (stream) => this.release(stream) };
  }

  get size(): number {
    return this.#streams.size;
  }

  get(streamPath: string): LiveStream | undefined {
    return this.#streams.get(streamPath);
  }

  /** The stream of that path, made if there is none. It is forgotten when its last publisher or viewer leaves. */
  obtain(streamPath: string): LiveStream {
    let stream = this.#streams.get(streamPath);
    if (stream === undefined) {
      stream = new LiveStream(streamPath, this.#options);
      this.#streams.set(streamPath, stream);
    }
    return stream;
  }

  /** Forgets the stream if nobody publishes or watches it: for one that was obtained and not used. */
  release(stream: LiveStream): void {
    if (stream.isIdle && this.#streams.get(stream.streamPath) === stream) this.#streams.delete(stream.streamPath);
  }

  values(): IterableIterator<LiveStream> {
    return this.#streams.values();
  }
}
