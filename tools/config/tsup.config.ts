import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { defineConfig, type Options } from "tsup";

/** One build for every project: the entries are the sources that the project's `exports` and `bin` name. */
const libraries = ["src/index.ts", "src/testing.ts"].filter((file) => existsSync(file));
/** What a library starts as a process of its own; nobody imports it. */
const processes = ["src/loop-entry.ts"].filter((file) => existsSync(file));
const programs = ["src/main.ts", "src/cli.ts"].filter((file) => existsSync(file));
const isLibrary = libraries.length > 0;

const options: Options = {
  entry: [...libraries, ...processes, ...programs],
  format: isLibrary ? ["esm", "cjs"] : ["esm"],
  target: "node20",
  platform: "node",
  splitting: true,
  shims: processes.length > 0, // where a module lies is asked in CommonJS too
  sourcemap: true,
  clean: true,
  outDir: "dist",
  dts: isLibrary ? { entry: libraries, compilerOptions: { composite: false, isolatedDeclarations: false } } : false,
  // A program is run, never required: beside a library it shares the ES module's chunks and has no second form.
  onSuccess: async () => {
    for (const program of isLibrary ? programs : []) {
      const built = program.replace("src/", "dist/").replace(".ts", ".cjs");
      await Promise.all([rm(built), rm(`${built}.map`)]);
    }
  },
};

export default defineConfig(options);
