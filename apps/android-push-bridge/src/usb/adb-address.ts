import { AdbError } from "./adb-error.ts";

/** Where an adb server listens. */
export interface AdbAddress {
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
}

const usual: AdbAddress = { host: "127.0.0.1", port: 5037 };

/**
 * Finds the adb server as the `adb` program does: what is given wins, then `ADB_SERVER_SOCKET`, then
 * `ANDROID_ADB_SERVER_ADDRESS` and `ANDROID_ADB_SERVER_PORT`, then 127.0.0.1:5037. Throws an `AdbError` with
 * `ADB_BAD_ADDRESS` for a variable that names no TCP address, and a `RangeError` for a given port outside 1 to 65535.
 */
export function resolveAdbAddress(
  given: { readonly host?: string | undefined; readonly port?: number | undefined },
  environment: Readonly<Record<string, string | undefined>>,
): AdbAddress {
  if (given.port !== undefined && !isPort(given.port)) throw new RangeError("the adb port must be from 1 to 65535");
  const found = fromEnvironment(environment);
  return { host: given.host ?? found.host, port: given.port ?? found.port };
}

/** Whether the server is on this machine, so that it may be started from here. */
export function isLocal(address: AdbAddress): boolean {
  return address.host === "localhost" || address.host === "::1" || address.host.startsWith("127.");
}

function fromEnvironment(environment: Readonly<Record<string, string | undefined>>): AdbAddress {
  const socket = environment.ADB_SERVER_SOCKET;
  if (socket) {
    const parts = /^tcp:(?:(?:\[(?<six>[^\]]+)\]|(?<host>[^:]+)):)?(?<port>\d{1,5})$/.exec(socket)?.groups;
    const port = Number(parts?.port);
    if (!isPort(port)) throw badVariable("ADB_SERVER_SOCKET", "tcp:HOST:PORT");
    return { host: parts?.six ?? parts?.host ?? usual.host, port };
  }
  const port = environment.ANDROID_ADB_SERVER_PORT;
  if (port && !(/^\d+$/.test(port) && isPort(Number(port)))) {
    throw badVariable("ANDROID_ADB_SERVER_PORT", "a number from 1 to 65535");
  }
  return { host: environment.ANDROID_ADB_SERVER_ADDRESS || usual.host, port: port ? Number(port) : usual.port };
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535;
}

function badVariable(name: string, form: string): AdbError {
  return new AdbError("ADB_BAD_ADDRESS", `the environment variable ${name} must be ${form}: change or unset it`);
}
