import { basename } from "node:path";
import { expect, test } from "vitest";
import { files, read } from "./workspace.ts";

const sources = files("{packages,apps,tools,examples}/**/*.ts");

test("no file has a name that says nothing", () => {
  const empty = /^(?:utils?|helpers?|common|misc|types)\b/;
  expect(sources.length).toBeGreaterThan(100);
  expect(sources.filter((path) => empty.test(basename(path)))).toEqual([]);
});

test("files are kebab-case", () => {
  const kebab = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.(?:test|bench|config))?\.ts$/;
  expect(sources.filter((path) => !kebab.test(basename(path)))).toEqual([]);
});

test("no file has more than 400 lines", () => {
  const lines = sources.map((path) => [path, read(path).split("\n").length - 1] as const);
  expect(lines.filter(([, count]) => count > 400)).toEqual([]);
});

test("no file switches a check off", () => {
  const switches = /@ts-(?:ignore|nocheck)|eslint-disable|prettier-ignore/;
  const here = "tools/workspace/test/files.test.ts";
  expect(sources.filter((path) => path !== here && switches.test(read(path)))).toEqual([]);
});

test("tests lie in test folders only", () => {
  expect(sources.filter((path) => path.endsWith(".test.ts") && !path.includes("/test/"))).toEqual([]);
});
