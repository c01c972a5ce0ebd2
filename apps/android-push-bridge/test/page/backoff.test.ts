import { expect, test } from "vitest";
import { Backoff } from "../../src/page/backoff.ts";

test("waits double from a quarter of a second to four seconds", () => {
  const backoff = new Backoff(() => 0);
  const waits = Array.from({ length: 7 }, () => backoff.next());
  expect(waits).toEqual([250, 500, 1000, 2000, 4000, 4000, 4000]);
});

test("chance shortens a wait by a third at most", () => {
  const backoff = new Backoff(() => 0.999_999);
  expect(backoff.next()).toBe(167);
  expect(backoff.next()).toBe(333);
});

test("a good connection makes the next wait short again", () => {
  const backoff = new Backoff(() => 0);
  for (let count = 0; count < 5; count += 1) backoff.next();
  backoff.reset();
  expect(backoff.next()).toBe(250);
});
