import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { closed, eventually, ReportGroup, served } from "./report-group.ts";

describe("a loop that dies", () => {
  test("is replaced, its connections are told and given back, and the listener stays", async () => {
    await using loops = await ReportGroup.listen({ loops: 2, maxConnections: 3 });
    const clients = [await loops.connect(), await loops.connect(), await loops.connect()];
    process.kill(await loops.pidOf(1), "SIGKILL");
    await loops.until(() => loops.ends.length > 0 && loops.starts.length === 3);
    expect(loops.ends).toMatchObject([
      { loop: 1, end: { expected: false, exitCode: null, signal: "SIGKILL", connectionIds: [1, 3] } },
    ]);
    await Promise.all([clients[0]?.closed, clients[2]?.closed]);
    expect(loops.group.loopIds).toEqual([2, 3]);
    expect(await loops.group.stats()).toMatchObject({ connections: 1, accepted: 3 });
    const later = [await loops.connect(), await loops.connect()];
    expect(later.map(({ loop }) => loop).sort()).toEqual([2, 3]);
  });

  test("of an exception says so, and its handler's last counters are not lost", async () => {
    await using loops = await ReportGroup.listen({ loops: 1, onError: undefined });
    await loops.connect();
    loops.order(1, { order: "throw" });
    await loops.until(() => loops.ends.length > 0);
    expect(loops.ends[0]?.end).toMatchObject({ expected: false, exitCode: 1, counters: { served: 1 } });
  });

  test("with an onError of the group, what a handler throws is told there and nobody dies", async () => {
    await using loops = await ReportGroup.listen({ loops: 1 });
    loops.order(1, { order: "throw" });
    await loops.until(() => loops.errors.length > 0);
    expect(String(loops.errors[0])).toMatch("told to throw");
    await loops.connect();
    expect(loops.group.loopIds).toEqual([1]);
  });

  test("leaves what was not handed over to the others, or to its replacement if there are none", async () => {
    await using loops = await ReportGroup.listen({ loops: 1 });
    await loops.block(1);
    const sockets = Array.from({ length: 5 }, () => loops.dial());
    await eventually(() => loops.group.loopOf(5) === 1);
    process.kill(await loops.pidOf(1), "SIGKILL");
    // Node hands over one socket at a time: the first went to the dead loop, the others did not.
    const clients = await Promise.all(sockets.slice(1).map((socket) => served(socket)));
    expect(clients.map(({ loop }) => loop)).toEqual([2, 2, 2, 2]);
    expect(clients.map(({ id }) => id)).toEqual([2, 3, 4, 5]);
    expect(loops.ends[0]?.end.connectionIds).toEqual([1]);
    await loops.connect();
  });

  test("before it was ready, again and again, is tried again and again, and onError is told", async () => {
    await using loops = new ReportGroup({ loops: 1, settings: {} });
    const failIfFile = join(loops.folder, "fail");
    await using others = await ReportGroup.listen({ loops: 1, settings: { failIfFile } });
    writeFileSync(failIfFile, "");
    process.kill(await others.pidOf(1), "SIGKILL");
    await others.until(() => others.errors.length === 2);
    expect(String(others.errors[0])).toMatch(/loop 2 ended before it was ready: .*exit code 9/);
    expect(String(others.errors[1])).toMatch(/loop 3/);
    const waiting = others.dial();
    rmSync(failIfFile);
    expect((await served(waiting)).loop).toBeGreaterThan(3);
    expect(others.ends).toHaveLength(1);
    expect(others.starts).toHaveLength(2);
  });

  test("stays in the sums of the stats, which never fall", async () => {
    await using loops = await ReportGroup.listen({ loops: 1 });
    const { socket } = await loops.connect();
    socket.write("12345");
    await eventually(async () => (await loops.group.stats()).bytesRead === 5);
    const { bytesWritten, loops: each } = await loops.group.stats();
    expect(each).toMatchObject([
      { loop: 1, pid: await loops.pidOf(1), connections: 1, accepted: 1, bytesRead: 5, counters: { served: 1 } },
    ]);
    process.kill(await loops.pidOf(1), "SIGKILL");
    await loops.until(() => loops.starts.length === 2);
    const after = await loops.group.stats();
    expect(after).toMatchObject({ connections: 0, accepted: 1, bytesRead: 5, bytesWritten });
    expect(after.loops).toMatchObject([{ loop: 2, connections: 0, accepted: 0, bytesRead: 0 }]);
  });
});

test("stats wait no longer than a second for a loop that is busy, and count it with its last figures", async () => {
  await using loops = await ReportGroup.listen({ loops: 2 });
  await loops.connect();
  await eventually(async () => (await loops.group.stats()).bytesWritten > 0);
  const { bytesWritten } = await loops.group.stats();
  const unblock = await loops.block(1);
  const stats = await loops.group.stats();
  expect(stats).toMatchObject({ bytesWritten, loops: [{ loop: 1, connections: 1 }, { loop: 2 }] });
  unblock();
});

describe("starting", () => {
  test("an entry that is not there rejects listen with Node's error, and nothing is left running", async () => {
    await using loops = new ReportGroup({ entry: new URL("./no-such-loop.ts", import.meta.url) });
    await expect(loops.group.listen({ port: 0 })).rejects.toMatchObject({ code: "ENOENT" });
    expect(loops.group.loopIds).toEqual([]);
  });

  test("an entry that throws rejects listen with what it threw", async () => {
    await using loops = new ReportGroup({ settings: { failAtStart: true } });
    await expect(loops.group.listen({ port: 0 })).rejects.toThrow(/loop \d ended before it was ready.*told to fail/);
    expect(loops.group.loopIds).toEqual([]);
    expect(loops.starts).toEqual([]);
  });

  test("an entry that does not call runLoop rejects listen", async () => {
    await using loops = new ReportGroup({ entry: new URL("./open-pair.ts", import.meta.url) });
    await expect(loops.group.listen({ port: 0 })).rejects.toThrow(/ended before it was ready/);
  });

  test("an address that cannot be had rejects listen before any loop is started", async () => {
    await using taken = await ReportGroup.listen({ loops: 1 });
    await using loops = new ReportGroup();
    await expect(loops.group.listen({ port: taken.port })).rejects.toMatchObject({ code: "EADDRINUSE" });
    expect(loops.starts).toEqual([]);
  });
});

describe("messages", () => {
  test("survive the way there and back", async () => {
    await using loops = await ReportGroup.listen({ loops: 1 });
    const value = { bytes: new Uint8Array([1, 2, 255]), map: new Map([[1, new Date(7)]]), nothing: undefined };
    loops.order(1, { order: "echo", value });
    await loops.until(() => loops.heard("echo").length > 0);
    expect(loops.heard("echo")[0]?.value).toEqual(value);
    expect(loops.heard("echo")[0]?.value).toHaveProperty("nothing");
  });

  test("that cannot be given to another process throw, at once and even behind sockets on their way", async () => {
    await using loops = await ReportGroup.listen({ loops: 1 });
    const unblock = await loops.block(1);
    loops.dial();
    await eventually(() => loops.group.loopOf(1) === 1);
    expect(() => loops.group.send(1, () => undefined)).toThrow(/clone/);
    unblock();
  });

  test("to a loop that is not there are not sent", async () => {
    await using loops = await ReportGroup.listen({ loops: 1 });
    expect(loops.group.send(2, "hello")).toBe(false);
  });

  test("settings are given to each loop, and its first message comes after onLoopStart", async () => {
    const order: string[] = [];
    await using loops = await ReportGroup.listen({
      loops: 2,
      settings: { since: new Date(7) },
      onLoopStart: (loop) => order.push(`start ${loop}`),
    });
    await loops.until(() => loops.heard("started").length === 2);
    expect(loops.heard("started").map(({ settings }) => settings)).toEqual([
      { since: new Date(7) },
      { since: new Date(7) },
    ]);
    expect(order.sort()).toEqual(["start 1", "start 2"]);
  });
});

describe("closing", () => {
  test("has every handler say goodbye, ends connections with the reason, and leaves no loop and no file", async () => {
    const before = process.env["TMPDIR"];
    await using loops = new ReportGroup({ loops: 2 });
    process.env["TMPDIR"] = loops.folder;
    ({ port: loops.port } = await loops.group.listen({ port: 0 }));
    process.env["TMPDIR"] = before ?? "";
    if (before === undefined) delete process.env["TMPDIR"];
    expect(readdirSync(loops.folder)).toHaveLength(1);
    const clients = [await loops.connect(), await loops.connect()];
    await Promise.all([loops.group.close("restart"), loops.group.close("again")]);
    await Promise.all(clients.map(({ closed }) => closed));
    expect(clients.map(({ received }) => received())).toEqual(["goodbye\n", "goodbye\n"]);
    expect(loops.heard("closing")).toHaveLength(2);
    expect(loops.heard("closed").map(({ reason }) => reason)).toEqual(["restart", "restart"]);
    expect(loops.ends.map(({ end }) => end)).toMatchObject([
      { expected: true, exitCode: 0, connectionIds: [] },
      { expected: true, exitCode: 0, connectionIds: [] },
    ]);
    expect(readdirSync(loops.folder)).toEqual([]);
    expect(loops.group.loopIds).toEqual([]);
    await expect(loops.group.listen({ port: 0 })).rejects.toThrow(TypeError);
    await expect(loops.group.replaceLoops()).rejects.toThrow(TypeError);
  });

  test("kills a loop that does not end", async () => {
    await using loops = await ReportGroup.listen({ loops: 1, endTimeoutMs: 50 });
    const client = await loops.connect();
    await loops.block(1);
    await loops.group.close();
    await client.closed;
    expect(loops.ends[0]?.end).toMatchObject({ expected: true, signal: "SIGKILL", connectionIds: [1] });
  });

  test.each([0, 1])("while loops are starting, %s of two ready, ends those too, and listen rejects", async (ready) => {
    await using loops = new ReportGroup({ loops: 2 });
    const listening = expect(loops.group.listen({ port: 0 })).rejects.toThrow(/closed while/);
    await loops.until(() => loops.starts.length === ready);
    await loops.group.close();
    await listening;
    expect(loops.group.loopIds).toEqual([]);
    expect(loops.starts).toHaveLength(loops.ends.length);
  });

  test("while loops are being replaced ends old and new, and replaceLoops rejects", async () => {
    await using loops = await ReportGroup.listen({ loops: 2 });
    await loops.connect();
    const replacing = expect(loops.group.replaceLoops()).rejects.toThrow();
    await loops.until(() => loops.starts.length === 3);
    await loops.group.close();
    await replacing;
    expect(loops.group.loopIds).toEqual([]);
    expect(loops.ends).toHaveLength(loops.starts.length);
  });

  test("cuts off sockets that wait for a loop", async () => {
    await using loops = await ReportGroup.listen({ loops: 1, endTimeoutMs: 0 });
    await loops.block(1);
    const sockets = Array.from({ length: 3 }, () => loops.dial().resume());
    await eventually(() => loops.group.loopOf(3) === 1);
    await Promise.all([...sockets.map((socket) => closed(socket)), loops.group.close()]);
    expect(await loops.group.stats()).toMatchObject({ connections: 0, accepted: 3 });
  });
});

test("a signal that a terminal sends to all ends no loop", async () => {
  await using loops = await ReportGroup.listen({ loops: 1 });
  const pid = await loops.pidOf(1);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.kill(pid, signal);
  loops.order(1, { order: "echo", value: "still here" });
  await loops.until(() => loops.heard("echo").length > 0);
  expect(loops.ends).toEqual([]);
});
