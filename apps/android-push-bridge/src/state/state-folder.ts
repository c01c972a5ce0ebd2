import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Environment } from "@rtmp/app-kit";
import { UsageError } from "../usage-error.ts";

/** Where what outlives the program lies unless somebody says otherwise (XDG Base Directory Specification). */
export function usualStateFolder(environment: Environment): string {
  const base = environment.XDG_STATE_HOME || join(environment.HOME || homedir(), ".local", "state");
  return join(base, "android-push-bridge");
}

/** A folder for what outlives the program; nobody else may read in it. */
export class StateFolder {
  readonly path: string;

  /** Makes the folder if need be. Throws a `UsageError` if that is impossible. */
  constructor(path: string) {
    this.path = path;
    try {
      mkdirSync(path, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw impossible(`The state folder ${path} cannot be made`, error);
    }
  }

  /** The content of a file, or `undefined` if there is none. Throws a `UsageError` if it cannot be read. */
  read(name: string): string | undefined {
    try {
      return readFileSync(join(this.path, name), "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw impossible(`${join(this.path, name)} cannot be read`, error);
    }
  }

  /** Writes a file whole or not at all, for its owner's eyes only. Throws a `UsageError` if it cannot be written. */
  write(name: string, text: string): void {
    const path = join(this.path, name);
    const unfinished = `${path}.${process.pid}`;
    try {
      rmSync(unfinished, { force: true }); // an old one would keep its mode
      writeFileSync(unfinished, text, { mode: 0o600 });
      renameSync(unfinished, path);
    } catch (error) {
      throw impossible(`${path} cannot be written`, error);
    }
  }
}

function impossible(what: string, error: unknown): UsageError {
  const reason = (error as Error).message;
  return new UsageError(`${what}: ${reason}. Choose another folder with --state-dir.`, { cause: error });
}
