import { expect, test } from "vitest";
import { acceptTable, perAccept } from "../src/accept/accept-table.ts";

test("an accept costs what each process has used meanwhile, divided by the accepts", () => {
  expect(perAccept(1000, 2, [5000, 100], [25_000, 40_100])).toEqual({ perSecond: 500, micros: [20, 40] });
});

test("what a process used before it was replaced is not lost silently", () => {
  expect(() => perAccept(1000, 2, [5000, 100, 100], [25_000, 40_100])).toThrow("died");
});

test("a row has the median of each figure by itself, and the first process apart from its loops", () => {
  const rounds = new Map([
    [0, [{ perSecond: 30_000, micros: [30] }]],
    [
      2,
      [
        { perSecond: 9000, micros: [40, 30, 31] },
        { perSecond: 11_000, micros: [38, 33, 33] },
        { perSecond: 10_000, micros: [42, 32, 35] },
      ],
    ],
  ]);
  expect(acceptTable(rounds).split("\n").slice(2)).toEqual([
    "| 0     |     30000 |                30.0 |          30.0 |           – |",
    "| 2     |     10000 |                 104 |          40.0 | 32.0 + 33.0 |",
  ]);
});
