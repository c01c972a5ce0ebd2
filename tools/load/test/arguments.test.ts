import { describe, expect, test } from "vitest";
import { parseArguments, UsageError } from "../src/arguments.ts";
import type { LoadPlan } from "../src/plan.ts";

function plan(line: string, ...more: readonly string[]): LoadPlan {
  const parsed = parseArguments([...line.split(" ").filter((word) => word !== ""), ...more]);
  if (parsed === "help") throw new Error("help");
  return parsed;
}

function complaint(line: string, ...more: readonly string[]): string {
  try {
    plan(line, ...more);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return "";
}

test("without a word, a hundred viewers watch one stream of our server", () => {
  expect(plan("")).toMatchObject({
    scenario: "pull",
    sizes: [100],
    streams: 1,
    seconds: 10,
    rate: 1000,
    rounds: 1,
    isVerifying: false,
    media: { kind: "synthetic", bitsPerSecond: 206_000 },
    targets: [{ kind: "ours", name: "@rtmp/server", args: [] }],
  });
});

test("figures come in lists, in kilobits and in fractions of seconds", () => {
  const parsed = plan("--scenario pair --n 10,200 --seconds 2.5 --bitrate 6000k --settle 0.5 --check 3 --verify");
  expect(parsed).toMatchObject({ scenario: "pair", sizes: [10, 200], seconds: 2.5, settleSeconds: 0.5 });
  expect(parsed).toMatchObject({ media: { bitsPerSecond: 6_000_000 }, checkedViewers: 3, isVerifying: true });
  expect(plan("--bitrate 1.5M").media).toMatchObject({ bitsPerSecond: 1_500_000 });
});

describe("servers", () => {
  test("our server gets the options behind the word and those for all", () => {
    const { targets } = plan(
      "",
      "--server-args",
      "--loops 2",
      "--server",
      "ours",
      "--server",
      "ours --max-flush-delay-ms 5",
    );
    expect(targets).toEqual([
      { kind: "ours", name: "@rtmp/server --loops 2", args: ["--loops", "2"] },
      {
        kind: "ours",
        name: "@rtmp/server --loops 2 --max-flush-delay-ms 5",
        args: ["--loops", "2", "--max-flush-delay-ms", "5"],
      },
    ]);
  });

  test("a name and a port belong to the server before them", () => {
    const { targets } = plan(
      "",
      "--server",
      "nginx -c a.conf",
      "--port",
      "1936",
      "--server",
      "/opt/srs/srs -c b",
      "--name",
      "SRS",
    );
    expect(targets).toEqual([
      { kind: "command", name: "nginx", command: "nginx -c a.conf", port: 1936 },
      { kind: "command", name: "SRS", command: "/opt/srs/srs -c b", port: 1935 },
    ]);
  });

  test("a name before every server belongs to the first", () => {
    expect(plan("--name mine").targets).toEqual([{ kind: "ours", name: "mine", args: [] }]);
  });

  test("peers go by their names", () => {
    expect(plan("--peer nginx --peer node-media-server").targets.map(({ name }) => name)).toEqual([
      "nginx",
      "node-media-server",
    ]);
    expect(complaint("--peer apache")).toContain("nginx, node-media-server");
  });

  test("one that runs already is known by its URL, on this machine only unless it is said", () => {
    for (const host of ["127.0.0.1", "127.3.2.1", "localhost", "[::1]"]) {
      expect(plan(`--url rtmp://${host}:1999/app`).targets).toMatchObject([
        { kind: "running", port: 1999, app: "app" },
      ]);
    }
    for (const host of ["192.0.2.1", "example.com", "[2001:db8::1]", "127.example.com"]) {
      expect(complaint(`--url rtmp://${host}/live`)).toContain("--allow-remote");
      expect(plan(`--url rtmp://${host}/live --allow-remote`).targets).toMatchObject([{ kind: "running", port: 1935 }]);
    }
    expect(complaint("--url rtmp://127.0.0.1/live/stream")).toContain("without a stream");
    expect(complaint("--url http://127.0.0.1/live")).toContain("not an RTMP URL");
  });
});

test.for([
  ["--scenario fan", "push, pull or pair"],
  ["--n 0", "--n is a number from 1 on"],
  ["--n 10,", "--n is a number"],
  ["--n 1.5", "whole number"],
  ["--seconds soon", "--seconds is a number"],
  ["--bitrate 10", "--bitrate is from 60k to 40M"],
  ["--file a.flv --bitrate 300k", "one of them"],
  ["--port 1935", "--port goes with"],
  ["--colour red", "--colour"],
  ["now", "now"],
] as const)("%s is refused with a word that helps", ([line, word]) => {
  expect(complaint(line)).toContain(word);
});

test("help is asked for by either name", () => {
  expect(parseArguments(["--help"])).toBe("help");
  expect(parseArguments(["-h", "--n", "none"])).toBe("help");
});
