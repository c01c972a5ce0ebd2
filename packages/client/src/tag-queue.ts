import type { FlvTag } from "@rtmp/flv-tags";
import { deferred } from "./deferred.ts";
import type { Deferred } from "./deferred.ts";

type TagResult = IteratorResult<FlvTag, undefined>;

/** What a tag costs beside its payload, so that empty ones count too. */
const tagOverhead = 128;

/** Tags on their way from a socket that gives to a consumer that asks. */
export class TagQueue {
  #tags: FlvTag[] = [];
  #first = 0; // index of the oldest in `#tags`
  #bytes = 0;
  #end: { readonly error?: unknown } | undefined;
  readonly #waiting: Deferred<TagResult>[] = [];

  /** The memory held, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds a tag. After `end` it counts for nothing. */
  push(tag: FlvTag): void {
    if (this.#end !== undefined) return;
    const consumer = this.#waiting.shift();
    if (consumer !== undefined) {
      consumer.resolve({ done: false, value: tag });
      return;
    }
    this.#tags.push(tag);
    this.#bytes += tagOverhead + tag.payload.length;
  }

  /** Says that no more will come. What waits here is still given out, and then `reason.error` is thrown if there is one. */
  end(reason: { readonly error?: unknown } = {}): void {
    if (this.#end !== undefined) return;
    this.#end = reason;
    for (const consumer of this.#waiting.splice(0)) {
      if ("error" in reason) consumer.reject(reason.error);
      else consumer.resolve({ done: true, value: undefined });
    }
  }

  /** Forgets the tags that wait here. */
  clear(): void {
    this.#tags = [];
    this.#first = 0;
    this.#bytes = 0;
  }

  /** The oldest tag, now or when it comes; rejects or is done behind the last. */
  next(): Promise<TagResult> {
    const value = this.#take();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    const consumer = deferred<TagResult>();
    if (this.#end === undefined) this.#waiting.push(consumer);
    else if ("error" in this.#end) consumer.reject(this.#end.error);
    else consumer.resolve({ done: true, value: undefined });
    return consumer.promise;
  }

  #take(): FlvTag | undefined {
    const tag = this.#tags[this.#first];
    if (tag === undefined) return undefined;
    this.#first += 1;
    this.#bytes -= tagOverhead + tag.payload.length;
    if (this.#first * 2 >= this.#tags.length) {
      this.#tags = this.#tags.slice(this.#first);
      this.#first = 0;
    }
    return tag;
  }
}
