import { writeFile } from "node:fs/promises";
import { play } from "@rtmp/client";
import {
  encodeFlvHeader,
  encodeFlvTag,
  parseAvcDecoderConfigurationRecord,
  parseAvcSps,
  parseVideoTag,
} from "@rtmp/flv-tags";
import type { FlvTag } from "@rtmp/flv-tags";

/** What somebody saw who watched a stream. */
export class Recording {
  readonly tags: FlvTag[] = [];
  /** Bytes of media so far. */
  bytes = 0;
  readonly #ended: Promise<unknown>;
  readonly #abort = new AbortController();
  readonly #listeners = new Set<() => void>();
  #error: unknown;

  constructor(url: string) {
    this.#ended = this.#run(url).catch((error: unknown) => {
      if (!this.#abort.signal.aborted) this.#error = error;
      for (const listener of this.#listeners) listener();
    });
  }

  /** Milliseconds of the newest tag. */
  get timestamp(): number {
    return this.tags.at(-1)?.timestamp ?? 0;
  }

  /** Pictures so far. */
  get pictures(): readonly FlvTag[] {
    return this.tags.filter((tag) => tag.type === "video" && parseVideoTag(tag.payload).kind === "frame");
  }

  /** Configurations of the pictures so far, as the sequence headers brought them. */
  get videoConfigs(): readonly Uint8Array[] {
    return this.tags.flatMap((tag) => {
      const parsed = tag.type === "video" ? parseVideoTag(tag.payload) : undefined;
      return parsed?.kind === "sequence-header" ? [parsed.config] : [];
    });
  }

  /** What those say of the pictures' sizes, such as `720x1280`. */
  get pictureSizes(): readonly string[] {
    return this.videoConfigs.map((config) => {
      const { width, height } = parseAvcSps(parseAvcDecoderConfigurationRecord(config).sequenceParameterSets[0]!);
      return `${width}x${height}`;
    });
  }

  /** Resolves as soon as `isSeen` holds; rejects if the stream breaks before. */
  async until(isSeen: (recording: Recording) => boolean): Promise<void> {
    while (!isSeen(this)) {
      if (this.#error !== undefined) throw this.#error as Error;
      await new Promise<void>((resolve) => {
        const listener = (): void => {
          this.#listeners.delete(listener);
          resolve();
        };
        this.#listeners.add(listener);
      });
    }
  }

  /** Resolves when so many seconds of the stream have come from now on. */
  async seconds(count: number): Promise<void> {
    await this.until(({ tags }) => tags.length > 0);
    const from = this.timestamp;
    await this.until(({ timestamp }) => timestamp >= from + count * 1000);
  }

  /** Stops watching. */
  async settle(): Promise<void> {
    this.#abort.abort();
    await this.#ended;
  }

  /** Stops watching and writes what was seen as an FLV file. */
  async save(file: string): Promise<string> {
    await this.settle();
    const parts = [encodeFlvHeader({ audio: true, video: true }), ...this.tags.map((tag) => encodeFlvTag(tag))];
    await writeFile(file, Buffer.concat(parts));
    return file;
  }

  async #run(url: string): Promise<void> {
    const player = await play(url, { wait: true, signal: this.#abort.signal });
    for await (const tag of player) {
      this.tags.push(tag);
      this.bytes += tag.payload.length;
      for (const listener of this.#listeners) listener();
    }
  }
}

/** The longest pause between two pictures, in milliseconds of the stream. */
export function longestPause(pictures: readonly FlvTag[]): number {
  return Math.max(0, ...pictures.slice(1).map(({ timestamp }, index) => timestamp - pictures[index]!.timestamp));
}
