import ts from "typescript";
import { describe, expect, test } from "vitest";
import { exportsOf, firstParagraph, publicMembers } from "./exported-symbols.ts";
import { entriesOf, files, packageNamed, packageNames, read } from "./workspace.ts";

const fullSentence = /^[^a-z].*[.:?]$/s;

describe.for(packageNames())("%s", (name) => {
  const exported = entriesOf(packageNamed(name)).flatMap(exportsOf);

  test("everything exported has a doc comment that begins with a full sentence", () => {
    expect(exported.length).toBeGreaterThan(0);
    const unexplained = exported.filter(({ symbol }) => !fullSentence.test(firstParagraph(symbol)));
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

/** The names that a file exports without a doc comment that begins with a full sentence. Re-exports have that of the original. */
function unexplainedIn(path: string): readonly string[] {
  const file = ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest, true);
  const isUnexplained = (statement: ts.Statement): boolean => {
    if (!ts.canHaveModifiers(statement)) return false;
    if (ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) !== true) return false;
    const [comment] = ts.getJSDocCommentsAndTags(statement);
    const text = comment === undefined ? "" : (ts.getTextOfJSDocComment(comment.comment) ?? "");
    return !fullSentence.test(text.split(/\n\s*\n/)[0]?.trim() ?? "");
  };
  return file.statements
    .filter(isUnexplained)
    .map((statement) => `${path}: ${statement.getText().split("\n")[0] ?? ""}`);
}

test("everything that one file of a program gives another has a doc comment, too", () => {
  const sources = files("apps/*/src/**/*.ts");
  expect(sources.length).toBeGreaterThan(100);
  expect(sources.flatMap(unexplainedIn)).toEqual([]);
});
