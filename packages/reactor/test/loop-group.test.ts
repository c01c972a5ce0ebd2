import { once } from "node:events";
import { connect, createServer, type NetConnectOpts, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { seededRandom } from "@rtmp/testkit";
import { afterEach, describe, expect, test } from "vitest";
import { type Connection, LoopGroup, type LoopGroupOptions } from "../src/index.ts";
import { Recorder } from "./recorder.ts";

/** A handler whose end can be waited for. */
class SocketRecorder extends Recorder {
  readonly closed: Promise<string>;
  readonly #resolve: (reason: string) => void;

  constructor() {
    super();
    let resolve: (reason: string) => void = () => undefined;
    this.closed = new Promise((resolveClosed) => (resolve = resolveClosed));
    this.#resolve = resolve;
  }

  override close(reason: string): void {
    super.close(reason);
    this.#resolve(reason);
  }
}

interface Listening {
  readonly group: LoopGroup;
  readonly port: number;
  readonly connections: Connection[];
  readonly recorders: SocketRecorder[];
  /** Connects, and waits until both ends know. */
  readonly connect: (
    options?: Partial<NetConnectOpts>,
  ) => Promise<{ client: Socket; server: Connection; recorder: SocketRecorder }>;
}

const groups: LoopGroup[] = [];
const clients: Socket[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  for (const group of groups.splice(0)) await group.close();
});

function openClient(port: number, options: Partial<NetConnectOpts> = {}): Socket {
  const client = connect({ host: "127.0.0.1", ...options, port });
  client.on("error", () => undefined);
  clients.push(client);
  return client;
}

async function listen(options: Partial<LoopGroupOptions> = {}): Promise<Listening> {
  const connections: Connection[] = [];
  const recorders: SocketRecorder[] = [];
  let onAccepted: () => void = () => undefined;
  const group = new LoopGroup({
    loops: 0,
    onConnection(connection) {
      const recorder = new SocketRecorder();
      connection.open(recorder);
      connections.push(connection);
      recorders.push(recorder);
      onAccepted();
    },
    ...options,
  });
  groups.push(group);
  const { port } = await group.listen({ port: 0 });
  return {
    group,
    port,
    connections,
    recorders,
    async connect(clientOptions) {
      const accepted = new Promise<void>((resolve) => (onAccepted = resolve));
      const client = openClient(port, clientOptions);
      await accepted;
      const server = connections.at(-1);
      const recorder = recorders.at(-1);
      if (server === undefined || recorder === undefined) throw new Error("not accepted");
      return { client, server, recorder };
    },
  };
}

/** Resolves when the client is closed, by an error or in good order. */
function closed(client: Socket): Promise<void> {
  return new Promise((resolve) => client.once("close", () => resolve()));
}

async function readAll(client: Socket): Promise<Buffer> {
  const pieces: Buffer[] = [];
  client.on("data", (bytes) => pieces.push(bytes));
  await closed(client);
  return Buffer.concat(pieces);
}

describe("a connection over a socket", () => {
  test("bytes go both ways; the end of one side closes both, and is told once", async () => {
    const { connect: connectClient } = await listen();
    const { client, server, recorder } = await connectClient();
    client.write("ping");
    while (recorder.bytes.length < 4) await new Promise((resolve) => setImmediate(resolve));
    server.send(Buffer.from("po"));
    server.send(Buffer.from("ng"));
    server.end("done");
    expect(String(await readAll(client))).toBe("pong");
    expect(await recorder.closed).toBe("done");
    expect(recorder.closeReasons).toHaveLength(1);
    expect(server).toMatchObject({ closed: true, bytesRead: 4, bytesWritten: 4, unsentBytes: 0 });
  });

  test("small lots and lots too large to join arrive whole and in order", async () => {
    const { connect: connectClient } = await listen();
    const { client, server } = await connectClient();
    const random = seededRandom(7);
    const parts = [10, 70_000, 300, 1, 200_000, 5].map((size) => random.bytes(size));
    for (const part of parts) server.send(part);
    server.end("done");
    expect((await readAll(client)).equals(Buffer.concat(parts))).toBe(true);
  });

  test("a client that half closes still gets what waits, then our close", async () => {
    const { connect: connectClient } = await listen();
    const { client, server, recorder } = await connectClient({ allowHalfOpen: true });
    server.send(Buffer.from("last words"));
    client.end();
    expect(String(await readAll(client))).toBe("last words");
    expect(await recorder.closed).toBe("closed-by-peer");
  });

  test("a peer that resets is a reason and Node's error, not an uncaught exception", async () => {
    const { connect: connectClient } = await listen();
    const { client, recorder } = await connectClient();
    client.resetAndDestroy();
    expect(await recorder.closed).toBe("connection-reset");
    expect(recorder.errors).toEqual([expect.objectContaining({ code: "ECONNRESET" })]);
  });

  test("a peer that never reads lets unsentBytes rise and send say false; end cuts it off within its time", async () => {
    const { connect: connectClient } = await listen({ endTimeoutMs: 50 });
    const { client, server, recorder } = await connectClient();
    client.pause();
    const block = Buffer.alloc(1024 * 1024);
    let sent = 0;
    while (server.send(block) || sent < 32) {
      sent += 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(server.unsentBytes).toBeGreaterThan(1024 * 1024);
    expect(recorder.drains).toBe(0);
    server.end("too slow");
    expect(await recorder.closed).toBe("too slow");
    expect(server.unsentBytes).toBe(0);
  });

  test("drain is told when a slow peer reads again", async () => {
    const { connect: connectClient } = await listen();
    const { client, server, recorder } = await connectClient();
    client.pause();
    const block = Buffer.alloc(1024 * 1024);
    for (let sent = 0; server.send(block) || sent < 32; sent++) await new Promise((resolve) => setImmediate(resolve));
    const drained = new Promise<void>((resolve) => (recorder.drain = resolve));
    client.resume();
    await drained;
    expect(server.unsentBytes).toBeLessThan(1024 * 1024);
  });

  test("a peer reads nothing of what waits when it is destroyed, but hears of it", async () => {
    const { connect: connectClient } = await listen();
    const { client, server, recorder } = await connectClient();
    server.send(Buffer.from("x"));
    server.destroy("kicked");
    const error = await once(client, "error").catch((thrown: unknown) => [thrown]);
    expect(error).toEqual([expect.objectContaining({ code: "ECONNRESET" })]);
    expect(await recorder.closed).toBe("kicked");
  });

  test("a paused connection keeps its bytes until it resumes", async () => {
    let paused: Connection | undefined;
    const recorder = new SocketRecorder();
    const { port } = await listen({
      onConnection(connection) {
        connection.pause();
        connection.open(recorder);
        paused = connection;
      },
    });
    const client = openClient(port);
    client.end("hello");
    await once(client, "finish");
    await new Promise((resolve) => setImmediate(resolve));
    expect(recorder.pieces).toEqual([]);
    paused?.resume();
    expect(await recorder.closed).toBe("closed-by-peer");
    expect(String(Buffer.from(recorder.bytes))).toBe("hello");
  });
});

describe("limits", () => {
  test("a connection too many is closed at once and counted; when one leaves, there is room again", async () => {
    const { group, port, connect: connectClient } = await listen({ maxConnections: 2 });
    await connectClient();
    const { client, recorder } = await connectClient();
    await closed(openClient(port).resume());
    expect(await group.stats()).toMatchObject({
      ...{ connections: 2, accepted: 2, refused: 1 },
      loops: [{ loop: 0, pid: process.pid, draining: false, connections: 2, accepted: 2, refused: 1 }],
    });
    client.destroy();
    await recorder.closed;
    await connectClient();
    expect(await group.stats()).toMatchObject({ connections: 2, accepted: 3, refused: 1 });
  });

  test("one address too often is refused, another is let in", async () => {
    const { group, port, connections, connect: connectClient } = await listen({ maxConnectionsPerAddress: 1 });
    await connectClient();
    await closed(openClient(port).resume());
    await connectClient({ localAddress: "127.0.0.2" });
    expect(connections.map(({ remoteAddress }) => remoteAddress)).toEqual(["127.0.0.1", "127.0.0.2"]);
    expect(await group.stats()).toMatchObject({ connections: 2, accepted: 2, refused: 1 });
  });

  test.each(["maxConnections", "maxConnectionsPerAddress"])("%s 0 is a RangeError that names it", (name) => {
    expect(() => new LoopGroup({ loops: 0, onConnection: () => undefined, [name]: 0 })).toThrow(new RegExp(name));
  });
});

describe("listening", () => {
  test("a port that is taken rejects with Node's error", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const address = other.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const { group } = await listen();
    await expect(group.listen({ port })).rejects.toMatchObject({ code: "EADDRINUSE" });
    other.close();
  });

  test("a group listens on several ports, with limits for all together", async () => {
    const { group, port, connect: connectClient } = await listen({ maxConnections: 1 });
    const second = await group.listen({ port: 0, host: "127.0.0.1" });
    expect(second.port).not.toBe(port);
    await connectClient();
    await closed(openClient(second.port).resume());
    expect(await group.stats()).toMatchObject({ connections: 1, refused: 1 });
  });

  test.each([-1, 0.5, NaN])("%s loops are a RangeError", (loops) => {
    expect(() => new LoopGroup({ loops, onConnection: () => undefined })).toThrow(RangeError);
  });

  test("loops in this process without onConnection, and others without entry, are a TypeError that names it", () => {
    expect(() => new LoopGroup({ loops: 0 })).toThrow(/onConnection/);
    expect(() => new LoopGroup({ loops: 1 })).toThrow(/entry/);
  });

  test("an owner that throws loses that connection only; what it threw is reported", async () => {
    const boom = new Error("boom");
    const errors: unknown[] = [];
    let count = 0;
    const { port } = await listen({
      onError: (error) => errors.push(error),
      onConnection(connection) {
        count += 1;
        if (count === 1) throw boom;
        connection.end("fine");
      },
    });
    await closed(openClient(port).resume());
    await closed(openClient(port).resume());
    expect(count).toBe(2);
    expect(errors).toEqual([boom]);
  });
});

describe("closing", () => {
  test("every connection ends with the reason, the port is free, and a second close is the same", async () => {
    const { group, port, recorders, connect: connectClient } = await listen();
    const { client } = await connectClient();
    await connectClient();
    const read = readAll(client);
    await Promise.all([group.close("restart"), group.close("again")]);
    await read;
    expect(recorders.map(({ closeReasons }) => closeReasons)).toEqual([["restart"], ["restart"]]);
    const [error] = (await once(openClient(port), "error").catch((thrown: unknown) => [thrown])) as [unknown];
    expect(error).toMatchObject({ code: "ECONNREFUSED" });
    await expect(group.listen({ port: 0 })).rejects.toThrow(TypeError);
  });

  test("a client that never reads and never closes delays it no longer than endTimeoutMs", async () => {
    const { group, recorders, connect: connectClient } = await listen({ endTimeoutMs: 50 });
    const { client, server } = await connectClient({ allowHalfOpen: true });
    client.pause();
    server.send(Buffer.alloc(32 * 1024 * 1024));
    await group.close();
    expect(recorders[0]?.closeReasons).toEqual(["shutdown"]);
  });

  test("bytes of connections that are gone stay in the stats", async () => {
    const { group, connect: connectClient } = await listen();
    const { client, recorder } = await connectClient();
    client.end("12345");
    await recorder.closed;
    const all = await group.stats();
    expect(all).toMatchObject({ connections: 0, bytesRead: 5, bytesWritten: 0 });
    const [stats] = all.loops;
    expect(stats).toMatchObject({ connections: 0, bytesRead: 5, bytesWritten: 0 });
    expect(stats?.delayP99Ms).toBeGreaterThanOrEqual(stats?.delayP50Ms ?? Infinity);
  });
});

describe("TLS", () => {
  // A key known to both sides stands in for a certificate.
  const key = Buffer.from("6b6579206f6620746865207465737473", "hex");
  const ciphers = "PSK-AES128-GCM-SHA256";
  const tls = { pskCallback: () => key, ciphers, maxVersion: "TLSv1.2" } as const;

  function openTlsClient(port: number): Socket {
    const client = connectTls({
      host: "127.0.0.1",
      port,
      ciphers,
      maxVersion: "TLSv1.2",
      pskCallback: () => ({ psk: key, identity: "test" }),
      checkServerIdentity: () => undefined,
    });
    client.on("error", () => undefined);
    clients.push(client);
    return client;
  }

  test("bytes go both ways, and the connection counts once", async () => {
    const { group, recorders, connections } = await listen();
    const { port } = await group.listen({ port: 0, tls });
    const client = openTlsClient(port);
    await once(client, "secureConnect");
    client.write("ping");
    while (recorders[0]?.bytes.length !== 4) await new Promise((resolve) => setImmediate(resolve));
    expect(await group.stats()).toMatchObject({ connections: 1, accepted: 1 });
    expect(connections[0]).toMatchObject({ remoteAddress: "127.0.0.1", localPort: port });
    connections[0]?.send(Buffer.from("pong"));
    connections[0]?.end("done");
    expect(String(await readAll(client))).toBe("pong");
    expect(await recorders[0].closed).toBe("done");
    expect(recorders[0].errors).toEqual([]);
  });

  test("bytes that are not TLS cost no connection and throw nothing", async () => {
    const { group, connections } = await listen();
    const { port } = await group.listen({ port: 0, tls });
    const client = openClient(port);
    client.resume().write("\x03 this is RTMP without TLS, as far as it goes");
    await closed(client);
    await group.close();
    expect(await group.stats()).toMatchObject({ connections: 0, accepted: 1, failedTlsHandshakes: 1 });
    expect(connections).toEqual([]);
  });

  test("closing does not wait for a handshake that never comes", async () => {
    const { group } = await listen();
    const { port } = await group.listen({ port: 0, tls });
    const client = openClient(port);
    client.resume();
    await once(client, "connect");
    while ((await group.stats()).connections !== 1) await new Promise((resolve) => setImmediate(resolve));
    await group.close();
    expect(await group.stats()).toMatchObject({ connections: 0 });
  });

  test("over a limit, a socket is closed before its handshake", async () => {
    const { group, connect: connectClient } = await listen({ maxConnections: 1 });
    const { port } = await group.listen({ port: 0, tls });
    await connectClient();
    const client = openTlsClient(port);
    await closed(client);
    expect(await group.stats()).toMatchObject({ connections: 1, accepted: 1, refused: 1 });
  });

  test("a peer that never reads is cut off after end, as without TLS", async () => {
    const { group, recorders, connections } = await listen({ endTimeoutMs: 50 });
    const { port } = await group.listen({ port: 0, tls });
    const client = openTlsClient(port);
    await once(client, "secureConnect");
    while (connections.length === 0) await new Promise((resolve) => setImmediate(resolve));
    client.pause();
    connections[0]?.send(Buffer.alloc(32 * 1024 * 1024));
    connections[0]?.end("too slow");
    expect(await recorders[0]?.closed).toBe("too slow");
  });
});
