import type { Socket } from "node:net";
import type { AdbAddress } from "./adb-address.ts";
import { parseAdbDevices } from "./adb-devices.ts";
import type { AdbDevice } from "./adb-devices.ts";
import { AdbSocket } from "./adb-socket.ts";
import { encodeSyncQuit, encodeSyncSend } from "./adb-sync.ts";
import type { AdbFile } from "./adb-sync.ts";

const defaultTimeoutMs = 10_000;

/**
 * Speaks to an adb server, each time over a connection of its own. Everything rejects with an `AdbError`, also when
 * `signal` is aborted. A socket it returns is paused and is the caller's to close.
 */
export class AdbClient {
  readonly #address: AdbAddress;
  readonly #timeoutMs: number;

  /** `timeoutMs` is how long each single answer may take; 10 s unless given. */
  constructor(address: AdbAddress, timeoutMs: number = defaultTimeoutMs) {
    this.#address = address;
    this.#timeoutMs = timeoutMs;
  }

  /** Asks a server which version of its protocol it speaks, for example 41; good for finding out whether it is there. */
  async version(signal?: AbortSignal): Promise<number> {
    return Number.parseInt(await this.#ask("host:version", signal), 16);
  }

  /** Lists the phones that the server knows, whatever their state. */
  async devices(signal?: AbortSignal): Promise<readonly AdbDevice[]> {
    return parseAdbDevices(await this.#ask("host:devices-l", signal));
  }

  /** Stores a file on a phone; an older one of that name is replaced. */
  async push(serial: string, file: AdbFile, signal?: AbortSignal): Promise<void> {
    const socket = await this.#device(serial, "sync:", signal);
    try {
      await socket.exchange(encodeSyncSend(file), "sync", `to store ${file.path}`);
      socket.release().end(encodeSyncQuit());
    } finally {
      socket.release().destroySoon();
    }
  }

  /**
   * Runs a command line in the phone's shell. What it writes comes out of the socket; closing that ends it. The caller
   * must quote: the shell reads every character.
   */
  async shell(serial: string, command: string, signal?: AbortSignal): Promise<Socket> {
    return (await this.#device(serial, `shell:${command}`, signal)).release();
  }

  /** Connects to an abstract Unix socket on a phone. Rejects with `ADB_REFUSED` while nobody listens on it. */
  async connectLocalAbstract(serial: string, name: string, signal?: AbortSignal): Promise<Socket> {
    return (await this.#device(serial, `localabstract:${name}`, signal)).release();
  }

  async #ask(service: string, signal: AbortSignal | undefined): Promise<string> {
    const socket = await this.#open(signal);
    try {
      return await socket.request(service, "status-and-text");
    } finally {
      socket.close();
    }
  }

  async #device(serial: string, service: string, signal: AbortSignal | undefined): Promise<AdbSocket> {
    const socket = await this.#open(signal);
    await socket.request(`host:transport:${serial}`);
    await socket.request(service);
    return socket;
  }

  #open(signal: AbortSignal | undefined): Promise<AdbSocket> {
    return AdbSocket.open(this.#address, { timeoutMs: this.#timeoutMs, signal });
  }
}
