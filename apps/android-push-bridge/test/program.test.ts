import { once } from "node:events";
import { copyFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { createRtmpServer } from "@rtmp/server";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { FrameKind, decodeFrame, encodeFrame } from "../src/protocol/frame.ts";
import { decodeWords, encodeWords } from "../src/protocol/words.ts";
import { BridgeProcess } from "./bridge-process.ts";
import { temporaryFolder } from "./temporary-folder.ts";

function helloWith(token: string): Uint8Array {
  const hello = { version: 1, token, session: "s", clock: "common", device: "test phone" } as const;
  return encodeFrame({ kind: FrameKind.Hello, payload: encodeWords(hello) });
}

/** What a phone hears first, by its kind. */
async function firstWords(socket: WebSocket): Promise<readonly [kind: number, words: unknown]> {
  const [bytes] = (await once(socket, "message")) as [Buffer];
  const { kind, payload } = decodeFrame(bytes)!;
  return [kind, decodeWords(payload)];
}

/** A phone that has said Hello over the bridge's HTTPS. */
async function phone(port: number, token: string): Promise<WebSocket> {
  const socket = new WebSocket(`wss://127.0.0.1:${port}/sender`, { rejectUnauthorized: false });
  await once(socket, "open");
  socket.send(helloWith(token));
  return socket;
}

function tokenOf(url: string | undefined): string {
  return url?.split("#t=")[1] ?? "";
}

test("a phone comes by its link, its stream is published, and SIGTERM tells it why and exits with 0", async () => {
  await using server = createRtmpServer({ port: 0 });
  const { port: rtmpPort } = await server.listen();
  const published = new Promise<void>((resolve) => void server.on("publish", () => resolve()));
  using bridge = new BridgeProcess(["--target", `rtmp://127.0.0.1:${rtmpPort}/live/phone`, "--log-level", "debug"]);
  const { port, links, statusUrl } = await bridge.listening();
  expect(links).toHaveLength(1);
  const { url, stream } = links[0]!;
  expect(stream).toBe("live/phone");
  expect(url).toMatch(new RegExp(`^https://127\\.0\\.0\\.1:${port}/#t=[\\w-]{24}$`));
  const socket = await phone(port, tokenOf(url));
  expect(await firstWords(socket)).toEqual([FrameKind.Welcome, expect.objectContaining({ stream: "live/phone" })]);
  await published;
  const stats: unknown = await (await fetch(statusUrl.replace("/status", "/stats"))).json();
  expect(stats).toMatchObject({ connections: 1, streams: [{ name: "live/phone", device: "test phone" }] });
  const closed = once(socket, "close") as Promise<[number, Buffer]>;
  bridge.signal("SIGTERM");
  expect((await closed).map(String)).toEqual(["4000", "BRIDGE_CLOSING"]);
  const { exitCode, stdout, stderr } = await bridge.end();
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(stdout.trimEnd().split("\n").at(-1)).toContain('"stopped"');
  const linesWithToken = stdout.split("\n").filter((line) => line.includes(tokenOf(url)));
  expect(linesWithToken).toHaveLength(1);
  expect(linesWithToken[0]).toContain("phone bridge ready");
});

test("a wrong token is refused in words, over HTTP on the loopback and over TCP too", async () => {
  using bridge = new BridgeProcess(["--tcp-port", "0"]);
  const { httpPort, tcpPort } = await bridge.listening();
  const socket = new WebSocket(`ws://127.0.0.1:${httpPort}/sender`);
  await once(socket, "open");
  const closed = once(socket, "close") as Promise<[number, Buffer]>;
  socket.send(helloWith("wrong"));
  expect(await firstWords(socket)).toEqual([FrameKind.Refusal, expect.objectContaining({ code: "BRIDGE_BAD_TOKEN" })]);
  expect((await closed).map(String)).toEqual(["4000", "BRIDGE_BAD_TOKEN"]);
  const native = connect(tcpPort!, "127.0.0.1");
  const hello = helloWith("wrong");
  const length = Buffer.alloc(4);
  length.writeUInt32BE(hello.length);
  native.write(Buffer.concat([length, hello]));
  const parts: Buffer[] = [];
  for await (const part of native) parts.push(part as Buffer);
  expect(Buffer.concat(parts).toString()).toContain("BRIDGE_BAD_TOKEN");
});

test("links and certificate are the same after a restart, until new links are asked for", async () => {
  const folder = temporaryFolder();
  const start = async (...args: string[]): Promise<{ token: string; madeCertificate: boolean }> => {
    using bridge = new BridgeProcess(args, {}, folder);
    const { links } = await bridge.listening();
    bridge.signal("SIGINT");
    const { stdout } = await bridge.end();
    return { token: tokenOf(links[0]?.url), madeCertificate: stdout.includes("made a new certificate") };
  };
  const first = await start();
  const second = await start();
  const third = await start("--new-links");
  expect([first.madeCertificate, second.madeCertificate, third.madeCertificate]).toEqual([true, false, false]);
  expect(second.token).toBe(first.token);
  expect(third.token).not.toBe(first.token);
});

test("SIGHUP takes over the user's certificate when it has changed, and keeps the old one if it is no good", async () => {
  using maker = new BridgeProcess([]);
  await maker.listening();
  using other = new BridgeProcess([]);
  await other.listening();
  const folder = temporaryFolder();
  const [cert, key] = [join(folder, "certificate.pem"), join(folder, "key.pem")];
  const take = (from: string, ...names: string[]): void => {
    for (const name of names) copyFileSync(join(from, name), join(folder, name));
  };
  take(maker.stateFolder, "certificate.pem", "key.pem");
  using bridge = new BridgeProcess(["--cert", cert, "--key", key]);
  const { port } = await bridge.listening();
  const fingerprint = async (): Promise<string> => {
    const socket = connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false });
    await once(socket, "secureConnect");
    const { fingerprint256 } = socket.getPeerCertificate();
    socket.destroy();
    return fingerprint256;
  };
  const before = await fingerprint();
  take(other.stateFolder, "key.pem");
  bridge.signal("SIGHUP");
  expect(await bridge.line("certificate not reloaded")).toContain("do not make a certificate");
  expect(await fingerprint()).toBe(before);
  take(other.stateFolder, "certificate.pem");
  bridge.signal("SIGHUP");
  await bridge.line('"certificate reloaded"');
  expect(await fingerprint()).not.toBe(before);
});

test.each([["--port"], ["--http-port"], ["--tcp-port"], ["--status-port"]])(
  "a port in use for %s is one sentence that names the option, and exit code 1",
  async (option) => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    using bridge = new BridgeProcess([option, String(port)]);
    const { exitCode, stderr } = await bridge.end();
    expect(exitCode).toBe(1);
    expect(stderr).toBe(
      `android-push-bridge: Port ${port} on 127.0.0.1 is in use by another program: stop that one, or choose another port with ${option}.\n`,
    );
    other.close();
  },
);

test("a file that is no good is one sentence and exit code 2", async () => {
  using bridge = new BridgeProcess(["--cert", "/none/c.pem", "--key", "/none/k.pem"]);
  const { exitCode, stdout, stderr } = await bridge.end();
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
  expect(stderr).toMatch(/^android-push-bridge: --cert \/none\/c\.pem cannot be read: ENOENT.*\n$/);
});

test("where a person looks, the link stands alone with its QR code, and no line of the log has it", async () => {
  using bridge = new BridgeProcess(["--token", "0123456789abcdef"], {
    NX_TASK_TARGET_PROJECT: "bridge",
    NO_COLOR: "1",
  });
  await bridge.line("Status: http://127.0.0.1:");
  bridge.signal("SIGTERM");
  const { stdout } = await bridge.end();
  expect(stdout).toMatch(/^ {2}https:\/\/127\.0\.0\.1:\d+\/#t=0123456789abcdef$/m);
  expect(stdout).toMatch(/^█{30,}$/m);
  expect(stdout).toMatch(/^\[[\d:.]+\] INFO: phone bridge ready$/m);
});

test("a phone on a cable needs no door, and what only the user can mend is one sentence and exit code 1", async () => {
  using bridge = new BridgeProcess(["--source", "adb", "--scrcpy-server", "/none/scrcpy-server"]);
  const { exitCode, stdout, stderr } = await bridge.end();
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^android-push-bridge: .*\/none\/scrcpy-server.*\n$/);
  expect(stdout).toContain("waiting for a phone on a USB cable");
  expect(stdout).not.toContain("phone bridge ready");
});
