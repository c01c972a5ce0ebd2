import { defineConfig, mergeConfig } from "vitest/config";
import shared from "./vitest.config.ts";

/** What is true of a server is true with loops: the tests of the whole server run once with none and once with two. */
export default mergeConfig(
  shared,
  defineConfig({
    test: {
      projects: [
        { extends: true, test: { name: "no loops", env: { TEST_LOOPS: "0" } } },
        {
          extends: true,
          test: {
            name: "2 loops",
            env: { TEST_LOOPS: "2" },
            exclude: ["test/*.test.ts"],
          },
        },
      ],
    },
  }),
);
