import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { ascii, concat, u32le } from "@rtmp/testkit";
import { afterEach, describe, expect, test } from "vitest";
import { AdbClient } from "../../src/usb/adb-client.ts";
import { ensureAdbServer } from "../../src/usb/adb-server.ts";
import { freePort } from "./adb-program.ts";
import { failure } from "./failure.ts";

const servers: Server[] = [];
const sockets: Socket[] = [];

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

/** A client of a server that answers each piece it hears with the next of `answers`; behind the one before `undefined` it hangs up. */
async function clientOf(answers: readonly (Uint8Array | undefined)[], timeoutMs?: number): Promise<AdbClient> {
  const server = createServer((socket) => {
    sockets.push(socket);
    const left = [...answers];
    socket
      .on("error", () => undefined)
      .on("data", () => {
        const answer = left.shift();
        if (answer !== undefined) socket.write(answer);
        if (left.length === 1 && left[0] === undefined) socket.end();
      });
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return new AdbClient({ host: "127.0.0.1", port: (server.address() as AddressInfo).port }, timeoutMs);
}

const okay = ascii("OKAY");
const file = { path: "/data/x", mode: 0o644, modifiedAt: 0, content: new Uint8Array(10) };

describe("an adb server", () => {
  test("says its version and its phones", async () => {
    await expect((await clientOf([ascii("OKAY00040029")])).version()).resolves.toBe(41);
    const line = ascii("A1 device model:M_1\n");
    const devices = (await clientOf([concat(okay, ascii("0014"), line)])).devices();
    await expect(devices).resolves.toEqual([{ serial: "A1", state: "device", name: "M 1" }]);
  });

  test("that refuses is quoted", async () => {
    const client = await clientOf([okay, ascii("FAIL0006closed")]);
    await expect(client.connectLocalAbstract("A1", "scrcpy")).rejects.toEqual(failure("ADB_REFUSED", "closed"));
  });

  test("whose phone cannot store a file is quoted", async () => {
    const client = await clientOf([okay, okay, concat(ascii("FAIL"), u32le(9), ascii("disk full"))]);
    await expect(client.push("A1", file)).rejects.toEqual(failure("ADB_REFUSED", "disk full"));
  });

  test("that gives the service's first bytes together with its OKAY loses none of them", async () => {
    const shell = await (await clientOf([okay, concat(okay, ascii("hello"))])).shell("A1", "echo hello");
    const [bytes] = (await once(shell.resume(), "data")) as [Buffer];
    expect(bytes.toString()).toBe("hello");
  });

  test.each<[string, readonly (Uint8Array | undefined)[], string]>([
    ["hangs up", [new Uint8Array(0), undefined], "ADB_PROTOCOL"],
    ["speaks another language", [ascii("HTTP/1.1 400 Bad Request")], "ADB_PROTOCOL"],
    ["claims a text and hangs up", [ascii("OKAYffff"), undefined], "ADB_PROTOCOL"],
    ["says nothing", [], "ADB_TIMEOUT"],
  ])("that %s is an error of adb", async (_name, answers, code) => {
    await expect((await clientOf(answers, 100)).version()).rejects.toEqual(failure(code));
  });

  test("is not waited for once the caller gives up", async () => {
    const client = await clientOf([]);
    const abort = new AbortController();
    const version = client.version(abort.signal);
    abort.abort();
    await expect(version).rejects.toEqual(failure("ADB_ABORTED"));
    await expect(client.version(abort.signal)).rejects.toEqual(failure("ADB_ABORTED"));
  });
});

describe("no adb server", () => {
  test("is told apart from everything else", async () => {
    const client = new AdbClient({ host: "127.0.0.1", port: await freePort() });
    await expect(client.version()).rejects.toEqual(failure("ADB_SERVER_UNREACHABLE", "adb start-server"));
  });

  test("and no adb program: the error says what to install", async () => {
    const address = { host: "127.0.0.1", port: await freePort() };
    const environment = { ADB: "/nowhere/adb" };
    await expect(ensureAdbServer(address, environment)).rejects.toEqual(failure("ADB_NO_PROGRAM", "platform tools"));
  });

  test("is started on this machine only", async () => {
    const address = { host: "0.0.0.0", port: await freePort() };
    await expect(ensureAdbServer(address, { ADB: "/nowhere/adb" })).rejects.toEqual(failure("ADB_SERVER_UNREACHABLE"));
  });
});
