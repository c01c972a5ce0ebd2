import { describe, expect, test } from "vitest";
import { files, packageNamed, packageNames, read } from "./workspace.ts";

/** Words with which a package reaches for the world. */
const worldly =
  /\bnode:(?!crypto\b)[a-z_/]+|\bset(?:Timeout|Interval|Immediate)\b|\bqueueMicrotask\b|\bDate\.now\b|\bnew Date\(\)|\bperformance\b|\bMath\.random\b|\bprocess\.|\bBuffer[.(]|\bconsole\./g;

describe.for(packageNames("io:none"))("%s is without I/O", (name) => {
  const sources = files(`${packageNamed(name).folder}/src/**/*.ts`);

  test("its sources mention no socket, file, clock, timer, randomness or process", () => {
    expect(sources.length).toBeGreaterThan(0);
    const mentions = sources.flatMap((path) => [...read(path).matchAll(worldly)].map(([word]) => `${path}: ${word}`));
    expect(mentions).toEqual([]);
  });

  test("it uses node:crypto only if it is the handshake", () => {
    const users = sources.filter((path) => read(path).includes("node:crypto"));
    expect(users.every((path) => path.startsWith("packages/handshake/"))).toBe(true);
  });
});

test("amf0, chunk, flv-tags, handshake and session are the packages without I/O", () => {
  expect([...packageNames("io:none")].sort()).toEqual([
    "@rtmp/amf0",
    "@rtmp/chunk",
    "@rtmp/flv-tags",
    "@rtmp/handshake",
    "@rtmp/session",
  ]);
});
