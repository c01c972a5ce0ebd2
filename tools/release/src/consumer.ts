import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./child.ts";

/** How a consumer's TypeScript finds modules. */
export interface Resolution {
  readonly module: string;
  readonly moduleResolution: string;
  /** The source files to check, by their endings. */
  readonly endings: readonly string[];
}

/** The three ways that are in use. */
export const resolutions: readonly Resolution[] = [
  { module: "nodenext", moduleResolution: "nodenext", endings: ["mts", "cts"] },
  { module: "node16", moduleResolution: "node16", endings: ["mts", "cts"] },
  { module: "preserve", moduleResolution: "bundler", endings: ["ts"] },
];

/** An empty folder of somebody who installs a package from the registry. */
export class Consumer {
  readonly #folder: string;
  readonly #env: NodeJS.ProcessEnv;

  private constructor(folder: string, env: NodeJS.ProcessEnv) {
    this.#folder = folder;
    this.#env = env;
  }

  /** Makes the folder and installs `name` into it. */
  static async install(folder: string, name: string, npmrc: string, env: NodeJS.ProcessEnv): Promise<Consumer> {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "package.json"), JSON.stringify({ name: "consumer", private: true }));
    await run("npm", ["install", name, "--ignore-scripts", "--loglevel=error"], {
      cwd: folder,
      env: { ...env, NPM_CONFIG_USERCONFIG: npmrc },
      timeoutMs: 60_000,
    });
    return new Consumer(folder, env);
  }

  /** What lies in node_modules: versions by name. */
  async installed(): Promise<Readonly<Record<string, string>>> {
    const listing = await run("npm", ["ls", "--all", "--parseable", "--long"], {
      cwd: this.#folder,
      env: this.#env,
      timeoutMs: 20_000,
    });
    // Each line is path:name@version; the first is the folder itself.
    const lines = listing.trim().split("\n").slice(1);
    return Object.fromEntries(
      lines.map((line) => {
        const [, name, version] = /:(@?[^@:]+)@([^:]+)/.exec(line) ?? [];
        return [name ?? line, version ?? ""];
      }),
    );
  }

  /** The paths of the files of an installed package, sorted. */
  async files(name: string): Promise<readonly string[]> {
    const folder = join(this.#folder, "node_modules", name);
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    return files.map((path) => path.slice(folder.length + 1)).sort();
  }

  /** Runs a program in the folder with the Node given; returns what it prints. */
  async execute(node: string, file: string, program: string): Promise<string> {
    await writeFile(join(this.#folder, file), program);
    return (await run(node, [file], { cwd: this.#folder, env: this.#env, timeoutMs: 20_000 })).trim();
  }

  /** Runs a command that an installed package brings; returns what it prints. */
  async command(name: string, ...args: readonly string[]): Promise<string> {
    const path = join(this.#folder, "node_modules/.bin", name);
    return (await run(path, args, { cwd: this.#folder, env: this.#env, timeoutMs: 20_000 })).trim();
  }

  /** Checks a program against the published types, these included; rejects with the compiler's messages. */
  async compile(tsc: string, resolution: Resolution, typeRoot: string | undefined, program: string): Promise<void> {
    const { module, moduleResolution, endings } = resolution;
    const files = endings.map((ending) => `use.${ending}`);
    for (const file of files) await writeFile(join(this.#folder, file), program);
    const options = {
      target: "es2023",
      lib: ["es2023"],
      module,
      moduleResolution,
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      skipLibCheck: false,
      ...(typeRoot === undefined ? { types: [] } : { types: ["node"], typeRoots: [typeRoot] }),
    };
    await writeFile(join(this.#folder, "tsconfig.json"), JSON.stringify({ compilerOptions: options, files }));
    await run(process.execPath, [tsc, "-p", "."], { cwd: this.#folder, env: this.#env, timeoutMs: 40_000 });
  }
}
