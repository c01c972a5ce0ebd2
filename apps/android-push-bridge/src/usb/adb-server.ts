import { spawn } from "node:child_process";
import { once } from "node:events";
import { isLocal } from "./adb-address.ts";
import type { AdbAddress } from "./adb-address.ts";
import { AdbClient } from "./adb-client.ts";
import { AdbError } from "./adb-error.ts";

const startTimeoutMs = 15_000;

/**
 * Sees to it that an adb server answers: starts one with the `adb` program if none does and it would be on this machine.
 * The program is `$ADB`, else the one in the search path. The server is left running, as `adb` itself leaves it.
 * Rejects with `ADB_NO_PROGRAM` if there is no such program and with `ADB_SERVER_UNREACHABLE` if it did not help.
 */
export async function ensureAdbServer(
  address: AdbAddress,
  environment: Readonly<Record<string, string | undefined>>,
  signal?: AbortSignal,
): Promise<void> {
  const client = new AdbClient(address);
  try {
    await client.version(signal);
    return;
  } catch (error) {
    const isAbsent = error instanceof AdbError && error.code === "ADB_SERVER_UNREACHABLE";
    if (!isAbsent || !isLocal(address)) throw error;
  }
  await startServer(address, environment, signal);
  await client.version(signal);
}

async function startServer(
  address: AdbAddress,
  environment: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const program = environment.ADB || "adb";
  const timeout = AbortSignal.timeout(startTimeoutMs);
  // The server that it leaves behind would hold a pipe open for ever.
  const child = spawn(program, ["-P", String(address.port), "start-server"], {
    env: { ...environment, ADB_SERVER_SOCKET: undefined },
    stdio: "ignore",
    signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
  });
  try {
    await once(child, "close");
  } catch (cause) {
    if (signal?.aborted) throw new AdbError("ADB_ABORTED", "starting the adb server was given up", { cause });
    if (timeout.aborted) throw new AdbError("ADB_TIMEOUT", "the adb server did not start in time", { cause });
    throw new AdbError("ADB_NO_PROGRAM", noProgram(program), { cause });
  }
}

function noProgram(program: string): string {
  return `no adb server runs and ${program} cannot be started: install adb (Android platform tools), or set ADB to its path`;
}
