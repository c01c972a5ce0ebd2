import { describe, expect, test } from "vitest";
import { niceTicks } from "../src/chart.ts";
import { ProgressLine } from "../src/progress-line.ts";
import { markdownReport } from "../src/report.ts";
import { resultChart } from "../src/result-chart.ts";
import { doubtsOf, verdictsOf } from "../src/run-result.ts";
import type { RunResult } from "../src/run-result.ts";
import { resultTable } from "../src/table.ts";

function result(
  server: string,
  n: number,
  round: number,
  cpuUs: number | undefined,
  change: Partial<RunResult> = {},
): RunResult {
  return {
    server,
    serverVersion: "1.2",
    scenario: "pull",
    n,
    streams: 1,
    round,
    startedAt: "2026-01-01T00:00:00.000Z",
    windowSeconds: 10,
    connections: { wanted: n + 1, held: n + 1, failed: 0, lost: 0, acceptedPerSecond: 900 },
    messages: { due: 680 * n, delivered: 680 * n, perSecond: 68 * n, bytes: 1000, sentFraction: 1 },
    latencyMs: { p50: 5, p99: 20 },
    stalledViewers: 0,
    checked: { viewers: 8, checked: 5440, corrupted: 0, lost: 0, duplicated: 0, outOfOrder: 0 },
    use:
      cpuUs === undefined
        ? undefined
        : {
            processes: 1,
            cores: (cpuUs * 68 * n) / 1e6,
            userCores: 0.1,
            systemCores: 0.2,
            cpuUsPerMessage: cpuUs,
            rssBytes: 100 * 1024 * 1024,
            pssBytes: undefined,
          },
    generator: {
      processes: 2,
      cores: 0.3,
      cpuUsPerMessage: 4,
      loopDelayP99Ms: 5,
      sendLagP99Ms: 1,
      isSaturated: false,
    },
    otherCores: 0.05,
    troubles: [],
    ...change,
  };
}

const twoServers = [
  result("ours", 100, 1, 8),
  result("<other> & co", 100, 1, 9),
  result("ours", 100, 2, 6),
  result("<other> & co", 100, 2, 9.5),
  result("ours", 3000, 1, 3),
  result("<other> & co", 3000, 1, undefined),
];

describe("the table", () => {
  const lines = resultTable(twoServers).split("\n");

  test("has a row for each server and n, all of the same width", () => {
    expect(lines).toHaveLength(2 + 4);
    expect(new Set(lines.map(({ length }) => length)).size).toBe(1);
  });

  test("shows the median of the rounds and their range", () => {
    expect(lines[2]).toContain("7.00 (6.00–8.00)");
  });

  test("shows a dash for what was not measured", () => {
    expect(lines.at(-1)).toMatch(/\| +– \| +– \| +– \| +– \|/);
  });

  test("says loudly that a generator was saturated, and what viewers found wrong", () => {
    const faulty = result("ours", 10, 1, 5, {
      generator: { ...twoServers[0]!.generator, isSaturated: true, loopDelayP99Ms: 240 },
      checked: { viewers: 8, checked: 90, corrupted: 0, lost: 3, duplicated: 1, outOfOrder: 0 },
    });
    const table = resultTable([faulty]);
    expect(table).toContain("**saturated: not valid** (0.30 cores, 240 ms late)");
    expect(table).toContain("3 lost, 1 doubled in 90");
  });
});

test("work of others on the machine is a doubt, and shown", () => {
  const disturbed = result("ours", 10, 1, 5, { otherCores: 0.8 });
  expect(resultTable([disturbed])).toContain("others 0.80 cores");
  expect(doubtsOf(disturbed)).toEqual(["others kept 0.80 cores of the machine busy"]);
  expect(doubtsOf(twoServers[0]!)).toEqual([]);
});

test("the report states machine, versions, media, date and command", () => {
  const frame = { command: "npm run bench:live -- --n 100", media: "synthetic", seconds: 10, date: "2026-01-01" };
  const page = markdownReport(twoServers, frame);
  for (const fact of [
    "Node.js v",
    "cores",
    "ours: 1.2",
    "synthetic",
    "2026-01-01",
    "npm run bench:live -- --n 100",
    "2 rounds",
  ]) {
    expect(page).toContain(fact);
  }
});

describe("the chart", () => {
  const svg = resultChart(twoServers, "206 kbit/s");

  test("is well-formed, with every name escaped", () => {
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    expect(svg).toContain("&lt;other&gt; &amp; co");
    const opened = [...svg.matchAll(/<([a-z]+)(?:\s[^<>]*)?(?<!\/)>/g)].map(([, name]) => name).sort();
    const closed = [...svg.matchAll(/<\/([a-z]+)>/g)].map(([, name]) => name).sort();
    expect(closed).toEqual(opened);
  });

  test("has a line for each server in each of two panels", () => {
    expect(svg.match(/<polyline /g)).toHaveLength(4);
    expect(svg).toContain("µs a message");
    expect(svg).toContain(">cores<");
  });

  test("leaves out a point that was not measured and has no number that is none", () => {
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    const lines = [...svg.matchAll(/<polyline points="([^"]*)"/g)].map(([, points]) => points!.split(" ").length);
    expect(lines).toEqual([2, 1, 2, 1]);
  });

  test("leaves out what a saturated generator measured, and says so", () => {
    const generator = { ...twoServers[0]!.generator, isSaturated: true };
    const drawn = resultChart([...twoServers, result("ours", 9000, 1, 1, { generator })], "206 kbit/s");
    expect(drawn).toContain("rounds of a saturated generator are left out");
    expect(/<polyline points="([^"]*)"/.exec(drawn)![1]!.split(" ")).toHaveLength(2);
  });

  test("can be drawn of one n, and of nothing", () => {
    expect(resultChart([twoServers[0]!], "")).not.toContain("NaN");
    expect(resultChart([], "")).not.toContain("NaN");
  });

  test.for([
    [0.93, [0, 0.2, 0.4, 0.6, 0.8, 1]],
    [7, [0, 2, 4, 6, 8]],
    [36.3, [0, 10, 20, 30, 40]],
    [0, [0, 1]],
  ] as const)("an axis up to %d has round steps", ([max, ticks]) => {
    expect(niceTicks(max)).toEqual(ticks);
  });
});

describe("the verdict", () => {
  const failed = (change: Partial<RunResult>): string[] =>
    verdictsOf(result("ours", 10, 1, 5, change)).flatMap(({ isTrue, statement }) => (isTrue ? [] : [statement]));
  const { connections, checked } = twoServers[0]!;

  test("is good where all is well, however late and however saturated", () => {
    const late = { latencyMs: { p50: 900, p99: 5000 }, stalledViewers: 3 };
    const generator = { ...twoServers[0]!.generator, isSaturated: true };
    expect(failed({ ...late, generator, connections: { ...connections, wanted: 11, held: 11 } })).toEqual([]);
  });

  test("tells what was wrong", () => {
    expect(failed({ connections: { ...connections, wanted: 11, held: 10 } })).toEqual([
      "everybody is let in and stays",
    ]);
    expect(failed({ checked: { ...checked, checked: 0 } })).toContain("messages come");
    for (const [key, statement] of [
      ["corrupted", "every message comes as it was sent"],
      ["lost", "no message is lost"],
      ["duplicated", "no message comes twice"],
      ["outOfOrder", "no message comes after a later one"],
    ] as const) {
      expect(failed({ checked: { ...checked, [key]: 1 } })).toContain(statement);
    }
  });
});

test("progress is one line that is written over on a terminal, and few lines elsewhere", () => {
  const status = { phase: "measuring", wanted: 10, busy: 9, lost: 1, frames: 0, elapsedMs: 0 } as const;
  const terminal: string[] = [];
  const plain: string[] = [];
  const lines = [
    new ProgressLine({ isTTY: true, write: (text: string) => terminal.push(text) }, "ours"),
    new ProgressLine({ write: (text: string) => plain.push(text) }, "ours"),
  ];
  for (let elapsedMs = 0; elapsedMs <= 10_000; elapsedMs += 500) {
    for (const line of lines) line.show({ ...status, elapsedMs, frames: elapsedMs });
  }
  expect(terminal).toHaveLength(21);
  expect(terminal.every((text) => text.startsWith("\r") && !text.includes("\n"))).toBe(true);
  expect(plain).toHaveLength(3);
  expect(plain[1]).toContain("9 of 10 connected, 1 lost, 5000 delivered, 1000/s");
});
