import { describe, expect, test } from "vitest";
import type ts from "typescript";
import { checker, exportsOf } from "./exported-symbols.ts";
import { entriesOf, packageNamed, packageNames, read } from "./workspace.ts";

const sections = [
  "Install",
  "The smallest useful program",
  "API",
  "Limits and defaults",
  "Errors",
  "What it does not do",
  "Specification",
  "Speed",
];

/** The text under a heading of the second level. */
function section(readme: string, heading: string): string {
  const after = readme.split(`\n## ${heading}\n`)[1] ?? "";
  return after.split("\n## ")[0] ?? "";
}

/** The words of the unions of error codes that a package exports. */
function errorCodes(name: string): readonly string[] {
  return entriesOf(packageNamed(name))
    .flatMap(exportsOf)
    .filter((found) => found.name.endsWith("ErrorCode"))
    .flatMap(({ symbol }) => {
      const type = checker.getDeclaredTypeOfSymbol(symbol);
      return type.isUnion() ? type.types : [type];
    })
    .map((type) => (type as ts.StringLiteralType).value);
}

test("five packages of the protocol have error codes of their own", () => {
  const coded = packageNames().filter((name) => errorCodes(name).length > 0);
  expect(coded).toEqual(
    expect.arrayContaining(["@rtmp/amf0", "@rtmp/chunk", "@rtmp/flv-tags", "@rtmp/handshake", "@rtmp/session"]),
  );
});

describe.for(packageNames())("the README of %s", (name) => {
  const readme = read(`${packageNamed(name).folder}/README.md`);

  test("begins with the name and a sentence", () => {
    expect(readme).toMatch(new RegExp(`^# ${name}\n\n[A-Z][^\n]*[.:](?:\n|$)`));
  });

  test("has the sections of every package in their order", () => {
    const headings = [...readme.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading ?? "");
    expect(headings.filter((heading) => sections.includes(heading))).toEqual(sections);
  });

  test("says how to install it", () => {
    expect(section(readme, "Install")).toContain(`npm install ${name}\n`);
  });

  test("names everything exported as a value, pairs of parse and encode by what they share", () => {
    const values = entriesOf(packageNamed(name))
      .flatMap(exportsOf)
      .filter((found) => found.isValue)
      .map((found) => found.name);
    const isNamed = (word: string): boolean =>
      new RegExp(`\\b(?:${word}|${word.replace(/^(?:parse|encode)/, "")})\\b`).test(readme);
    expect(values.filter((word) => !isNamed(word))).toEqual([]);
  });

  test("lists exactly the error codes that there are", () => {
    const rows = section(readme, "Errors").matchAll(/^\| `([A-Z][A-Z0-9_]+)` +\|/gm);
    expect([...rows].map(([, code]) => code).sort()).toEqual([...errorCodes(name)].sort());
  });

  test("has one place for measurements, under Speed", () => {
    expect(section(readme, "Speed")).toMatch(/^\n(?:.*\n)*?<!-- bench:start -->(?:.*\n)*?.*<!-- bench:end -->/);
    expect(readme.match(/<!-- bench:(?:start|end) -->/g)).toHaveLength(2);
  });
});
