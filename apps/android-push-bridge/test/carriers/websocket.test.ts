import { once } from "node:events";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { ManualClock } from "@rtmp/reactor/testing";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import type { ClientOptions } from "ws";
import { ConnectionLimits } from "../../src/carriers/connection-limits.ts";
import { WebSocketCarrier } from "../../src/carriers/websocket-carrier.ts";
import type { WebSocketCarrierOptions } from "../../src/carriers/websocket-carrier.ts";
import { PageHttp } from "../../src/http/page-http.ts";
import { FrameKind, decodeFrame } from "../../src/protocol/frame.ts";
import { decodeWords } from "../../src/protocol/words.ts";
import { RecordingReceivers } from "../recording-receivers.ts";

const maxFrameBytes = 10_000;

interface Carried {
  readonly bridge: RecordingReceivers;
  readonly carrier: WebSocketCarrier;
  readonly clock: ManualClock;
  readonly port: number;
  readonly troubles: string[];
  readonly open: (options?: ClientOptions, path?: string) => WebSocket;
}

async function carried(changes: Partial<WebSocketCarrierOptions> = {}): Promise<Carried> {
  const bridge = new RecordingReceivers();
  const clock = new ManualClock();
  const troubles: string[] = [];
  const carrier = new WebSocketCarrier({
    accept: bridge.accept,
    limits: new ConnectionLimits(),
    maxFrameBytes,
    clock,
    onTrouble: (trouble) => void troubles.push(trouble),
    allowedOrigins: ["https://studio.example"],
    trustsProxy: false,
    ...changes,
  });
  const http = new PageHttp({ page: new Map(), upgrade: (...upgrade) => carrier.upgrade(...upgrade) });
  const port = await http.listen(0, "127.0.0.1");
  const sockets: WebSocket[] = [];
  onTestFinished(() => {
    for (const socket of sockets) socket.terminate();
    http.stopListening();
  });
  const open = (options: ClientOptions = {}, path = "/sender"): WebSocket => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, options);
    socket.on("error", () => undefined);
    sockets.push(socket);
    return socket;
  };
  return { bridge, carrier, clock, port, troubles, open };
}

/** Status and reason with which a socket is closed. */
async function closing(socket: WebSocket): Promise<[number, string]> {
  const [status, reason] = (await once(socket, "close")) as [number, Buffer];
  return [status, reason.toString()];
}

/** The status with which an upgrade is refused. */
async function refusal(socket: WebSocket): Promise<number | undefined> {
  const [, response] = (await once(socket, "unexpected-response")) as [unknown, { statusCode?: number }];
  return response.statusCode;
}

test("a binary message is a frame, both ways, and nothing is compressed", async () => {
  const { bridge, open } = await carried();
  const socket = open({ perMessageDeflate: true });
  await once(socket, "open");
  expect(socket.extensions).toBe("");
  socket.send(Buffer.from([1, 2, 3]));
  const { connection, seen } = await bridge.connection();
  await bridge.until(() => seen.length === 1);
  expect(seen).toEqual(["frame 010203 of 3"]);
  expect(connection.remoteAddress).toBe("127.0.0.1");
  const heard = once(socket, "message") as Promise<[Buffer, boolean]>;
  connection.send(new Uint8Array([4, 5]));
  expect(await heard).toEqual([Buffer.from([4, 5]), true]);
  socket.close();
  await bridge.until(() => seen.at(-1) === "closed");
});

test("the bridge closes with status 4000 and a word, and hears nothing any more", async () => {
  const { bridge, open } = await carried();
  const socket = open();
  const { connection, seen } = await bridge.connection();
  await once(socket, "open");
  connection.close("BRIDGE_REPLACED");
  connection.close("again");
  connection.send(new Uint8Array(3));
  socket.send(Buffer.from([1]));
  expect(await closing(socket)).toEqual([4000, "BRIDGE_REPLACED"]);
  await bridge.until(() => seen.length > 0);
  expect(seen).toEqual(["closed"]);
  expect(() => connection.send(new Uint8Array(3))).not.toThrow();
});

test("a phone that does not answer to the close is cut off after two seconds", async () => {
  const { bridge, clock, open } = await carried();
  const socket = open();
  const { connection, seen } = await bridge.connection();
  await once(socket, "open");
  socket.pause();
  connection.close("BRIDGE_IDLE");
  clock.advance(1999);
  expect(seen).toEqual([]);
  clock.advance(1);
  await bridge.until(() => seen.length > 0);
  expect(seen).toEqual(["closed"]);
  socket.terminate();
});

test("a text message is no frame", async () => {
  const { bridge, open } = await carried();
  const socket = open();
  await once(socket, "open");
  socket.send("hello");
  expect(await closing(socket)).toEqual([4000, "BRIDGE_BAD_FRAME"]);
  expect(bridge.connections[0]?.seen[0]).toBe("fail BRIDGE_BAD_FRAME: a text message");
});

test("a message twice as long as a frame is not even read", async () => {
  const { bridge, open, troubles } = await carried();
  const socket = open();
  await once(socket, "open");
  socket.send(Buffer.alloc(maxFrameBytes * 2 + 1));
  expect((await closing(socket))[0]).toBe(1009);
  const { seen } = await bridge.connection();
  await bridge.until(() => seen.length === 2);
  expect(seen).toEqual(["fail BRIDGE_FRAME_TOO_LARGE: a message far beyond every limit", "closed"]);
  expect(troubles).toEqual(["Max payload size exceeded"]);
});

test("of a message before Hello no more than 64 KiB are held, of a phone's the whole", async () => {
  const { bridge, open } = await carried({ maxFrameBytes: 1_000_000 });
  const phone = open();
  await once(phone, "open");
  const known = await bridge.connection(0);
  known.admit();
  const stranger = open();
  await once(stranger, "open");
  const strange = await bridge.connection(1);
  for (const socket of [stranger, phone]) socket.send(Buffer.alloc(100_000), { fin: false });
  await bridge.until(() => strange.seen.length > 0);
  expect(strange.seen[0]).toBe("fail BRIDGE_FRAME_TOO_LARGE: more than 65536 bytes before a Hello");
  expect((await closing(stranger))[1]).toBe("BRIDGE_FRAME_TOO_LARGE");
  phone.send(Buffer.alloc(1));
  await bridge.until(() => known.seen.length > 0);
  expect(known.seen[0]).toContain("of 100001");
});

test("bytes that are no WebSocket frame end their connection and nothing else", async () => {
  const { bridge, port, open } = await carried();
  const raw = connect(port, "127.0.0.1");
  raw.write(
    "GET /sender HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n\xff\xff\xff\xff",
    "latin1",
  );
  raw.resume();
  const { seen } = await bridge.connection();
  await bridge.until(() => seen.some((words) => words.startsWith("fail BRIDGE_BAD_FRAME")));
  raw.destroy();
  await bridge.until(() => seen.at(-1) === "closed");
  const socket = open();
  await once(socket, "open");
  socket.terminate();
});

test.each<[string, string | undefined, boolean]>([
  ["its own page", "http://HOST", true],
  ["its own page behind TLS that ends elsewhere", "https://HOST", true],
  ["a page that is allowed", "https://studio.example", true],
  ["a program", undefined, true],
  ["another page", "https://evil.example", false],
  ["a page on another port", "http://127.0.0.1:1", false],
  ["a page in a sandbox", "null", false],
  ["an extension", "chrome-extension://abc", false],
])("%s may connect or not: %s", async (_name, origin, mayConnect) => {
  const { port, open, troubles } = await carried();
  const from = origin?.replace("HOST", `127.0.0.1:${port}`);
  const socket = open(from === undefined ? {} : { origin: from });
  if (mayConnect) {
    await once(socket, "open");
    socket.terminate();
  } else {
    expect(await refusal(socket)).toBe(403);
    expect(troubles).toEqual(["a page of another origin asked"]);
  }
});

test("another path is refused with 404, and half a handshake with 400", async () => {
  const { open, bridge, port } = await carried();
  expect(await refusal(open({}, "/other"))).toBe(404);
  const raw = connect(port, "127.0.0.1").setEncoding("latin1");
  raw.write("GET /sender HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
  expect(await once(raw, "data")).toEqual([expect.stringMatching(/^HTTP\/1.1 400 /)]);
  await once(raw, "close");
  expect(bridge.connections).toEqual([]);
});

test("the ninth stranger of one address is told so, and a place is free again when one is admitted or leaves", async () => {
  const { open, bridge } = await carried();
  const strangers = Array.from({ length: 8 }, () => open());
  await bridge.until(() => bridge.connections.length === 8);
  const ninth = open();
  const heard = once(ninth, "message") as Promise<[Buffer]>;
  expect(await closing(ninth)).toEqual([4000, "BRIDGE_TOO_MANY_CONNECTIONS"]);
  const frame = decodeFrame((await heard)[0]);
  expect(frame?.kind).toBe(FrameKind.Refusal);
  expect(decodeWords(frame!.payload)).toMatchObject({ code: "BRIDGE_TOO_MANY_CONNECTIONS" });
  bridge.connections[0]?.admit();
  open();
  await bridge.connection(8);
  strangers[1]?.terminate();
  await bridge.until(() => bridge.connections.some(({ seen }) => seen.includes("closed")));
  open();
  await bridge.connection(9);
});

test("behind a proxy that is trusted, the address is the last that it wrote", async () => {
  const { open, bridge } = await carried({ trustsProxy: true });
  open({ headers: { "X-Forwarded-For": "203.0.113.1, 192.0.2.9" } });
  open({ headers: { "X-Forwarded-For": "<script>" } });
  await bridge.connection(1);
  const addresses = bridge.connections.map(({ connection }) => connection.remoteAddress);
  expect(addresses.sort()).toEqual(["127.0.0.1", "192.0.2.9"]);
  const careful = await carried();
  careful.open({ headers: { "X-Forwarded-For": "192.0.2.9" } });
  expect((await careful.bridge.connection()).connection.remoteAddress).toBe("127.0.0.1");
});

test("what the phone does not take is counted as unsent, and closing does not wait for it", async () => {
  const { open, bridge, clock } = await carried();
  const socket = open();
  const { connection, seen } = await bridge.connection();
  await once(socket, "open");
  socket.pause();
  const part = new Uint8Array(1024 * 1024);
  for (let i = 0; i < 64; i++) connection.send(part);
  expect(connection.unsentBytes).toBeGreaterThan(1024 * 1024);
  connection.close("BRIDGE_IDLE");
  clock.advance(2000);
  await bridge.until(() => seen.length > 0);
  expect(seen).toEqual(["closed"]);
  socket.terminate();
});

test("a stranger that pings and takes no answer is cut off", async () => {
  const { open, bridge } = await carried();
  const socket = open();
  const { seen } = await bridge.connection();
  await once(socket, "open");
  socket.pause();
  const payload = Buffer.alloc(125);
  for (let i = 0; i < 200_000; i++) socket.ping(payload, true, () => undefined);
  await bridge.until(() => seen.length > 0);
  expect(seen).toEqual(["closed"]);
});

test("bytes of a frame that is not whole yet are counted as they come", async () => {
  const { open, bridge } = await carried();
  const socket = open();
  await once(socket, "open");
  const { connection, seen } = await bridge.connection();
  const before = connection.receivedBytes;
  socket.send(Buffer.alloc(1000), { fin: false });
  while (connection.receivedBytes < before + 1000) await new Promise((resolve) => setImmediate(resolve));
  expect(seen).toEqual([]);
  socket.send(Buffer.alloc(1000));
  await bridge.until(() => seen.length > 0);
  expect(seen[0]).toContain("of 2000");
});

test("closing tells every phone, and is over when the last is gone", async () => {
  const { open, bridge, carrier, clock } = await carried();
  const prompt = open();
  const stuck = open();
  await Promise.all([once(prompt, "open"), once(stuck, "open"), bridge.connection(1)]);
  stuck.pause();
  const told = closing(prompt);
  const closed = carrier.close();
  expect(await told).toEqual([4000, "BRIDGE_CLOSING"]);
  clock.advance(2000);
  await closed;
  expect(bridge.connections.map(({ seen }) => seen)).toEqual([["closed"], ["closed"]]);
});

test("a socket that is reset while it is sent to does no harm", async () => {
  const { open, bridge } = await carried();
  const socket = open();
  const { connection, seen } = await bridge.connection();
  await once(socket, "open");
  (socket as unknown as { readonly _socket: Socket })._socket.resetAndDestroy();
  for (let i = 0; i < 100; i++) connection.send(new Uint8Array(100_000));
  await bridge.until(() => seen.includes("closed"));
  connection.send(new Uint8Array(1));
  connection.close("BRIDGE_CLOSING");
  expect(seen).toEqual(["closed"]);
});
