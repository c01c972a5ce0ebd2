import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A loopback port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Surroundings of adb that touch nothing of the user's: a home of their own, no search for emulators. */
export interface AdbHome extends AsyncDisposable {
  readonly environment: Readonly<Record<string, string>>;
}

/** Makes a folder for adb to live in; disposing of it takes it away. */
export async function adbHome(): Promise<AdbHome> {
  const folder = await mkdtemp(join(tmpdir(), "adb-"));
  const environment = {
    PATH: process.env.PATH ?? "",
    HOME: folder,
    TMPDIR: folder,
    ANDROID_SDK_HOME: folder,
    ADB_MDNS: "0",
    ADB_LOCAL_TRANSPORT_MAX_PORT: "5554",
  };
  return { environment, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

/** Runs adb as a client of the server on `port` and returns what it said. */
export async function runAdb(home: AdbHome, port: number, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run("adb", ["-P", String(port), ...args], { env: home.environment, timeout: 15_000 });
  return stdout;
}

/** The adb program as a server on a port of its own. The tests need it; without it they fail. */
export class AdbServerProgram implements AsyncDisposable {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #home: AdbHome;

  private constructor(port: number, child: ChildProcess, home: AdbHome) {
    this.port = port;
    this.#child = child;
    this.#home = home;
  }

  /** Starts it and waits until it listens. Throws, and says what to install, if there is no adb. */
  static async start(): Promise<AdbServerProgram> {
    const home = await adbHome();
    const port = await freePort();
    const args = ["-P", String(port), "fork-server", "server", "--reply-fd", "3"];
    const child = spawn("adb", args, { env: home.environment, stdio: ["ignore", "ignore", "ignore", "pipe"] });
    const started = new AdbServerProgram(port, child, home);
    try {
      const [reply] = (await Promise.race([
        once(child.stdio[3] as Readable, "data"),
        once(child, "exit").then(() => ["it ended"]),
      ])) as [unknown];
      if (String(reply) !== "OK\n") throw new Error(`adb did not start as a server: ${String(reply)}`);
    } catch (cause) {
      await started[Symbol.asyncDispose]();
      throw new Error("these tests need adb (Debian: apt-get install adb)", { cause });
    }
    return started;
  }

  get environment(): Readonly<Record<string, string>> {
    return this.#home.environment;
  }

  /** Runs adb as a client of this server and returns what it said. */
  adb(...args: readonly string[]): Promise<string> {
    return runAdb(this.#home, this.port, ...args);
  }

  /** Ends the server at once. Twice is fine. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null || this.#child.pid === undefined) return;
    this.#child.kill("SIGKILL");
    await once(this.#child, "exit");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.#home[Symbol.asyncDispose]();
  }
}
