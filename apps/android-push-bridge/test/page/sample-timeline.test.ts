import { expect, test } from "vitest";
import { SampleTimeline } from "../../src/page/sample-timeline.ts";

test("a frame between two marks is timed from the one before it", () => {
  const timeline = new SampleTimeline();
  timeline.mark(0, 5_000_000);
  timeline.mark(10_000, 5_010_500);
  expect(timeline.timeOf(0)).toBe(5_000_000);
  expect(timeline.timeOf(9_999)).toBe(5_009_999);
  expect(timeline.timeOf(21_333)).toBe(5_021_833);
});

test("a frame of samples that the encoder put in front is timed before the first mark", () => {
  const timeline = new SampleTimeline();
  timeline.mark(0, 1_000_000);
  expect(timeline.timeOf(-21_333)).toBe(978_667);
});

test("a gap in the sound is a gap in the times", () => {
  const timeline = new SampleTimeline();
  timeline.mark(0, 0);
  timeline.mark(20_000, 3_000_000);
  expect(timeline.timeOf(0)).toBe(0);
  expect(timeline.timeOf(21_333)).toBe(3_001_333);
});

test("times rise though the common clock was turned back by less than a frame", () => {
  const timeline = new SampleTimeline();
  timeline.mark(0, 100_000);
  timeline.mark(20_000, 60_000);
  expect(timeline.timeOf(19_000)).toBe(119_000);
  expect(timeline.timeOf(21_000)).toBe(119_001);
});

test("before the first mark nothing has a time", () => {
  expect(new SampleTimeline().timeOf(0)).toBeUndefined();
});

test("an encoder that never answers costs no more memory than one that is slow", () => {
  const timeline = new SampleTimeline();
  for (let index = 0; index < 10_000; index += 1) timeline.mark(index * 10_000, index * 10_000);
  expect(timeline.timeOf(99_990_000)).toBe(99_990_000);
});
