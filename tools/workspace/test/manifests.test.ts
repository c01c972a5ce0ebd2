import ts from "typescript";
import { describe, expect, test } from "vitest";
import { entriesOf, files, packageNamed, packageNames, packages, read } from "./workspace.ts";

/** The modules that a source file imports or exports from. */
function importsOf(path: string): readonly string[] {
  return ts.preProcessFile(read(path)).importedFiles.map(({ fileName }) => fileName);
}

/** The package a module name belongs to: "@rtmp/reactor" of "@rtmp/reactor/testing". */
function packageOf(module: string): string {
  return module.split("/", module.startsWith("@") ? 2 : 1).join("/");
}

describe.for(packageNames())("%s", (name) => {
  const { folder, manifest } = packageNamed(name);

  test("needs nothing at run time but packages of this workspace, in versions that fit it", () => {
    const needed = { ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.optionalDependencies };
    const versions = Object.keys(needed).map((sibling) => [sibling, packages.get(sibling)?.manifest.version]);
    for (const [sibling, version] of versions) {
      expect(version, sibling).toBeDefined();
      const [major = "", minor = ""] = version?.split(".") ?? [];
      const compatible = major === "0" ? `^${major}.${minor}.` : `^${major}.`;
      expect(needed[sibling ?? ""], sibling).toSatisfy((range: string) => range.startsWith(compatible));
    }
  });

  test("names as dependencies exactly the packages that its sources import", () => {
    const imported = files(`${folder}/src/**/*.ts`)
      .flatMap(importsOf)
      .filter((module) => !module.startsWith(".") && !module.startsWith("node:"))
      .map(packageOf);
    expect([...new Set(imported)].sort()).toEqual(Object.keys(manifest.dependencies ?? {}).sort());
  });

  test("has an entry for each of its exports, and index.ts only re-exports", () => {
    const entries = entriesOf({ folder, manifest });
    expect(entries).toContain(`${folder}/src/index.ts`);
    const other = read(`${folder}/src/index.ts`).replaceAll(
      /^export (?:type )?\{[^}]*\} from "[^"]+";\n|^\/\/.*\n|^\/\*\*.*\*\/\n|^\n/gm,
      "",
    );
    expect(other).toBe("");
  });

  test("lies there with README and the workspace's licence", () => {
    expect(files(`${folder}/README.md`)).toHaveLength(1);
    expect(read(`${folder}/LICENSE`)).toBe(read("LICENSE"));
  });
});
