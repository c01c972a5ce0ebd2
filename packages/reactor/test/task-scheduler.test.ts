import { describe, expect, test } from "vitest";
import { TaskScheduler } from "../src/index.ts";
import { ManualClock } from "../src/testing.ts";

function create(maxTriggerEvents?: number): {
  clock: ManualClock;
  scheduler: TaskScheduler;
  ran: string[];
  errors: unknown[];
} {
  const clock = new ManualClock();
  const errors: unknown[] = [];
  const scheduler = new TaskScheduler({ clock, maxTriggerEvents, onError: (error) => errors.push(error) });
  return { clock, scheduler, ran: [], errors };
}

test("trigger events run in order, never within the call that triggers", () => {
  const { clock, scheduler, ran } = create();
  scheduler.trigger(() => ran.push("a"));
  scheduler.trigger(() => ran.push("b"));
  expect(ran).toEqual([]);
  clock.advance(0);
  expect(ran).toEqual(["a", "b"]);
});

test("in one turn trigger events run before timers, though the timer was set first", () => {
  const { clock, scheduler, ran } = create();
  scheduler.after(0, () => ran.push("timer"));
  scheduler.trigger(() => ran.push("event"));
  clock.advance(0);
  expect(ran).toEqual(["event", "timer"]);
});

test("on the loop of the process: trigger events, timers due, then I/O that is ready", async () => {
  const scheduler = new TaskScheduler();
  const ran: string[] = [];
  await new Promise<void>((resolve) => {
    setImmediate(() => {
      scheduler.after(0, () => ran.push("timer"));
      scheduler.trigger(() => ran.push("event"));
      setImmediate(() => {
        ran.push("next turn");
        resolve();
      });
    });
  });
  scheduler.close();
  expect(ran).toEqual(["event", "timer", "next turn"]);
});

test("the queue says false when full, and true again after a turn", () => {
  const { clock, scheduler, ran } = create(2);
  expect(scheduler.trigger(() => ran.push("a"))).toBe(true);
  expect(scheduler.trigger(() => ran.push("b"))).toBe(true);
  expect(scheduler.trigger(() => ran.push("c"))).toBe(false);
  expect(scheduler.triggerEvents).toBe(2);
  clock.advance(0);
  expect(ran).toEqual(["a", "b"]);
  expect(scheduler.trigger(() => ran.push("d"))).toBe(true);
});

test("by default 50 000 trigger events fit", () => {
  const { scheduler } = create();
  let taken = 0;
  while (scheduler.trigger(() => undefined)) taken += 1;
  expect(taken).toBe(50_000);
});

test("an event triggered by an event waits for another turn: timers come between", () => {
  const { clock, scheduler, ran } = create();
  scheduler.trigger(() => {
    ran.push("first");
    scheduler.trigger(() => ran.push("second"));
  });
  scheduler.after(0, () => ran.push("timer"));
  clock.advance(0);
  expect(ran).toEqual(["first", "timer", "second"]);
});

test("what an event or a timer throws is reported, and the rest runs", () => {
  const { clock, scheduler, ran, errors } = create();
  for (const word of ["event", "timer"]) {
    const fail = (): void => {
      throw new Error(word);
    };
    if (word === "event") scheduler.trigger(fail);
    else scheduler.after(0, fail);
  }
  scheduler.trigger(() => ran.push("event"));
  scheduler.after(0, () => ran.push("timer"));
  clock.advance(0);
  expect(errors.map(String)).toEqual(["Error: event", "Error: timer"]);
  expect(ran).toEqual(["event", "timer"]);
});

test("events that take long run in slices of 5 ms, with turns of the loop between", () => {
  const { clock, scheduler, ran } = create();
  for (let i = 0; i < 6; i++) {
    scheduler.trigger(() => {
      ran.push("event");
      clock.advance(2);
    });
  }
  clock.schedule(6, () => ran.push("I/O"));
  clock.advance(0);
  expect(ran).toEqual(["event", "event", "event", "I/O", "event", "event", "event"]);
});

describe("after close", () => {
  test("nothing that waited runs, nothing is taken, the clock holds nothing, and a second close is fine", () => {
    const { clock, scheduler, ran } = create();
    scheduler.trigger(() => ran.push("event"));
    scheduler.after(1, () => ran.push("timer"));
    scheduler.every(1, () => ran.push("round"));
    scheduler.close();
    scheduler.close();
    expect(scheduler.trigger(() => ran.push("late event"))).toBe(false);
    scheduler.after(1, () => ran.push("late timer"));
    scheduler.every(1, () => ran.push("late round"));
    expect(clock.size).toBe(0);
    clock.advance(10);
    expect(ran).toEqual([]);
  });

  test("closing from within an event stops those behind it", () => {
    const { clock, scheduler, ran } = create();
    scheduler.trigger(() => scheduler.close());
    scheduler.trigger(() => ran.push("behind"));
    clock.advance(0);
    expect(ran).toEqual([]);
  });
});

test.each([0, -1, Number.NaN])("maxTriggerEvents %d is a RangeError that names it", (maxTriggerEvents) => {
  expect(() => new TaskScheduler({ maxTriggerEvents })).toThrow(RangeError);
  expect(() => new TaskScheduler({ maxTriggerEvents })).toThrow(/maxTriggerEvents/);
});
