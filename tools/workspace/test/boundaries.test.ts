import { ESLint } from "eslint";
import { beforeAll, describe, expect, test } from "vitest";
import { join } from "node:path";
import { nx } from "./nx.ts";
import { root } from "./workspace.ts";

const rule = "@nx/enforce-module-boundaries";

/** What the boundary rule says about `import "<module>"` in a file, without touching the file. */
async function complaints(file: string, module: string): Promise<readonly string[]> {
  const eslint = new ESLint({
    cwd: root,
    ruleFilter: ({ ruleId }) => ruleId === rule,
    overrideConfig: { languageOptions: { parserOptions: { projectService: false } } }, // this rule needs no types
  });
  const [result] = await eslint.lintText(`import "${module}";\n`, { filePath: join(root, file) });
  return result?.messages.map(({ ruleId, message }) => `${ruleId ?? "fault"}: ${message.split("\n")[0] ?? ""}`) ?? [];
}

describe("imports follow the arrows", () => {
  // Without a cached project graph the rule lets everything pass without a word; any nx command leaves one.
  beforeAll(() => nx("show", "projects"), 60_000);

  test.for([
    ["an import of a higher layer", "packages/amf0/src/index.ts", "@rtmp/session"],
    ["an import of a higher layer by path", "packages/chunk/src/index.ts", "../../server/src/index.ts"],
    ["I/O in a package that has none", "packages/chunk/src/index.ts", "@rtmp/reactor"],
    ["an import of the client in the server", "packages/server/src/index.ts", "@rtmp/client"],
    ["an import of the server in the client", "packages/client/src/index.ts", "@rtmp/server"],
    ["an import of an app in a package", "packages/server/src/index.ts", "../../../apps/server/src/main.ts"],
  ] as const)("%s is a lint error", async ([, file, module]) => {
    const found = await complaints(file, module);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(rule);
  });

  test.for([
    ["session reads chunks", "packages/session/src/index.ts", "@rtmp/chunk"],
    ["the server uses the session", "packages/server/src/index.ts", "@rtmp/session"],
    ["a test uses the testkit", "packages/amf0/test/laws.test.ts", "@rtmp/testkit"],
  ] as const)("%s without complaint", async ([, file, module]) => {
    expect(await complaints(file, module)).toEqual([]);
  });
});
