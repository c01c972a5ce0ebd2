import { expect, test } from "vitest";
import { addTimestamp, timestampDistance } from "../src/index.ts";

test.each([
  [0, 40, 40],
  [0xffffffff, 1, 0],
  [0xfffffff0, 0x20, 0x10],
  [5, 0xffffffff, 4],
  [10, -20, 0xfffffff6],
])("%i and %i make %i", (timestamp, delta, sum) => {
  expect(addTimestamp(timestamp, delta)).toBe(sum);
});

test.each([
  [1000, 1040, 40],
  [1040, 1000, -40],
  [0xfffffff0, 0x10, 0x20],
  [0x10, 0xfffffff0, -0x20],
  [0, 0x7fffffff, 0x7fffffff],
  [0, 0x80000000, -0x80000000],
])("from %i to %i it is %i", (from, to, distance) => {
  expect(timestampDistance(from, to)).toBe(distance);
});
