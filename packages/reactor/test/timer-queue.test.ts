import { seededRandom } from "@rtmp/testkit";
import { describe, expect, test } from "vitest";
import { systemClock, TimerQueue } from "../src/index.ts";
import { ManualClock } from "../src/testing.ts";

function create(): { clock: ManualClock; timers: TimerQueue; ran: string[]; errors: unknown[] } {
  const clock = new ManualClock();
  const errors: unknown[] = [];
  return { clock, timers: new TimerQueue(clock, (error) => errors.push(error)), ran: [], errors };
}

describe("after", () => {
  test("a timer runs at its time, not a millisecond sooner, and once", () => {
    const { clock, timers, ran } = create();
    timers.after(10, () => ran.push("a"));
    clock.advance(9);
    expect(ran).toEqual([]);
    clock.advance(1);
    expect(ran).toEqual(["a"]);
    clock.advance(1000);
    expect(ran).toEqual(["a"]);
  });

  test("timers of equal time run in the order they were set", () => {
    const { clock, timers, ran } = create();
    for (let i = 0; i < 100; i++) timers.after(5, () => ran.push(String(i)));
    clock.advance(5);
    expect(ran).toEqual(Array.from({ length: 100 }, (_, i) => String(i)));
  });

  test("any mixture of setting and cancelling runs what is left in order of time, then of setting", () => {
    for (let seed = 0; seed < 20; seed++) {
      const { clock, timers } = create();
      const random = seededRandom(seed);
      const ran: number[] = [];
      const set = Array.from({ length: 200 }, (_, order) => {
        const ms = random.int(0, 50);
        return { order, ms, timer: timers.after(ms, () => ran.push(order)) };
      });
      const cancelled = new Set(set.filter(() => random.next() < 0.4));
      for (const { timer } of cancelled) timer.cancel();
      const expected = set.filter((entry) => !cancelled.has(entry)).sort((a, b) => a.ms - b.ms || a.order - b.order);
      expect(timers.size).toBe(expected.length);
      clock.advance(50);
      expect(ran, `seed ${seed}`).toEqual(expected.map(({ order }) => order));
    }
  });

  test("a throwing task is reported and the others run", () => {
    const { clock, timers, ran, errors } = create();
    const boom = new Error("boom");
    timers.after(1, () => {
      throw boom;
    });
    timers.after(1, () => ran.push("b"));
    clock.advance(1);
    expect(errors).toEqual([boom]);
    expect(ran).toEqual(["b"]);
  });

  test("a timer of 0 ms set by a timer waits for the next turn", () => {
    const { clock, timers, ran } = create();
    timers.after(1, () => {
      ran.push("first");
      timers.after(0, () => ran.push("set by first"));
    });
    timers.after(1, () => ran.push("second"));
    clock.advance(1);
    expect(ran).toEqual(["first", "second", "set by first"]);
  });

  test("a timer cancelled by one that is due with it does not run", () => {
    const { clock, timers, ran } = create();
    timers.after(1, () => second.cancel());
    const second = timers.after(1, () => ran.push("second"));
    clock.advance(1);
    expect(ran).toEqual([]);
    expect(timers.size).toBe(0);
  });

  test("however many timers are set, the clock holds one task, and none when all are cancelled", () => {
    const { clock, timers } = create();
    const set = Array.from({ length: 1000 }, (_, i) => timers.after(1000 - i, () => undefined));
    expect(clock.size).toBe(1);
    for (const timer of set) timer.cancel();
    for (const timer of set) timer.cancel();
    expect(clock.size).toBe(0);
  });

  test.each([-1, Number.NaN, Infinity])("%d ms is a RangeError", (ms) => {
    expect(() => create().timers.after(ms, () => undefined)).toThrow(RangeError);
  });
});

describe("every", () => {
  test("it keeps its rhythm, and a round it was too late for is left out", () => {
    const { timers, clock } = create();
    const at: number[] = [];
    const timer = timers.every(10, () => {
      at.push(clock.now());
      if (at.length === 2) clock.advance(25); // a task that takes long: rounds 30 and 40 pass meanwhile
    });
    clock.advance(10);
    clock.advance(10);
    clock.advance(15);
    expect(at).toEqual([10, 20, 45, 50, 60]);
    timer.cancel();
    clock.advance(100);
    expect(at).toHaveLength(5);
  });

  test("it may cancel itself", () => {
    const { timers, clock, ran } = create();
    const timer = timers.every(10, () => {
      ran.push("round");
      timer.cancel();
    });
    clock.advance(100);
    expect(ran).toEqual(["round"]);
  });

  test.each([0, -1, Number.NaN, Infinity])("%d ms is a RangeError", (ms) => {
    expect(() => create().timers.every(ms, () => undefined)).toThrow(RangeError);
  });
});

test("when more is due than fits into 5 ms, the loop turns between", () => {
  let now = 0;
  const wakes: (() => void)[] = [];
  const clock = { now: () => now, schedule: (_ms: number, run: () => void) => (wakes.push(run), () => undefined) };
  const timers = new TimerQueue(clock);
  let ran = 0;
  for (let i = 0; i < 10; i++) {
    timers.after(1, () => {
      ran += 1;
      now += 2;
    });
  }
  now = 1;
  const perTurn: number[] = [];
  for (let wake = wakes.shift(); wake !== undefined; wake = wakes.shift()) {
    const before = ran;
    wake();
    perTurn.push(ran - before);
  }
  expect(perTurn).toEqual([3, 3, 3, 1]);
});

test("on the clock of the process a timer runs, not before its time", async () => {
  const timers = new TimerQueue(systemClock);
  const started = systemClock.now();
  await new Promise<void>((resolve) => timers.after(3, resolve));
  expect(systemClock.now() - started).toBeGreaterThanOrEqual(3);
});
