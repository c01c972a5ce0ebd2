import { describe, expect, test } from "vitest";
import { withSection } from "../src/readme.ts";
import { markdown, threeDigits } from "../src/table.ts";

const bench = { name: "read: x", byteCount: 1000, messageCount: 10, contenders: [], verify: () => undefined };

test("a table shows MB/s, ns a message and the time beside ours, and names those left out under it", () => {
  const outcomes = [
    { contender: "ours", nsPerRun: 10_000 },
    { contender: "theirs 1.0", nsPerRun: 25_000 },
    { contender: "broken 2", nsPerRun: undefined, fault: "reads\nnothing." },
  ];
  expect(markdown([{ bench, outcomes }]).split("\n")).toEqual([
    "| read: x    | MB/s | ns a message | time, ours = 1 |",
    "| ---------- | ---: | -----------: | -------------: |",
    "| ours       |  100 |         1000 |           1.00 |",
    "| theirs 1.0 | 40.0 |         2500 |           2.50 |",
    "",
    "broken 2 is left out: reads nothing.",
  ]);
});

test("figures have three digits", () => {
  expect([0.1234, 1.236, 12.36, 123.6, 1236, 12_360].map(threeDigits)).toEqual([
    ...["0.12", "1.24", "12.4", "124", "1240", "12400"],
  ]);
});

describe("the section of a README", () => {
  const marks = ["<!-- bench:start -->", "<!-- bench:end -->"] as const;

  test("replaces what stands between the marks, and nothing else", () => {
    const empty = `# x\n\n## Speed\n\n${marks.join("")}\n\n## More\n`;
    const once = withSection(empty, "first");
    expect(once).toBe(`# x\n\n## Speed\n\n${marks[0]}\n\nfirst\n\n${marks[1]}\n\n## More\n`);
    expect(withSection(once, "second")).toBe(once.replace("first", "second"));
  });

  test("is refused by a README without marks", () => {
    expect(() => withSection("# x\n", "first")).toThrow("bench:start");
    expect(() => withSection(`# x\n${marks[0]}\n`, "first")).toThrow("bench:end");
  });
});
