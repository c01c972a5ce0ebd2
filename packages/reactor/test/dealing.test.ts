import { once } from "node:events";
import { connect as connectTls } from "node:tls";
import { describe, expect, test } from "vitest";
import { type Connection, LoopGroup } from "../src/index.ts";
import { loopCommand } from "../src/loop-command.ts";
import { Recorder } from "./recorder.ts";
import { closed, eventually, ReportGroup, served } from "./report-group.ts";

describe("dealing", () => {
  test("connections go round the loops, their ids are unique in the group, and loopOf knows who serves one", async () => {
    await using loops = await ReportGroup.listen({ loops: 3 });
    const clients = [];
    for (let i = 0; i < 7; i++) clients.push(await loops.connect());
    expect(clients.map(({ loop }) => loop)).toEqual([1, 2, 3, 1, 2, 3, 1]);
    expect(clients.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(clients.map(({ id }) => loops.group.loopOf(id))).toEqual([1, 2, 3, 1, 2, 3, 1]);
    expect(loops.group.loopOf(8)).toBeUndefined();
  });

  test("with least-connections the next one goes where there are fewest", async () => {
    await using loops = await ReportGroup.listen({ loops: 2, pick: "least-connections" });
    const first = await loops.connect();
    const second = await loops.connect();
    const third = await loops.connect();
    expect([first.loop, second.loop, third.loop]).toEqual([1, 2, 1]);
    first.socket.destroy();
    third.socket.destroy();
    await eventually(() => loops.group.loopOf(first.id) === undefined && loops.group.loopOf(third.id) === undefined);
    const rest = [await loops.connect(), await loops.connect(), await loops.connect()];
    expect(rest.map(({ loop }) => loop)).toEqual([1, 1, 2]);
  });

  test("bytes that came before the loop had time for the connection are not lost, and half a close is none", async () => {
    await using loops = await ReportGroup.listen({ loops: 1 });
    const unblock = await loops.block(1);
    const socket = loops.dial({ allowHalfOpen: true });
    socket.end("early bird");
    await once(socket, "finish");
    unblock();
    const client = await served(socket);
    await client.closed;
    expect(client.received()).toBe("early bird");
  });

  test("while a loop is busy, the others are dealt connections", async () => {
    await using loops = await ReportGroup.listen({ loops: 2 });
    const unblock = await loops.block(1);
    const [first, second, third] = [loops.dial(), await loops.connect(), loops.dial()];
    const fourth = await loops.connect();
    expect([second.loop, fourth.loop]).toEqual([2, 2]);
    expect(first.bytesRead + third.bytesRead).toBe(0);
    unblock();
    expect([(await served(first)).loop, (await served(third)).loop]).toEqual([1, 1]);
  });

  test("a handler that throws loses that connection only; the group's onError is told in the primary", async () => {
    await using loops = await ReportGroup.listen({ loops: 1, settings: { failAtConnection: true } });
    await closed(loops.dial());
    await loops.until(() => loops.errors.length > 0);
    expect(String(loops.errors[0])).toMatch("told to fail at a connection");
    expect(loops.ends).toEqual([]);
  });
});

describe("limits hold for all loops together", () => {
  test("one connection too many is closed at once; when one leaves, there is room again", async () => {
    await using loops = await ReportGroup.listen({ loops: 2, maxConnections: 2 });
    const { socket } = await loops.connect();
    await loops.connect();
    await closed(loops.dial().resume());
    expect(await loops.group.stats()).toMatchObject({ connections: 2, accepted: 2, refused: 1 });
    socket.destroy();
    await eventually(async () => (await loops.group.stats()).connections === 1);
    await loops.connect();
    const { loops: each } = await loops.group.stats();
    expect(each.map(({ accepted }) => accepted)).toEqual([2, 1]);
  });

  test("one address too often is refused, another is let in", async () => {
    await using loops = await ReportGroup.listen({ loops: 2, maxConnectionsPerAddress: 1 });
    await loops.connect();
    await closed(loops.dial().resume());
    await loops.connect({ localAddress: "127.0.0.2" });
    expect(await loops.group.stats()).toMatchObject({ connections: 2, accepted: 2, refused: 1 });
  });

  test("a socket that died on its way to its loop is given back", async () => {
    await using loops = await ReportGroup.listen({ loops: 1, maxConnections: 3 });
    const unblock = await loops.block(1);
    const dead = [loops.dial(), loops.dial(), loops.dial()];
    await Promise.all(dead.map((socket) => once(socket, "connect")));
    await eventually(() => loops.group.loopOf(3) === 1);
    for (const socket of dead) socket.resetAndDestroy();
    unblock();
    await eventually(() => [1, 2, 3].every((id) => loops.group.loopOf(id) === undefined));
    expect(await loops.group.stats()).toMatchObject({ connections: 0, accepted: 3 });
    await loops.connect();
  });
});

describe("TLS", () => {
  // Without a certificate: both sides agree on a key, and on nobody's name.
  const anonymous = { ciphers: "AECDH-AES128-SHA:@SECLEVEL=0", maxVersion: "TLSv1.2" } as const;

  test("is spoken in the loop, by replacements too", async () => {
    await using loops = await ReportGroup.listen({ loops: 1 });
    const { port } = await loops.group.listen({ port: 0, tls: anonymous });
    for (const loop of [1, 2]) {
      const socket = connectTls({ host: "127.0.0.1", port, rejectUnauthorized: false, ...anonymous });
      loops.watch(socket);
      const client = await served(socket);
      expect(client.loop).toBe(loop);
      socket.end("ping");
      await client.closed;
      expect(client.received()).toBe("ping");
      if (loop === 1) await loops.group.replaceLoops();
    }
  });

  test("bytes that are not TLS are counted, and their connection is given back", async () => {
    await using loops = await ReportGroup.listen({ loops: 1 });
    ({ port: loops.port } = await loops.group.listen({ port: 0, tls: anonymous }));
    const socket = loops.dial();
    socket.resume().write("\x03 this is RTMP without TLS, as far as it goes");
    await closed(socket);
    await eventually(async () => (await loops.group.stats()).connections === 0);
    expect(await loops.group.stats()).toMatchObject({ accepted: 1, failedTlsHandshakes: 1 });
    expect(loops.heard("open")).toEqual([]);
  });

  test("options that cannot be given to another process are a TypeError that names them, and nothing listens", async () => {
    await using loops = new ReportGroup({ loops: 1 });
    const tls = { ...anonymous, pskCallback: () => Buffer.alloc(16) };
    await expect(loops.group.listen({ port: 0, tls })).rejects.toThrow(/tls\.pskCallback/);
    await expect(loops.group.listen({ port: 0, tls })).rejects.toThrow(TypeError);
    expect(loops.group.loopIds).toEqual([]);
  });
});

test("a peer that closed before its connection was opened is noticed when it is", async () => {
  const accepted: Connection[] = [];
  await using group = new ReportGroup({ loops: 0, onConnection: (connection) => accepted.push(connection) });
  ({ port: group.port } = await group.group.listen({ port: 0 }));
  const recorder = new Recorder();
  const client = group.dial().resume().end();
  await once(client, "finish");
  await eventually(() => accepted.length > 0);
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
  accepted[0]?.open(recorder);
  await eventually(() => recorder.closeReasons.length > 0);
  expect(recorder.closeReasons).toEqual(["closed-by-peer"]);
});

describe("options of loops", () => {
  test("settings that cannot be given to another process are a TypeError that names them", () => {
    const entry = new URL("file:///loop.js");
    expect(() => new LoopGroup({ loops: 1, entry, settings: { hook: () => undefined } })).toThrow(/settings/);
  });

  test("an entry that is no file is a TypeError that names it", () => {
    expect(() => new LoopGroup({ loops: 1, entry: new URL("https://example.org/loop.js") })).toThrow(/entry/);
  });

  test("loops inherit the flags of this process, but for those about its own program and its debugger", () => {
    const own = [
      "--inspect=0",
      "--inspect-port",
      "0",
      "--conditions",
      "x",
      "--input-type=module",
      "-e",
      "1",
      "--no-warnings",
    ];
    const entry = new URL("file:///loop.js");
    expect(loopCommand(entry, ["--expose-gc"], own).execArgv).toEqual([
      "--conditions",
      "x",
      "--no-warnings",
      "--expose-gc",
    ]);
    const fromSource = loopCommand(new URL("file:///loop.ts"), [], ["--conditions=@rtmp/source"]);
    expect(fromSource.execArgv).toEqual(["--conditions=@rtmp/source"]);
  });

  test("execArgv are flags of the loops, behind those of this process", async () => {
    await using loops = await ReportGroup.listen({ loops: 1, execArgv: ["--max-semi-space-size=1"] });
    await loops.pidOf(1);
    expect(loops.heard("started")[0]?.execArgv.at(-1)).toBe("--max-semi-space-size=1");
  });
});
