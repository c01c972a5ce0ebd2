import { describe, expect, test } from "vitest";
import { type Flushable, FlushQueue, type FlushQueueOptions } from "../src/index.ts";
import { ManualClock } from "../src/testing.ts";

function create(options: FlushQueueOptions = {}): { clock: ManualClock; queue: FlushQueue; flushed: string[] } {
  const clock = new ManualClock();
  return { clock, queue: new FlushQueue({ clock, ...options }), flushed: [] };
}

test("everything added in a turn is flushed at its end, in order, by one task of the clock", () => {
  const { clock, queue, flushed } = create();
  for (const name of ["a", "b", "c"]) queue.add({ flush: () => flushed.push(name) });
  expect(clock.size).toBe(1);
  expect(flushed).toEqual([]);
  clock.advance(0);
  expect(flushed).toEqual(["a", "b", "c"]);
  expect(clock.size).toBe(0);
});

test("what is added during a flush waits for the next", () => {
  const { clock, queue, flushed } = create();
  const again: Flushable = {
    flush() {
      flushed.push("again");
      if (flushed.length < 4) queue.add(again);
    },
  };
  queue.add(again);
  queue.add({ flush: () => flushed.push("other") });
  queue.flush();
  expect(flushed).toEqual(["again", "other"]);
  clock.advance(0);
  expect(flushed).toEqual(["again", "other", "again", "again"]);
});

test("what throws is reported and the others are flushed", () => {
  const errors: unknown[] = [];
  const { queue, flushed } = create({ onError: (error) => errors.push(error) });
  const boom = new Error("boom");
  queue.add({
    flush() {
      throw boom;
    },
  });
  queue.add({ flush: () => flushed.push("b") });
  queue.flush();
  expect(errors).toEqual([boom]);
  expect(flushed).toEqual(["b"]);
});

test("a long flush is cut into slices, and I/O has its turn between them", () => {
  const { clock, queue, flushed } = create({ sliceMs: 5 });
  for (let i = 0; i < 48; i++) {
    queue.add({
      flush() {
        flushed.push("flush");
        if (i === 3) clock.schedule(0, () => flushed.push("I/O"));
        if (i === 15) clock.advance(6);
      },
    });
  }
  queue.flush();
  clock.advance(0);
  expect(flushed.indexOf("I/O")).toBe(16);
  expect(flushed).toHaveLength(49);
});

describe("the pause between flushes", () => {
  /** Adds something that takes `ms` to flush. */
  function addWork(clock: ManualClock, queue: FlushQueue, ms: number, done: (at: number) => void): void {
    queue.add({
      flush() {
        done(clock.now());
        clock.advance(ms);
      },
    });
  }

  test("by default there is none, however long a flush took", () => {
    const { clock, queue } = create();
    const at: number[] = [];
    addWork(clock, queue, 50, (now) => at.push(now));
    clock.advance(0);
    addWork(clock, queue, 0, (now) => at.push(now));
    clock.advance(0);
    expect(at).toEqual([0, 50]);
  });

  test("with maxFlushDelayMs it is as long as the last flush took", () => {
    const { clock, queue } = create({ maxFlushDelayMs: 100 });
    const at: number[] = [];
    addWork(clock, queue, 30, (now) => at.push(now));
    clock.advance(0);
    addWork(clock, queue, 0, (now) => at.push(now));
    clock.advance(29);
    expect(at).toEqual([0]);
    clock.advance(1);
    expect(at).toEqual([0, 60]);
  });

  test("it is never longer than maxFlushDelayMs", () => {
    const { clock, queue } = create({ maxFlushDelayMs: 20, delayFactor: 3 });
    const at: number[] = [];
    addWork(clock, queue, 500, (now) => at.push(now));
    clock.advance(0);
    addWork(clock, queue, 0, (now) => at.push(now));
    clock.advance(20);
    expect(at).toEqual([0, 520]);
  });

  test.each([
    [40, 40],
    [41, 49],
    [50, 130],
    [60, 200],
  ])(
    "after a flush of %i ms it is %i ms of at most 200: a large audience makes use of the window",
    (busyMs, pauseMs) => {
      const { clock, queue } = create({ maxFlushDelayMs: 200 });
      const at: number[] = [];
      addWork(clock, queue, busyMs, (now) => at.push(now));
      clock.advance(0);
      addWork(clock, queue, 0, (now) => at.push(now));
      clock.advance(pauseMs - 1);
      expect(at).toEqual([0]);
      clock.advance(1);
      expect(at).toEqual([0, busyMs + pauseMs]);
    },
  );

  test("time that passed since counts: an idle queue flushes at once", () => {
    const { clock, queue } = create({ maxFlushDelayMs: 100 });
    const at: number[] = [];
    addWork(clock, queue, 30, (now) => at.push(now));
    clock.advance(0);
    clock.advance(40);
    addWork(clock, queue, 0, (now) => at.push(now));
    clock.advance(0);
    expect(at).toEqual([0, 70]);
  });

  test("what is added during a flush waits for the pause behind it", () => {
    const { clock, queue } = create({ maxFlushDelayMs: 100 });
    const at: number[] = [];
    addWork(clock, queue, 30, (now) => {
      at.push(now);
      addWork(clock, queue, 0, (later) => at.push(later));
    });
    clock.advance(0);
    clock.advance(29);
    expect(at).toEqual([0]);
    clock.advance(1);
    expect(at).toEqual([0, 60]);
  });

  test("flush() does not wait for it", () => {
    const { clock, queue, flushed } = create({ maxFlushDelayMs: 100 });
    addWork(clock, queue, 30, () => undefined);
    clock.advance(0);
    queue.add({ flush: () => flushed.push("now") });
    queue.flush();
    expect(flushed).toEqual(["now"]);
    expect(clock.size).toBe(0);
  });
});

test("after close nothing is flushed and nothing is kept", () => {
  const { clock, queue, flushed } = create();
  queue.add({ flush: () => flushed.push("a") });
  queue.close();
  queue.add({ flush: () => flushed.push("b") });
  queue.close();
  expect(clock.size).toBe(0);
  clock.advance(10);
  expect(flushed).toEqual([]);
});

test.each(["sliceMs", "maxFlushDelayMs", "delayFactor"])("a negative %s is a RangeError that names it", (name) => {
  expect(() => new FlushQueue({ [name]: -1 })).toThrow(new RegExp(name));
});

describe("joining", () => {
  const audio = Uint8Array.of(1, 2, 3);
  const video = Uint8Array.of(4, 5);

  test("a single part is not copied", () => {
    const { queue } = create();
    const [joined] = queue.joiner.join([audio, undefined], 1);
    expect(joined).toEqual(Buffer.from([1, 2, 3]));
    expect(joined?.buffer).toBe(audio.buffer);
    const buffer = Buffer.from("x");
    expect(queue.joiner.join([buffer], 1)[0]).toBe(buffer);
  });

  test("the same parts are joined once for everybody", () => {
    const { queue } = create();
    const first = queue.joiner.join([audio, video], 2);
    expect(first).toEqual([Buffer.from([1, 2, 3, 4, 5])]);
    expect(queue.joiner.join([audio, video, undefined], 2)).toBe(first);
  });

  test("a flood of small pieces becomes few blocks, and a large piece is written as it is", () => {
    const { queue } = create();
    const small = Array.from({ length: 20_000 }, (_, n) => Uint8Array.of(n, n >> 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
    const large = new Uint8Array(100_000).fill(7);
    const blocks = queue.joiner.join([...small, large, audio], small.length + 2);
    expect(blocks.map((block) => block.length)).toEqual([65_532, 65_532, 65_532, 43_404, 100_000, 3]);
    expect(blocks[4]?.buffer).toBe(large.buffer);
    expect(Buffer.concat(blocks)).toEqual(Buffer.concat([...small, large, audio]));
  });

  test("other parts, fewer or in another order, are joined anew", () => {
    const { queue } = create();
    queue.joiner.join([audio, video], 2);
    expect(queue.joiner.join([video, audio], 2)).toEqual([Buffer.from([4, 5, 1, 2, 3])]);
    expect(queue.joiner.join([video, audio], 1)).toEqual([Buffer.from([4, 5])]);
    expect(queue.joiner.join([video, audio.slice()], 2)).toEqual([Buffer.from([4, 5, 1, 2, 3])]);
  });
});
