// Gives every project its targets from what lies in its folder, so that no project repeats them.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** @param {string} command @param {string} cwd */
const run = (command, cwd) => ({ executor: "nx:run-commands", options: { command, cwd } });

/** @param {string} root @param {string} workspaceRoot */
function targetsOf(root, workspaceRoot) {
  const has = (/** @type {string} */ path) => existsSync(join(workspaceRoot, root, path));
  const isPrivate = JSON.parse(readFileSync(join(workspaceRoot, root, "package.json"), "utf8")).private === true;
  const isProgram = root.startsWith("apps/") && has("src/main.ts");
  const config = "../../tools/config";
  /** @type {Record<string, unknown>} */
  const targets = { lint: run("eslint . --max-warnings 0", root) };
  const tests = has("test/whole") ? "vitest-whole-server.config.ts" : "vitest.config.ts";
  if (has("test")) targets.test = run(`vitest run --config ${config}/${tests}`, root);
  // After tsup, which empties dist.
  const page = has("src/page") ? " && node --conditions=@rtmp/source src/page-bundle/build-page.ts" : "";
  if (isProgram || !isPrivate) targets.build = run(`tsup --silent --config ${config}/tsup.config.ts${page}`, root);
  if (!isPrivate) targets.pkgcheck = run("publint --strict && attw --pack . --quiet --profile node16", root);
  const bench = run("node --conditions=@rtmp/source bench/main.ts", root);
  if (has("bench")) targets.bench = isProgram ? { ...bench, dependsOn: ["build"] } : bench;
  if (isProgram) {
    const serve = "node --enable-source-maps dist/main.js";
    const dev = "node --conditions=@rtmp/source --watch src/main.ts";
    targets.serve = { ...run(serve, root), continuous: true, dependsOn: ["build"] };
    targets.dev = { ...run(dev, root), continuous: true };
  }
  return targets;
}

/** @type {import("nx/src/project-graph/plugins").CreateNodesV2} */
export const createNodesV2 = [
  "{packages,apps,tools}/*/package.json",
  (files, _options, context) =>
    files.map((file) => {
      const root = dirname(file);
      return [file, { projects: { [root]: { root, targets: targetsOf(root, context.workspaceRoot) } } }];
    }),
];
