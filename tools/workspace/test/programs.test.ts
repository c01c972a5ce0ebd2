import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import { files, importedPackages, read } from "./workspace.ts";
import type { Manifest } from "./workspace.ts";

const manifestOf = (folder: string): Manifest => JSON.parse(read(`${folder}/package.json`)) as Manifest;
const kit = manifestOf("apps/kit");
const programs = files("apps/*/src/main.ts").map((path) => dirname(dirname(path)));

/** What browsers are sent, and what bundles it: none of it runs in the program. */
const ofThePage = /\/src\/page(?:-bundle)?\//;

test("there are the server and the bridge", () => {
  expect(programs).toEqual(["apps/android-push-bridge", "apps/server"]);
});

describe.for(programs)("%s", (folder) => {
  const needed = manifestOf(folder).dependencies ?? {};

  test("needs at run time exactly what its sources import, and what the kit imports that is built into it", () => {
    const sources = files(`${folder}/src/**/*.ts`).filter((path) => !ofThePage.test(path));
    const imported = new Set(sources.flatMap(importedPackages));
    expect(imported).toContain(kit.name);
    imported.delete(kit.name);
    for (const name of Object.keys(kit.dependencies ?? {})) imported.add(name);
    expect(Object.keys(needed).sort()).toEqual([...imported].sort());
  });

  test("has what it shares with the kit in the kit's version", () => {
    for (const [name, version] of Object.entries({ ...kit.devDependencies, ...kit.dependencies })) {
      expect(needed[name], name).toBe(version);
    }
  });
});
