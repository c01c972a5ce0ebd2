import { describe, expect, test } from "vitest";
import { UsageError, parseArguments } from "../src/command/arguments.ts";

const url = "rtmp://127.0.0.1/live/stream0";
const parse = (line: string): unknown => parseArguments(line.split(" ").map((word) => (word === "URL" ? url : word)));
const plainPush = { kind: "push", url, isFast: false, rounds: 1, frameRate: undefined };

describe("a command line that can be done", () => {
  test.each([
    ["push a.flv URL", { ...plainPush, files: ["a.flv"] }],
    ["push a.h264 b.aac URL", { ...plainPush, files: ["a.h264", "b.aac"] }],
    ["push b.aac a.264 URL", { ...plainPush, files: ["b.aac", "a.264"] }],
    ["push --fast a.flv URL", { ...plainPush, files: ["a.flv"], isFast: true }],
    ["push a.h264 URL --fps 29.97", { ...plainPush, files: ["a.h264"], frameRate: 29.97 }],
    ["push --loop a.flv URL", { ...plainPush, files: ["a.flv"], rounds: Infinity }],
    ["push a.flv URL --loop", { ...plainPush, files: ["a.flv"], rounds: Infinity }],
    ["push --loop 3 a.flv URL", { ...plainPush, files: ["a.flv"], rounds: 3 }],
    ["push --loop=3 a.flv URL", { ...plainPush, files: ["a.flv"], rounds: 3 }],
    ["pull URL out.flv", { kind: "pull", url, file: "out.flv", durationMs: Infinity }],
    ["pull URL - --duration 1.5", { kind: "pull", url, file: "-", durationMs: 1500 }],
    ["--help", { kind: "help" }],
    ["-h", { kind: "help" }],
    ["push -h", { kind: "help" }],
    ["pull --help", { kind: "help" }],
    ["--version", { kind: "version" }],
    ["-v", { kind: "version" }],
  ])("%s", (line, invocation) => {
    expect(parse(line)).toEqual(invocation);
  });
});

describe("a command line that cannot be done", () => {
  test.each([
    ["fetch a b", "no such command: fetch"],
    ["--fast", "--fast"],
    ["push a.flv", "push needs a FILE and a URL"],
    ["push a.h264 b.aac c.aac URL", "push takes one file"],
    ["push a.h264 b.h264 URL", "one .h264 and one .aac"],
    ["push a.flv b.aac URL", "one .h264 and one .aac"],
    ["push a.flv http://127.0.0.1/live/x", "not an RTMP URL"],
    ["push a.flv rtmp://127.0.0.1/live", "an application and a stream"],
    ["push --loop 0 a.flv URL", "--loop must be a whole number above 0"],
    ["push --fps fast a.flv URL", '--fps must be a number above 0, got "fast"'],
    ["push --duration 1 a.flv URL", "--duration"],
    ["pull URL", "pull needs a URL and a FILE"],
    ["pull URL a b", "pull needs a URL and a FILE"],
    ["pull --duration -1 URL a", "--duration"],
    ["pull --duration 0 URL a", "--duration must be a number above 0"],
  ])("%s is refused with a word why", (line, why) => {
    expect(() => parse(line)).toThrow(UsageError);
    expect(() => parse(line)).toThrow(why);
  });

  test("no words at all are refused", () => {
    expect(() => parseArguments([])).toThrow(UsageError);
  });
});
