import { concat, hex, splits, u8 } from "@rtmp/testkit";
import { describe, expect, test } from "vitest";
import { readFlv } from "../src/index.ts";
import { describeFault } from "./faults.ts";
import { fileHeader, tagBytes } from "./file-bytes.ts";

const file = concat(fileHeader(), tagBytes(8, 0, hex("af 00 12 10")), tagBytes(9, 40, hex("17 02 000000")));

/** A source that notes whether it was closed before its end. */
class Source implements AsyncIterable<Uint8Array> {
  isClosed = false;
  readonly #pieces: readonly Uint8Array[];
  readonly #hangs: boolean;

  constructor(pieces: readonly Uint8Array[], hangs = false) {
    this.#pieces = pieces;
    this.#hangs = hangs;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    const pieces = this.#pieces.values();
    return {
      next: () => {
        const next = pieces.next();
        if (next.done !== true) return Promise.resolve(next);
        if (this.#hangs) return new Promise(() => undefined);
        return Promise.resolve({ done: true, value: undefined });
      },
      return: () => {
        this.isClosed = true;
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }
}

async function collect(source: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<unknown[]> {
  const seen: unknown[] = [];
  try {
    for await (const tag of readFlv(source, signal === undefined ? {} : { signal })) seen.push(tag.timestamp);
  } catch (error) {
    seen.push(describeFault(error));
  }
  return seen;
}

describe("a file from an async source", () => {
  test("gives the same tags whatever the pieces", async () => {
    for (const size of [1, 5, 1000]) expect(await collect(new Source(splits(file, size)))).toEqual([0, 40]);
  });

  test("gives the tags before a fault, then the fault", async () => {
    const broken = concat(file, tagBytes(9, 80, u8(1), { size: 5 }));
    const source = new Source([broken]);
    expect(await collect(source)).toEqual([0, 40, `FLV_TRUNCATED@${String(broken.length)}`]);
  });

  test("is closed when a fault comes before its end", async () => {
    const source = new Source([hex("00 01 02 03 04 05 06 07 08"), file]);
    expect(await collect(source)).toEqual(["FLV_BAD_SIGNATURE@0"]);
    expect(source.isClosed).toBe(true);
  });

  test("is closed when the reader leaves early, and left alone when it was read to its end", async () => {
    const left = new Source([file]);
    for await (const tag of readFlv(left)) {
      expect(tag.type).toBe("audio");
      break;
    }
    expect(left.isClosed).toBe(true);
    const finished = new Source([file]);
    await collect(finished);
    expect(finished.isClosed).toBe(false);
  });

  test("stops on abort even while the source is silent", async () => {
    const abort = new AbortController();
    const source = new Source([file], true);
    const tags = readFlv(source, { signal: abort.signal });
    expect((await tags.next()).value?.timestamp).toBe(0);
    expect((await tags.next()).value?.timestamp).toBe(40);
    const waiting = tags.next();
    abort.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    expect(source.isClosed).toBe(true);
  });

  test("is not read at all under a signal that has fired", async () => {
    expect(await collect(new Source([file]), AbortSignal.abort(new Error("too late")))).toEqual([
      "foreign: Error: too late",
    ]);
  });

  test("passes the source's own error on", async () => {
    const failing = (async function* (): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(file);
      throw new Error("disk on fire");
    })();
    expect(await collect(failing)).toEqual([0, 40, "foreign: Error: disk on fire"]);
  });
});
