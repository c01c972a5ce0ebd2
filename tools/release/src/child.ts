import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";

/** Where and how long a command runs. */
export interface RunOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
}

const running = new Set<ChildProcess>();

/**
 * Runs a command to its end and returns what it wrote. Rejects, with that text, if it fails or takes too long; then its
 * whole process group is gone.
 */
export async function run(command: string, args: readonly string[], options: RunOptions): Promise<string> {
  const line = [command, ...args].join(" ");
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  let output = "";
  const collect = (text: string): void => void (output += text);
  child.stdout.setEncoding("utf8").on("data", collect);
  child.stderr.setEncoding("utf8").on("data", collect);
  const limit = setTimeout(() => killGroup(child), options.timeoutMs);
  try {
    const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null]; // rejects on "error"
    if (code === 0) return output;
    const end = signal === "SIGKILL" ? `was ended after ${options.timeoutMs} ms` : `ended with ${code ?? signal}`;
    throw new Error(`${line} ${end}\n${output}`);
  } finally {
    clearTimeout(limit);
    running.delete(child);
  }
}

/** Ends every command that still runs. */
export function killAll(): void {
  for (const child of running) killGroup(child);
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
