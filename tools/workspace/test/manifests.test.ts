import { describe, expect, test } from "vitest";
import { entriesOf, files, importedPackages, packageNamed, packageNames, packages, read } from "./workspace.ts";

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
    const imported = files(`${folder}/src/**/*.ts`).flatMap(importedPackages);
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
