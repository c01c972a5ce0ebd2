import { join } from "node:path";
import { expect, test } from "vitest";
import { files, importsOf, read } from "./workspace.ts";

const folder = "apps/android-push-bridge/src";
const paths = files(`${folder}/**/*.ts`);
const sources = paths.map(read).join("\n");
const protocol = read("docs/bridge-protocol.md");
const readme = read("apps/android-push-bridge/README.md");

/** The words of one of the sources' unions of string literals. */
function unionOf(name: string): readonly string[] {
  const [, union = ""] = new RegExp(`export type ${name} =([^;]+);`).exec(sources) ?? [];
  return [...union.matchAll(/"([A-Z_]+)"/g)].map(([, word]) => word ?? "").sort();
}

/** The words that stand alone in the first cell of a table's row. */
function rowsOf(markdown: string, prefix: string): readonly string[] {
  return [...markdown.matchAll(/^\| `([A-Z_]+)` +\|/gm)]
    .map(([, word]) => word ?? "")
    .filter((word) => word.startsWith(prefix))
    .sort();
}

test("every code with which the bridge ends a connection stands in the protocol and in the README", () => {
  const codes = unionOf("RefusalCode");
  expect(codes.length).toBeGreaterThan(5);
  expect(rowsOf(protocol, "BRIDGE_")).toEqual(codes);
  expect(rowsOf(readme, "BRIDGE_")).toEqual(codes);
});

test("every code of a phone on a cable stands in the page about phones", () => {
  const phones = read("docs/phones.md");
  for (const [union, prefix] of [
    ["AdbErrorCode", "ADB_"],
    ["ScrcpyErrorCode", "SCRCPY_"],
  ] as const) {
    const codes = unionOf(union);
    expect(codes.length).toBeGreaterThan(5);
    expect(rowsOf(phones, prefix)).toEqual(codes);
  }
});

test("no code is given that nobody can get", () => {
  const codes = [...unionOf("RefusalCode"), ...unionOf("AdbErrorCode"), ...unionOf("ScrcpyErrorCode")];
  const uses = (code: string): number => sources.split(`"${code}"`).length - 1;
  expect(codes.filter((code) => uses(code) < 2)).toEqual([]);
});

test("the kinds and flags of the protocol's tables are those of the code", () => {
  const [, kinds = ""] = /export const FrameKind = \{([^}]+)\}/.exec(sources) ?? [];
  const coded = [...kinds.matchAll(/(\w+): (0x[0-9a-f]+)/g)].map(([, name, kind]) => `${kind} ${name}`);
  const listed = [...protocol.matchAll(/^\| (0x[0-9a-f]{2}) \| (\w+) +\|/gm)].map(
    ([, kind, name]) => `${kind} ${name}`,
  );
  expect(coded.length).toBeGreaterThan(8);
  expect(listed).toEqual(coded);
  const [, flags = ""] = /export const FrameFlag = \{([^}]+)\}/.exec(sources) ?? [];
  const sentence = [...flags.matchAll(/(\w+): (0x[0-9a-f]+)/g)].map(([, name, bit]) => `${name} (?:is )?${bit}`);
  expect(protocol).toMatch(new RegExp(`^Flags: ${sentence.join(", ")}\\.$`, "m"));
});

test("the protocol lists what a Report may say", () => {
  const [, report = ""] = /export interface Report \{([^}]+)\}/.exec(sources) ?? [];
  const fields = [...report.matchAll(/readonly (\w+)\?: (number|boolean)/g)].map(([, name, type]) => `${name} ${type}`);
  const listed = [...protocol.matchAll(/^\| `(\w+)` +\| (number|boolean) +\|/gm)].map(
    ([, name, type]) => `${name} ${type}`,
  );
  expect(fields.length).toBeGreaterThan(5);
  expect(listed).toEqual(fields);
});

test("the phone's page and the program have nothing in common but protocol and clock, which need neither Node nor a browser", () => {
  const roomOf = (path: string): string => /src\/(page|protocol|clock)\//.exec(path)?.[1] ?? "program";
  const arrows = paths.flatMap((path) =>
    importsOf(path)
      .filter((module) => module.startsWith("."))
      .map((module) => `${roomOf(path)} → ${roomOf(join(path, "..", module))}`),
  );
  const within = /^(\w+) → \1$/;
  const between = new Set(arrows.filter((arrow) => !within.test(arrow)));
  expect([...between].sort()).toEqual(["page → clock", "page → protocol", "program → clock", "program → protocol"]);
  const shared = paths.filter((path) => /^(?:protocol|clock)$/.test(roomOf(path)));
  expect(shared.flatMap(importsOf).filter((module) => !module.startsWith("."))).toEqual([]);
});
