import { join } from "node:path";
import { same } from "./checks.ts";
import type { Checks } from "./checks.ts";
import type { Registry } from "./registry.ts";
import type { Bump, Project, WorkspaceCopy } from "./workspace-copy.ts";

/** Where everything of this run lies and how its commands run. */
export interface Stage {
  readonly checks: Checks;
  readonly copy: WorkspaceCopy;
  readonly registry: Registry;
  readonly npmrc: string;
  readonly env: NodeJS.ProcessEnv;
  readonly folder: string;
  readonly root: string;
}

type Versions = Readonly<Record<string, string>>;

/** The versions of the public packages, by name. */
export async function publicVersions(copy: WorkspaceCopy): Promise<Versions> {
  const projects = [...(await copy.projects()).values()].filter(isPublic);
  return Object.fromEntries(projects.map(({ manifest }) => [manifest.name, manifest.version]));
}

/** What `name` needs at run time, itself included: versions by name. */
export async function closureOf(copy: WorkspaceCopy, name: string): Promise<Versions> {
  const projects = await copy.projects();
  const found: Record<string, string> = {};
  const visit = (wanted: string): void => {
    const manifest = projects.get(wanted)?.manifest;
    if (manifest === undefined || wanted in found) return;
    found[wanted] = manifest.version;
    Object.keys(manifest.dependencies ?? {}).forEach(visit);
  };
  visit(name);
  return found;
}

/** Raises every public package and publishes it. */
export async function releaseEverything({ checks, copy, registry, npmrc }: Stage): Promise<void> {
  const before = await publicVersions(copy);
  const privateBefore = await privateVersions(copy);
  const sentence = "Everything is released in a rehearsal.";
  await copy.version(Object.keys(before), "minor", sentence);
  const after = await publicVersions(copy);

  await checks.check("a note for all packages moves each of them by a minor", () => {
    const moves = Object.keys(before).filter((name) => after[name] !== raised(before[name] ?? "", "minor"));
    same(moves, [], "packages that did not");
  });
  await checks.check("private projects keep their versions", async () => {
    same(await privateVersions(copy), privateBefore, "versions of private projects");
  });
  await checks.check("each package's changelog says what changed, under the new version", async () => {
    for (const [name, { folder }] of await publicProjects(copy)) {
      const [, newest = ""] = (await copy.read(`${folder}/CHANGELOG.md`)).split(/^## /m);
      same([newest.split("\n")[0], newest.includes(sentence)], [after[name], true], `newest entry of ${name}`);
    }
  });
  await checks.check("every range inside the workspace fits the new versions", () => rangesFit(copy));
  await checks.check("the lockfile follows without asking any registry", async () => {
    const locked = await copy.relock();
    for (const [name, { folder, manifest }] of await publicProjects(copy)) {
      same(locked[folder]?.version, manifest.version, `locked version of ${name}`);
    }
  });

  await copy.build(Object.keys(after));
  await copy.publish(npmrc);
  await checks.check("the registry has every public package in its new version", async () => {
    for (const [name, version] of Object.entries(after)) same(await registry.versions(name), [version], name);
  });
  await checks.check("the registry has no private project", async () => {
    for (const name of Object.keys(privateBefore)) same(await registry.versions(name), [], name);
  });
  await checks.check("each published version has its tag", async () => {
    same([...(await copy.tags())].sort(), tagsOf(after), "tags");
  });
  await publishAgain(checks, copy, registry, npmrc);
}

/** Changes one package, releases, and checks which packages moved and how far. */
export async function releaseChange(stage: Stage, changed: string, bump: Bump): Promise<void> {
  const { checks, copy, registry, npmrc } = stage;
  const before = await publicVersions(copy);
  const folder = (await copy.projects()).get(changed)?.folder ?? "";
  const index = `${folder}/src/index.ts`;
  const addition = `/** Proof that this is the rehearsed build. */\nexport const rehearsed = "${bump}" as const;\n`;
  await copy.write(index, (await copy.read(index)).replace(addition.replace(bump, "minor"), "") + addition);

  // Below 1.0 a minor leaves the ranges of the dependents, so they have to follow; a patch stays inside.
  const version = raised(before[changed] ?? "", bump);
  const expected: Record<string, string> = { ...before, [changed]: version };
  for (const [name, { manifest }] of await publicProjects(copy)) {
    const range = manifest.dependencies?.[changed];
    if (range !== undefined && !fits(range, version)) expected[name] = raised(before[name] ?? "", "patch");
  }
  await copy.version([changed], bump, `A ${bump} of ${changed} is rehearsed.`);
  const moved = Object.keys(expected).filter((name) => expected[name] !== before[name]);

  await checks.check(`a ${bump} of ${changed} moves ${moved.join(", ")} and nothing else`, async () => {
    same(await publicVersions(copy), expected, "versions");
  });
  await checks.check(`after a ${bump} of ${changed} every range inside the workspace fits`, () => rangesFit(copy));

  await copy.build(moved);
  await copy.publish(npmrc);
  await checks.check(
    `after a ${bump} of ${changed} the registry has new versions of the packages that moved, and no others`,
    async () => {
      for (const [name, version] of Object.entries(expected)) {
        const newest = (await registry.versions(name)).slice(moved.includes(name) ? -2 : -1);
        same(newest, moved.includes(name) ? [before[name], version] : [before[name]], name);
      }
    },
  );
  await publishAgain(checks, copy, registry, npmrc);
}

async function publishAgain(checks: Checks, copy: WorkspaceCopy, registry: Registry, npmrc: string): Promise<void> {
  await checks.check("publishing again publishes nothing", async () => {
    const names = Object.keys(await publicVersions(copy));
    const all = (): Promise<unknown> => Promise.all(names.map((name) => registry.versions(name)));
    const [versions, tags] = [await all(), await copy.tags()];
    await copy.publish(npmrc);
    same([await all(), await copy.tags()], [versions, tags], "versions and tags");
  });
}

/** Fails if a project asks for a version of a public sibling that is not the one in the workspace. */
async function rangesFit(copy: WorkspaceCopy): Promise<void> {
  const projects = await copy.projects();
  for (const { manifest } of projects.values()) {
    for (const [name, range] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
      const sibling = projects.get(name)?.manifest;
      if (sibling === undefined || sibling.private === true) continue;
      if (!fits(range, sibling.version)) {
        throw new Error(`${manifest.name} wants ${name} ${range}, but that is ${sibling.version}`);
      }
    }
  }
}

async function publicProjects(copy: WorkspaceCopy): Promise<readonly (readonly [string, Project])[]> {
  return [...(await copy.projects())].filter(([, project]) => isPublic(project));
}

async function privateVersions(copy: WorkspaceCopy): Promise<Versions> {
  const projects = [...(await copy.projects()).values()].filter((project) => !isPublic(project));
  return Object.fromEntries(projects.map(({ manifest }) => [manifest.name, manifest.version]));
}

function isPublic({ manifest }: Project): boolean {
  return manifest.private !== true;
}

function tagsOf(versions: Versions): readonly string[] {
  return Object.entries(versions)
    .map(([name, version]) => `${name}@${version}`)
    .sort();
}

function raised(version: string, bump: Bump): string {
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  return bump === "minor" ? `${major}.${minor + 1}.0` : `${major}.${minor}.${patch + 1}`;
}

/** Whether a version satisfies a caret range; ranges inside the workspace have no other form. */
function fits(range: string, version: string): boolean {
  if (!range.startsWith("^")) return false;
  const from = range.slice(1).split(".").map(Number);
  const is = version.split(".").map(Number);
  const fixed = from.findIndex((part) => part !== 0) + 1 || from.length; // parts up to the first that is not 0 may not change
  if (is.slice(0, fixed).join() !== from.slice(0, fixed).join()) return false;
  const later = is.findIndex((part, at) => part !== from[at]);
  return later === -1 || (is[later] ?? 0) > (from[later] ?? 0);
}

/** The folder of a consumer of this run. */
export function consumerFolder(stage: Stage, name: string): string {
  return join(stage.folder, "consumers", name);
}
