import { existsSync } from "node:fs";
import { defineConfig, type Options } from "tsup";

/** One build for every project: the entries are the sources that the project's `exports` and `bin` name. */
const entries = ["src/index.ts", "src/testing.ts", "src/main.ts", "src/cli.ts"].filter((file) => existsSync(file));
const isLibrary = existsSync("src/index.ts");

const options: Options = {
  entry: entries,
  format: isLibrary ? ["esm", "cjs"] : ["esm"],
  target: "node20",
  platform: "node",
  splitting: true,
  sourcemap: true,
  clean: true,
  outDir: "dist",
  dts: isLibrary ? { compilerOptions: { composite: false, isolatedDeclarations: false } } : false,
};

export default defineConfig(options);
