import { expect, test } from "vitest";
import { measure, median } from "../src/measure.ts";
import type { BenchCase, Contender } from "../src/measure.ts";

const options = { rounds: 3, roundMs: 2 };

function bench(...contenders: readonly Contender[]): BenchCase {
  const verify = (result: unknown): void => {
    if (result !== 42) throw new Error(`says ${String(result)}`);
  };
  return { name: "the answer", byteCount: 100, messageCount: 1, contenders, verify };
}

function computeFor(ms: number): void {
  const begin = performance.now();
  while (performance.now() - begin < ms);
}

test("who reads wrong or throws is named with what it did, and not measured", () => {
  const fail = (): never => {
    throw new TypeError("no idea");
  };
  const { outcomes } = measure(
    bench({ name: "ours", run: () => 42 }, { name: "wrong", run: () => 41 }, { name: "throws", run: fail }),
    options,
  );
  expect(outcomes.map(({ contender, fault }) => [contender, fault])).toEqual([
    ["ours", undefined],
    ["wrong", "says 41"],
    ["throws", "no idea"],
  ]);
  expect(outcomes.map(({ nsPerRun }) => nsPerRun !== undefined)).toEqual([true, false, false]);
});

test("the contenders take turns, round by round", () => {
  const turns: string[] = [];
  const contender = (name: string): Contender => ({
    name,
    run: () => {
      turns.push(name);
      computeFor(3);
      return 42;
    },
  });
  measure(bench(contender("a"), contender("b")), options);
  expect(turns.slice(-6)).toEqual(["a", "b", "a", "b", "a", "b"]);
});

test("who takes ten times as long is seen to take longer", () => {
  const slow = (ms: number) => (): number => {
    computeFor(ms);
    return 42;
  };
  const { outcomes } = measure(bench({ name: "fast", run: slow(0.1) }, { name: "slow", run: slow(1) }), options);
  expect(outcomes[1]!.nsPerRun! / outcomes[0]!.nsPerRun!).toBeGreaterThan(3);
});

test("one round that was disturbed does not move the median", () => {
  expect(median([5, 1000, 6])).toBe(6);
  expect(median([4, 1, 3, 2])).toBe(2.5);
});
