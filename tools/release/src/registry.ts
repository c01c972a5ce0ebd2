import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./child.ts";

const registryFolder = join(import.meta.dirname, "../registry");

/** Where TypeScript 7 lies once `installRegistry` has run. */
export const typeScript7: string = join(registryFolder, "node_modules/typescript-7/bin/tsc");

/** Installs Verdaccio from its own lockfile, unless that has been done. The one step with the caller's npm settings. */
export async function installRegistry(): Promise<void> {
  const lockfile = await readFile(join(registryFolder, "package-lock.json"));
  const wanted = createHash("sha256").update(lockfile).digest("hex");
  const marker = join(registryFolder, "node_modules/.installed");
  const installed = await readFile(marker, "utf8").catch(() => "");
  if (installed === wanted) return;
  const options = { cwd: registryFolder, env: process.env, timeoutMs: 400_000 };
  await run("npm", ["ci", "--ignore-scripts", "--loglevel=error"], options);
  await writeFile(marker, wanted);
}

/** A registry that knows nothing but what is published to it, on a loopback port that the system chose. */
export class Registry implements AsyncDisposable {
  readonly url: string;
  readonly #process: ChildProcess;

  private constructor(url: string, child: ChildProcess) {
    this.url = url;
    this.#process = child;
  }

  /** Starts a registry with its storage in `folder`, and writes a file `npmrc` there that may publish to it. */
  static async start(folder: string): Promise<Registry> {
    await mkdir(folder, { recursive: true });
    const child = fork(join(import.meta.dirname, "registry-process.ts"), [folder], { stdio: "inherit" });
    try {
      const [port] = (await once(child, "message", { signal: AbortSignal.timeout(20_000) })) as [number];
      const registry = new Registry(`http://127.0.0.1:${port}/`, child);
      const token = await registry.#addUser("rehearsal", crypto.randomUUID());
      const host = registry.url.replace("http:", "");
      await writeFile(join(folder, "npmrc"), `registry=${registry.url}\n${host}:_authToken=${token}\n`);
      return registry;
    } catch (error) {
      child.kill("SIGKILL");
      throw error;
    }
  }

  /** The versions of a package in the order of publishing; none if the registry does not know it. */
  async versions(name: string): Promise<readonly string[]> {
    const response = await fetch(this.url + name.replace("/", "%2f"), { signal: AbortSignal.timeout(10_000) });
    if (response.status === 404 || response.status === 401) return []; // 401: not one of the scope it serves
    if (!response.ok) throw new Error(`the registry answers ${response.status} for ${name}`);
    const { versions } = (await response.json()) as { versions: Record<string, unknown> };
    return Object.keys(versions);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await exited;
  }

  async #addUser(name: string, password: string): Promise<string> {
    const response = await fetch(`${this.url}-/user/org.couchdb.user:${name}`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name, password }),
      signal: AbortSignal.timeout(10_000),
    });
    if (!response.ok) throw new Error(`the registry refused a user: ${response.status} ${await response.text()}`);
    return ((await response.json()) as { token: string }).token;
  }
}
