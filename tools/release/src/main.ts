// Rehearses a release from versioning to use. See README.md.
import { accessSync, constants, rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Checks, same } from "./checks.ts";
import { killAll, run } from "./child.ts";
import { Consumer, resolutions } from "./consumer.ts";
import { amf0Programs, sameExports, serverPrograms } from "./programs.ts";
import type { Programs } from "./programs.ts";
import { Registry, installRegistry, typeScript7 } from "./registry.ts";
import { closureOf, consumerFolder, releaseChange, releaseEverything } from "./rehearsal.ts";
import type { Stage } from "./rehearsal.ts";
import { WorkspaceCopy } from "./workspace-copy.ts";

const timeLimitMs = 600_000;
const root = join(import.meta.dirname, "../../..");
const changedPackage = "@rtmp/flv-tags";

async function main(checks: Checks, folder: string): Promise<void> {
  const env = cleanEnvironment(folder);
  await installRegistry();
  const copy = await WorkspaceCopy.make(root, join(folder, "workspace"), env);
  await using registry = await Registry.start(join(folder, "registry"));
  const npmrc = join(folder, "registry/npmrc");
  const stage: Stage = { checks, copy, registry, npmrc, env, folder, root };

  await releaseEverything(stage);
  const nodes = [process.execPath, ...(await olderNode(checks, env))];
  await useEverywhere(stage, nodes, "@rtmp/amf0", amf0Programs, undefined);
  await useEverywhere(stage, nodes, "@rtmp/server", serverPrograms, join(root, "node_modules/@types"));
  await checks.check("the rtmp command that @rtmp/client brings says its version", async () => {
    const consumer = await Consumer.install(consumerFolder(stage, "@rtmp/client"), "@rtmp/client", npmrc, env);
    same(
      await consumer.command("rtmp", "--version"),
      (await closureOf(copy, "@rtmp/client"))["@rtmp/client"],
      "version",
    );
  });
  for (const bump of ["minor", "patch"] as const) {
    await releaseChange(stage, changedPackage, bump);
    await checks.check(`a new install of @rtmp/server uses the ${bump} of ${changedPackage}`, async () => {
      const consumer = await Consumer.install(consumerFolder(stage, `after-${bump}`), "@rtmp/server", npmrc, env);
      same(await consumer.installed(), await closureOf(copy, "@rtmp/server"), "installed packages");
      const program = `import("${changedPackage}").then(({ rehearsed }) => console.log(rehearsed));`;
      same(await consumer.execute(process.execPath, "use.mjs", program), bump, "build in use");
    });
  }
}

/** Installs a package alone and uses it in every language under every Node and TypeScript there is. */
async function useEverywhere(
  stage: Stage,
  nodes: readonly string[],
  name: string,
  programs: Programs,
  typeRoot: string | undefined,
): Promise<void> {
  const { checks, copy, env, npmrc } = stage;
  const consumer = await Consumer.install(consumerFolder(stage, name), name, npmrc, env);
  const closure = await closureOf(copy, name);
  await checks.check(`installing ${name} adds ${Object.keys(closure).sort().join(", ")} and nothing else`, async () => {
    same(await consumer.installed(), closure, "installed packages");
  });
  await checks.check(`what ${name} installs holds builds, sources and papers, and no tests`, async () => {
    for (const installed of Object.keys(closure)) {
      const files = await consumer.files(installed);
      const tops = new Set(files.map((path) => path.split("/")[0]));
      same([...tops].sort(), ["CHANGELOG.md", "LICENSE", "README.md", "dist", "package.json", "src"], installed);
    }
  });
  for (const node of nodes) {
    const version = (await run(node, ["--version"], { cwd: stage.folder, env, timeoutMs: 10_000 })).trim();
    await checks.check(`${name} runs as an ES module on Node ${version}`, async () => {
      same(await consumer.execute(node, "use.mjs", programs.esModule), programs.prints, "output");
    });
    await checks.check(`${name} runs as CommonJS on Node ${version}`, async () => {
      same(await consumer.execute(node, "use.cjs", programs.commonJs), programs.prints, "output");
    });
    await checks.check(`both builds of what ${name} installs export the same names on Node ${version}`, async () => {
      const names = Object.keys(closure);
      const expected = names.map((installed) => `${installed} true`).join("\n");
      same(await consumer.execute(node, "exports.mjs", sameExports(names)), expected, "output");
    });
  }
  const compilers = [join(root, "node_modules/typescript/bin/tsc"), typeScript7];
  for (const tsc of compilers) {
    const version = (
      await run(process.execPath, [tsc, "--version"], { cwd: stage.folder, env, timeoutMs: 20_000 })
    ).trim();
    for (const resolution of resolutions) {
      await checks.check(`${name} has types under ${version} with ${resolution.moduleResolution}`, () =>
        consumer.compile(tsc, resolution, typeRoot, programs.typeScript),
      );
    }
  }
}

/** The machine's own Node if it is another than ours and one that the packages support. */
async function olderNode(checks: Checks, env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const node = ["/usr/local/bin/node", "/usr/bin/node"].find(isExecutable);
  const statement = "the packages run on an older Node too";
  if (node === undefined) {
    checks.skip(statement, "this machine has none in /usr/local/bin or /usr/bin");
    return [];
  }
  const version = (await run(node, ["--version"], { cwd: "/", env, timeoutMs: 10_000 })).trim();
  const [major = 0, minor = 0] = version.slice(1).split(".").map(Number);
  if (version === process.version) checks.skip(statement, `the machine's is ${version} as well`);
  else if (major < 20 || (major === 20 && minor < 19)) checks.skip(statement, `the machine's is ${version}`);
  else return [node];
  return [];
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Nothing of the caller's npm, nx or git settings reaches the rehearsal. */
function cleanEnvironment(folder: string): NodeJS.ProcessEnv {
  const name = "Rehearsal";
  const email = "rehearsal@localhost";
  return {
    PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ""}`,
    HOME: folder,
    CI: "true",
    NX_DAEMON: "false",
    NX_TUI: "false",
    NPM_CONFIG_CACHE: join(folder, "npm-cache"),
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
  };
}

const checks = new Checks();
const folder = await mkdtemp(join(tmpdir(), "rtmp-release-"));
const limit = setTimeout(() => stop(`it took longer than ${timeLimitMs / 1000} s`), timeLimitMs);
process.once("SIGINT", () => stop("interrupted")).once("SIGTERM", () => stop("terminated"));

function stop(reason: string): never {
  killAll();
  rmSync(folder, { recursive: true, force: true });
  checks.fail("the rehearsal comes to its end", reason);
  console.log(checks.summary());
  process.exit(1);
}

try {
  await main(checks, folder);
} catch (error) {
  checks.fail("the rehearsal comes to its end", error);
} finally {
  clearTimeout(limit);
  killAll();
  await rm(folder, { recursive: true, force: true });
}
console.log(checks.summary());
process.exitCode = checks.failed === 0 ? 0 : 1;
