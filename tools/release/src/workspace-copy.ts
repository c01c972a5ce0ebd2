import { copyFile, glob, mkdir, readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { run } from "./child.ts";

/** What a release looks at in a package.json. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** A project of the workspace and where it lies. */
export interface Project {
  readonly folder: string;
  readonly manifest: Manifest;
}

/** How far a note moves a package. */
export type Bump = "patch" | "minor";

/** A copy of the working tree, as a repository of its own, where everything may be changed. */
export class WorkspaceCopy {
  readonly folder: string;
  readonly #env: NodeJS.ProcessEnv;

  private constructor(folder: string, env: NodeJS.ProcessEnv) {
    this.folder = folder;
    this.#env = { ...env, PATH: `${join(folder, "node_modules/.bin")}:${env.PATH ?? ""}` };
  }

  /** Copies what git knows or would take of `root` to `folder`. The tools are linked, the workspace's own packages are not. */
  static async make(root: string, folder: string, env: NodeJS.ProcessEnv): Promise<WorkspaceCopy> {
    const listing = await run("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
      cwd: root,
      env,
      timeoutMs: 20_000,
    });
    for (const path of new Set(listing.split("\0").filter((path) => path !== ""))) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await copyFile(join(root, path), join(folder, path)).catch(ignoreMissing);
    }
    const copy = new WorkspaceCopy(folder, env);
    await linkTools(join(root, "node_modules"), join(folder, "node_modules"), await copy.projects());
    await copy.#run("git", "init", "--quiet", "--initial-branch=main");
    await copy.commit("Begin");
    return copy;
  }

  /** Every project of the workspace, by name. */
  async projects(): Promise<ReadonlyMap<string, Project>> {
    const { workspaces } = JSON.parse(await this.read("package.json")) as { workspaces: string[] };
    const projects = new Map<string, Project>();
    for await (const path of glob(
      workspaces.map((pattern) => `${pattern}/package.json`),
      { cwd: this.folder },
    )) {
      const manifest = JSON.parse(await this.read(path)) as Manifest;
      projects.set(manifest.name, { folder: dirname(path), manifest });
    }
    return projects;
  }

  /** A file of the copy, as text. */
  read(path: string): Promise<string> {
    return readFile(join(this.folder, path), "utf8");
  }

  /** Writes a file of the copy. */
  write(path: string, text: string): Promise<void> {
    return writeFile(join(this.folder, path), text);
  }

  /** Commits everything. */
  async commit(message: string): Promise<void> {
    await this.#run("git", "add", "--all");
    await this.#run("git", "commit", "--quiet", "--message", message);
  }

  /** Notes a change of the packages named, commits it, and turns all notes into versions. */
  async version(names: readonly string[], bump: Bump, sentence: string): Promise<void> {
    const head = names.map((name) => `"${name}": ${bump}`).join("\n");
    await this.write(".changeset/rehearsal.md", `---\n${head}\n---\n\n${sentence}\n`);
    await this.commit(sentence);
    await this.#run("changeset", "version");
    await this.commit("Version");
  }

  /** Brings the lockfile up to date, offline, and returns its entries by folder. */
  async relock(): Promise<Readonly<Record<string, { readonly version?: string }>>> {
    await this.#run("npm", "install", "--package-lock-only", "--offline", "--ignore-scripts");
    await this.commit("Lock");
    return (JSON.parse(await this.read("package-lock.json")) as { packages: Record<string, { version?: string }> })
      .packages;
  }

  /** Builds the projects named and what they need, unless that has been built. */
  async build(projects: readonly string[]): Promise<void> {
    await this.#run("nx", "run-many", "--target=build", `--projects=${projects.join(",")}`, "--output-style=static");
  }

  /** Publishes to the registry that `npmrc` names whatever it lacks. */
  async publish(npmrc: string): Promise<void> {
    await run("changeset", ["publish"], {
      cwd: this.folder,
      env: { ...this.#env, NPM_CONFIG_USERCONFIG: npmrc },
      timeoutMs: 60_000,
    });
  }

  /** The tags of the copy, sorted. */
  async tags(): Promise<readonly string[]> {
    return (await this.#run("git", "tag")).split("\n").filter((tag) => tag !== "");
  }

  #run(command: string, ...args: readonly string[]): Promise<string> {
    return run(command, args, { cwd: this.folder, env: this.#env, timeoutMs: 90_000 });
  }
}

async function linkTools(from: string, to: string, projects: ReadonlyMap<string, Project>): Promise<void> {
  await mkdir(to, { recursive: true });
  const ours = new Set([...projects.keys()].map((name) => name.split("/")[0]));
  for (const name of await readdir(from)) {
    if (!ours.has(name) && (!name.startsWith(".") || name === ".bin")) await symlink(join(from, name), join(to, name));
  }
  for (const [name, { folder }] of projects) {
    const link = join(to, name);
    await mkdir(dirname(link), { recursive: true });
    await rm(link, { force: true });
    await symlink(join(dirname(to), folder), link);
  }
}

/** Deleted in the working tree, but not yet in the index. */
function ignoreMissing(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
}
