import { defineConfig } from "vitest/config";

/** Tests read sibling packages from their TypeScript sources: no build is needed to test. */
export default defineConfig({
  root: process.cwd(),
  resolve: { conditions: ["@rtmp/source", "node", "import", "module", "default"] },
  ssr: {
    resolve: {
      conditions: ["@rtmp/source", "node", "import", "module", "default"],
      externalConditions: ["@rtmp/source"],
    },
  },
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 20_000,
    passWithNoTests: false,
    benchmark: { include: ["bench/**/*.bench.ts"] },
  },
});
