import { describe, expect, test } from "vitest";
import { RateControl } from "../../src/page/rate-control.ts";
import { simulate, type Moment } from "./simulated-link.ts";

const goal = { bitrate: 2_500_000, framesPerSecond: 30 } as const;

const between = (moments: readonly Moment[], fromMs: number, toMs: number): readonly Moment[] =>
  moments.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
const worstLag = (moments: readonly Moment[]): number => Math.max(...moments.map(({ lagMs }) => lagMs));

describe("a link of 5 Mbit/s that falls to 500 kbit/s for a minute", () => {
  const fallsMs = 20_000;
  const risesMs = 80_000;
  const moments = simulate({
    goal,
    durationMs: 200_000,
    capacity: (atMs) => (atMs >= fallsMs && atMs < risesMs ? 500_000 : 5_000_000),
  });

  test("nothing is held back before", () => {
    for (const { decision, isDropping } of between(moments, 0, fallsMs)) {
      expect(decision).toEqual({ bitrate: 2_500_000, framesPerSecond: 30, scale: 1 });
      expect(isDropping).toBe(false);
    }
  });

  test("the bit rate is cut within 1.5 s", () => {
    const cut = moments.find(({ atMs, decision }) => atMs >= fallsMs && decision.bitrate < 2_500_000);
    expect(cut?.atMs).toBeLessThan(fallsMs + 1500);
  });

  test("pictures are dropped while more than a second is queued", () => {
    const dropping = moments.find(({ isDropping }) => isDropping);
    expect(dropping?.lagMs).toBeGreaterThan(700);
    expect(dropping?.lagMs).toBeLessThan(2000);
  });

  test("the lag is bounded at once and small after ten seconds", () => {
    expect(worstLag(between(moments, fallsMs, risesMs))).toBeLessThan(4000);
    expect(worstLag(between(moments, fallsMs + 10_000, risesMs))).toBeLessThan(1600);
  });

  test("the link is used, not left empty, while it is narrow", () => {
    const rates = between(moments, fallsMs + 15_000, risesMs).map(({ decision }) => decision.bitrate);
    expect(rates.reduce((sum, rate) => sum + rate, 0) / rates.length).toBeGreaterThan(150_000);
    expect(Math.max(...rates)).toBeLessThan(600_000);
  });

  test("everything comes back within a minute, in steps of an eighth", () => {
    expect(moments.at(-1)?.decision).toEqual({ bitrate: 2_500_000, framesPerSecond: 30, scale: 1 });
    const back = moments.find(({ atMs, decision }) => atMs > risesMs && decision.bitrate === 2_500_000);
    expect(back?.atMs).toBeLessThan(risesMs + 60_000);
    const after = between(moments, risesMs + 2000, 200_000);
    after.slice(1).forEach(({ decision }, index) => {
      expect(decision.bitrate).toBeLessThanOrEqual(after[index]!.decision.bitrate * 1.13);
      expect(decision.bitrate).toBeGreaterThanOrEqual(after[index]!.decision.bitrate);
    });
  });
});

describe("the order of means", () => {
  const narrower = simulate({
    goal,
    durationMs: 120_000,
    capacity: (atMs) => 2_600_000 * Math.max(0.03, 1 - atMs / 100_000),
    encoderFloor: 600_000,
  });
  const firstTime = (holds: (moment: Moment) => boolean): number => narrower.find(holds)?.atMs ?? Infinity;

  test("the bit rate goes first, then frames, then the size", () => {
    const bitrateMs = firstTime(({ decision }) => decision.bitrate < goal.bitrate);
    const framesMs = firstTime(({ decision }) => decision.framesPerSecond < 30);
    const sizeMs = firstTime(({ decision }) => decision.scale < 1);
    expect(bitrateMs).toBeLessThan(framesMs);
    expect(framesMs).toBeLessThan(sizeMs);
    expect(sizeMs).toBeLessThan(Infinity);
  });
});

test("a link just below the goal is not tried again and again", () => {
  const moments = simulate({ goal, durationMs: 300_000, capacity: () => 2_000_000 });
  const rates = between(moments, 60_000, 300_000).map(({ decision }) => decision.bitrate);
  const cuts = rates.slice(1).filter((rate, index) => rate < rates[index]!).length;
  expect(cuts).toBeLessThan(10);
  expect(rates.reduce((sum, rate) => sum + rate, 0) / rates.length).toBeGreaterThan(1_400_000);
  expect(worstLag(between(moments, 60_000, 300_000))).toBeLessThan(1500);
});

test("a steady round trip of 600 ms is no congestion", () => {
  const moments = simulate({ goal, durationMs: 60_000, capacity: () => 8_000_000, delayMs: 300 });
  expect(Math.min(...between(moments, 5000, 60_000).map(({ decision }) => decision.bitrate))).toBe(goal.bitrate);
});

test("a link that takes nothing at all drops every picture until it comes back", () => {
  const moments = simulate({
    goal,
    durationMs: 40_000,
    capacity: (atMs) => (atMs > 10_000 && atMs < 20_000 ? 0 : 5_000_000),
  });
  expect(between(moments, 12_000, 20_000).every(({ isDropping }) => isDropping)).toBe(true);
  expect(between(moments, 23_000, 40_000).some(({ isDropping }) => isDropping)).toBe(false);
});

test("what waits in socket and bridge counts as lag though every frame is acknowledged", () => {
  const control = new RateControl(goal);
  control.observe({ oldestAgeMs: 100, roundTripMs: 10, acknowledgedBytes: 1000, unsentBytes: 1_000_000 }, 1000);
  expect(control.isDropping).toBe(true);
});

test("a camera of 30 pictures per second is let through whole, jitter or not", () => {
  const control = new RateControl(goal);
  const jitter = [0, 7, -6, 3, -8, 8];
  const times = Array.from({ length: 300 }, (_, index) => (index * 1000) / 30 + jitter[index % jitter.length]!);
  expect(times.filter((time) => control.admit(time) === "encode")).toHaveLength(300);
});

test("a camera of 60 pictures per second loses every other one", () => {
  const control = new RateControl(goal);
  const times = Array.from({ length: 600 }, (_, index) => (index * 1000) / 60);
  expect(times.filter((time) => control.admit(time) === "encode").length).toBeCloseTo(300, -1);
});

test("an encoder that makes five times of what it is asked gets fewer pictures, and no more than was asked goes out", () => {
  const moments = simulate({ goal, durationMs: 60_000, capacity: () => 50_000_000, encoderFloor: 12_500_000 });
  const [first, last] = [moments.find(({ atMs }) => atMs >= 5000)!, moments.at(-1)!];
  const perSecond = ((last.pictures - first.pictures) * 1000) / (last.atMs - first.atMs);
  expect(perSecond).toBeGreaterThan(5);
  expect(perSecond).toBeLessThan(7);
});

describe("such an encoder on a link that falls to 500 kbit/s for half a minute", () => {
  const moments = simulate({
    goal,
    durationMs: 80_000,
    capacity: (atMs) => (atMs < 10_000 || atMs > 40_000 ? 50_000_000 : 500_000),
    encoderFloor: 12_500_000,
  });
  const bitsPerSecond = (fromMs: number, toMs: number): number => {
    const part = between(moments, fromMs, toMs);
    const [first, last] = [part[0]!, part.at(-1)!];
    return ((last.pictures - first.pictures) * 417_000 * 1000) / (last.atMs - first.atMs);
  };

  test("is behind for seconds, not for the rest of the broadcast", () => {
    expect(worstLag(moments)).toBeLessThan(6000);
    expect(worstLag(between(moments, 25_000, 40_000))).toBeLessThan(2500);
  });

  test("goes on with few pictures, not with none, and with more again afterwards", () => {
    const narrow = bitsPerSecond(20_000, 40_000);
    expect(narrow).toBeGreaterThan(150_000);
    expect(narrow).toBeLessThan(500_000);
    expect(bitsPerSecond(48_000, 54_000)).toBeGreaterThan(narrow * 1.2);
    expect(bitsPerSecond(70_000, 80_000)).toBeGreaterThan(1_000_000);
  });
});

test("a lower goal is obeyed at once, a higher one only if the link has shown no limit", () => {
  const control = new RateControl(goal);
  control.setGoal({ ...goal, bitrate: 800_000 });
  expect(control.decision.bitrate).toBe(800_000);
  control.setGoal({ ...goal, bitrate: 4_500_000 });
  expect(control.decision.bitrate).toBe(4_500_000);
  const slow = new RateControl(goal);
  slow.observe({ oldestAgeMs: 900, roundTripMs: 10, acknowledgedBytes: 1000, unsentBytes: 0 }, 1000);
  const { bitrate } = slow.decision;
  expect(bitrate).toBeLessThan(goal.bitrate);
  slow.setGoal({ ...goal, bitrate: 4_500_000 });
  expect(slow.decision.bitrate).toBe(bitrate);
});
