import { expect, test } from "vitest";
import { ReportGroup } from "./report-group.ts";

test("every loop is replaced by one with the new settings; the old ones serve on, and end with their last connection", async () => {
  await using loops = await ReportGroup.listen({ loops: 2, settings: "old" });
  const clients = [await loops.connect(), await loops.connect()];
  await loops.group.replaceLoops({ settings: "new" });
  expect(loops.group.loopIds).toEqual([1, 2, 3, 4]);
  expect((await loops.group.stats()).loops.map(({ draining }) => draining)).toEqual([true, true, false, false]);
  await loops.until(() => loops.heard("draining").length === 2 && loops.heard("started").length === 4);
  expect(loops.heard("started", 4)[0]?.settings).toBe("new");

  clients[0]?.socket.write("still served");
  const later = [await loops.connect(), await loops.connect()];
  expect(later.map(({ loop }) => loop).sort()).toEqual([3, 4]);
  clients[0]?.socket.end();
  await clients[0]?.closed;
  expect(clients[0]?.received()).toBe("still served");
  await loops.until(() => loops.ends.length === 1);
  expect(loops.ends).toMatchObject([
    { loop: 1, end: { expected: true, exitCode: 0, connectionIds: [], counters: { served: 1 } } },
  ]);
  expect(loops.group.loopIds).toEqual([2, 3, 4]);
});

test("a loop that dies later is replaced with the new settings; a draining one is not replaced", async () => {
  await using loops = await ReportGroup.listen({ loops: 1, settings: "old" });
  await loops.connect();
  await loops.group.replaceLoops({ settings: "new" });
  process.kill(await loops.pidOf(1), "SIGKILL");
  process.kill(await loops.pidOf(2), "SIGKILL");
  await loops.until(() => loops.ends.length === 2 && loops.heard("started", 3).length === 1);
  expect(loops.heard("started", 3)[0]?.settings).toBe("new");
  expect(loops.group.loopIds).toEqual([3]);
});

test("an old loop is ended after drainMs, after its goodbye", async () => {
  await using loops = await ReportGroup.listen({ loops: 1 });
  const client = await loops.connect();
  await loops.group.replaceLoops({ drainMs: 1 });
  await client.closed;
  expect(client.received()).toBe("goodbye\n");
  await loops.until(() => loops.ends.length === 1);
  expect(loops.heard("closed", 1)).toMatchObject([{ reason: "loop-replaced" }]);
  expect(loops.ends[0]?.end.expected).toBe(true);
  expect(loops.group.loopIds).toEqual([2]);
});

test("of more than twice as many draining as there are loops, the oldest is ended", async () => {
  await using loops = await ReportGroup.listen({ loops: 1 });
  const clients = [];
  for (let i = 0; i < 3; i++) {
    clients.push(await loops.connect());
    await loops.group.replaceLoops();
  }
  await clients[0]?.closed;
  await loops.until(() => loops.ends.length === 1);
  expect(loops.ends[0]?.loop).toBe(1);
  expect(loops.heard("closed", 1)).toMatchObject([{ reason: "loop-replaced" }]);
  expect(loops.group.loopIds).toEqual([2, 3, 4]);
});

test("calls wait for each other", async () => {
  await using loops = await ReportGroup.listen({ loops: 2 });
  await Promise.all([loops.group.replaceLoops(), loops.group.replaceLoops()]);
  expect(loops.starts.slice(2)).toEqual([3, 4, 5, 6]);
  await loops.until(() => loops.ends.length === 4);
  expect(loops.group.loopIds).toEqual([5, 6]);
});

test("with settings that no loop can start with it rejects, the old loops stay, and so do the old settings", async () => {
  await using loops = await ReportGroup.listen({ loops: 2, settings: {} });
  await expect(loops.group.replaceLoops({ settings: { failAtStart: true } })).rejects.toThrow(/told to fail/);
  expect(loops.group.loopIds).toEqual([1, 2]);
  process.kill(await loops.pidOf(1), "SIGKILL");
  await loops.until(() => loops.starts.length === 3);
  expect((await loops.connect()).loop).toBeGreaterThan(1);
});

test("without loops, before listen, or with an option that makes no sense it rejects", async () => {
  await using loops = new ReportGroup({ loops: 0, onConnection: () => undefined });
  await expect(loops.group.replaceLoops()).rejects.toThrow(TypeError);
  await using others = new ReportGroup();
  await expect(others.group.replaceLoops()).rejects.toThrow(TypeError);
  await expect(others.group.replaceLoops({ drainMs: -1 })).rejects.toThrow(/drainMs/);
  await expect(others.group.replaceLoops({ settings: () => undefined })).rejects.toThrow(/settings/);
});
