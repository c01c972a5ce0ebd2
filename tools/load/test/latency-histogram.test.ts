import { expect, test } from "vitest";
import { LatencyHistogram } from "../src/latency-histogram.ts";

test("quantiles are right to 1.6 % over seven orders of magnitude", () => {
  for (const us of [1, 63, 64, 65, 999, 12_345, 1_000_000, 59_999_999, 3_600_000_000]) {
    const histogram = new LatencyHistogram();
    for (let i = 0; i < 10; i++) histogram.add(us);
    histogram.add(us * 10);
    const ms = histogram.quantileMs(0.5)!;
    expect(ms * 1000).toBeGreaterThanOrEqual(us);
    expect(ms * 1000).toBeLessThanOrEqual(us * 1.016 + 1);
  }
});

test("99 of 100 are not above the p99, and one may be", () => {
  const histogram = new LatencyHistogram();
  for (let ms = 1; ms <= 100; ms++) histogram.add(ms * 1000);
  expect(histogram.quantileMs(0.5)! / 50).toBeCloseTo(1, 1);
  expect(histogram.quantileMs(0.99)! / 99).toBeCloseTo(1, 1);
  expect(histogram.quantileMs(1)).toBe(100);
});

test("nothing measured has no quantile, and time that went back counts as none", () => {
  const histogram = new LatencyHistogram();
  expect(histogram.quantileMs(0.5)).toBeUndefined();
  histogram.add(-5);
  expect(histogram.quantileMs(0.5)).toBe(0);
});

test("histograms of two processes add up to that of one", () => {
  const [one, first, second] = [new LatencyHistogram(), new LatencyHistogram(), new LatencyHistogram()];
  for (let i = 1; i <= 1000; i++) {
    one.add(i * 37);
    (i % 3 === 0 ? first : second).add(i * 37);
  }
  const sum = new LatencyHistogram();
  sum.addAll(first.toEntries());
  sum.addAll(second.toEntries());
  expect(sum.count).toBe(1000);
  expect(sum.toEntries()).toEqual(one.toEntries());
  expect(sum.quantileMs(0.9)).toBe(one.quantileMs(0.9));
});
