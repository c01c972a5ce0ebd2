import { describe, expect, test } from "vitest";
import { exportsOf, firstParagraph, publicMembers } from "./exported-symbols.ts";
import { entriesOf, packageNamed, packageNames } from "./workspace.ts";

describe.for(packageNames())("%s", (name) => {
  const exported = entriesOf(packageNamed(name)).flatMap(exportsOf);

  test("everything exported has a doc comment that begins with a full sentence", () => {
    expect(exported.length).toBeGreaterThan(0);
    const unexplained = exported.filter(({ symbol }) => !/^[^a-z].*[.:?]$/s.test(firstParagraph(symbol)));
    expect(unexplained.map((found) => found.name)).toEqual([]);
  });

  test("every method and accessor of an exported class has a doc comment", () => {
    const unexplained = exported.flatMap((found) =>
      publicMembers(found.symbol)
        .filter((member) => firstParagraph(member) === "")
        .map((member) => `${found.name}.${member.name}`),
    );
    expect(unexplained).toEqual([]);
  });
});
