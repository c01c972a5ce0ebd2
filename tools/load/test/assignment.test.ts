import { describe, expect, test } from "vitest";
import { assign, chooseProcessCount, connectionCount, OTHER_DESCRIPTORS } from "../src/assignment.ts";
import { LoadError } from "../src/load-error.ts";
import { castOf } from "../src/plan.ts";
import { checkLimits, serverLimitWarning, systemLimits } from "../src/system-limits.ts";

const pull = (viewers: number): { publishers: number; viewers: number; streams: number } =>
  castOf({ scenario: "pull", streams: 1 }, viewers);

describe("connections are dealt to processes", () => {
  test.for([1, 2, 3, 5, 8])("%d processes take every publisher and every viewer once", (count) => {
    for (const cast of [
      pull(1001),
      castOf({ scenario: "pair", streams: 1 }, 77),
      castOf({ scenario: "push", streams: 1 }, 9),
    ]) {
      const shares = assign(cast, count);
      expect(shares).toHaveLength(count);
      for (const role of ["publishers", "viewers"] as const) {
        const numbers = shares.flatMap((share) => {
          const { from, to } = share[role];
          return Array.from({ length: to - from }, (_, i) => from + i);
        });
        expect(numbers).toEqual(Array.from({ length: cast[role] }, (_, i) => i));
      }
    }
  });

  test("publishers do not share a process with viewers unless there is only one", () => {
    const mixed = assign(castOf({ scenario: "pair", streams: 1 }, 50), 4).filter(
      ({ publishers, viewers }) => publishers.to > publishers.from && viewers.to > viewers.from,
    );
    expect(mixed).toEqual([]);
  });
});

describe("the number of processes", () => {
  test("is two on two cores, and more where there are cores and load for them", () => {
    expect(chooseProcessCount(pull(3000), 2, 20_000)).toBe(2);
    expect(chooseProcessCount(pull(10_000), 8, 20_000)).toBe(5);
    expect(chooseProcessCount(pull(100), 64, 20_000)).toBe(2);
    expect(chooseProcessCount(castOf({ scenario: "push", streams: 1 }, 10), 8, 20_000)).toBe(1);
  });

  test("grows until every process can open its connections", () => {
    const limits = { descriptors: 1100, localPorts: 60_000 };
    for (const cast of [pull(5000), castOf({ scenario: "pair", streams: 1 }, 2500)]) {
      const shares = assign(cast, chooseProcessCount(cast, 2, limits.descriptors));
      expect(Math.max(...shares.map(connectionCount)) + OTHER_DESCRIPTORS).toBeLessThanOrEqual(1100);
      expect(() => checkLimits(shares, limits)).not.toThrow();
    }
  });
});

describe("what the system does not allow is said before anything starts", () => {
  const shares = assign(pull(2000), 2);

  test("too few descriptors for a generator process", () => {
    expect(() => checkLimits(shares, { descriptors: 1024, localPorts: Infinity })).toThrow(LoadError);
    expect(() => checkLimits(shares, { descriptors: 1024, localPorts: Infinity })).toThrow("--processes");
  });

  test("too few local ports", () => {
    expect(() => checkLimits(shares, { descriptors: Infinity, localPorts: 1000 })).toThrow("ip_local_port_range");
  });

  test("too few descriptors for a server of one process is a warning: it may have more", () => {
    expect(serverLimitWarning(shares, { descriptors: 2000, localPorts: Infinity })).toContain("2101 descriptors");
    expect(serverLimitWarning(shares, { descriptors: 3000, localPorts: Infinity })).toBeUndefined();
  });

  test("this system says how much it allows", () => {
    const { descriptors, localPorts } = systemLimits();
    expect(descriptors).toBeGreaterThan(OTHER_DESCRIPTORS);
    expect(localPorts).toBeGreaterThan(1000);
  });
});
