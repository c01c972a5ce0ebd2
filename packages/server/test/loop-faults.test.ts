import { expect, test } from "vitest";
import { createRtmpServer } from "../src/index.ts";
import type { RtmpServer } from "../src/index.ts";
import { interFrame, keyFrame, videoHeader } from "./media.ts";
import { SocketClient } from "./socket-client.ts";

/** A server with two loops, and what it reports. */
async function start(): Promise<{ server: RtmpServer; port: number; reasons: string[] }> {
  const server = createRtmpServer({ port: 0, loops: 2 });
  const reasons: string[] = [];
  server.on("disconnect", (_client, reason) => void reasons.push(reason));
  return { server, port: (await server.listen()).port, reasons };
}

/** Connections are dealt in turn: those who are opened one after the other come to the loops one after the other. */
async function open(port: number, what: "publish" | "play"): Promise<SocketClient> {
  const client = new SocketClient(port);
  client.begin(what, "s");
  await client.until(() =>
    client.codes.includes(what === "publish" ? "NetStream.Publish.Start" : "NetStream.Play.Start"),
  );
  return client;
}

function send(publisher: SocketClient, n: number): void {
  publisher.session.sendMedia(1, 9, n * 40, n === 0 ? keyFrame(0) : interFrame(n));
  publisher.flush();
}

async function kill(server: RtmpServer, loop: number): Promise<void> {
  const { loops } = await server.stats();
  const pid = loops.find((stats) => stats.loop === loop)?.pid;
  if (pid === undefined) throw new Error(`no loop ${loop}`);
  const ended = new Promise<void>((resolve) => server.once("loopEnd", () => resolve()));
  process.kill(pid, "SIGKILL");
  await ended;
}

test("a loop that is killed while 200 viewers watch costs the viewers of the other loop nothing", async () => {
  const { server, port, reasons } = await start();
  const publisher = await open(port, "publish"); // loop 1
  publisher.session.sendMedia(1, 9, 0, videoHeader);
  send(publisher, 0);
  const viewers: SocketClient[] = [];
  for (let n = 0; n < 200; n++) viewers.push(await open(port, "play")); // loops 2, 1, 2, …
  const [killed, spared] = [0, 1].map((rest) => viewers.filter((_viewer, n) => n % 2 === rest));
  for (let n = 1; n < 50; n++) send(publisher, n);
  await Promise.all(viewers.map((viewer) => viewer.until(() => viewer.frames.length === 51)));
  const replaced = new Promise<number>((resolve) => server.once("loopStart", resolve));
  await kill(server, 2);
  for (let n = 50; n < 100; n++) send(publisher, n);
  await Promise.all(spared!.map((viewer) => viewer.until(() => viewer.frames.length === 101)));
  const sent = [videoHeader.at(-1), ...Array.from({ length: 100 }, (_, n) => n)];
  for (const viewer of spared!) expect(viewer.frames).toEqual(sent);
  await Promise.all(killed!.map((viewer) => viewer.until(() => viewer.closed)));
  expect(reasons).toEqual(killed!.map(() => "loop-died"));

  expect(await replaced).toBe(3);
  const next = [await open(port, "play"), await open(port, "play")]; // one of them on the new loop
  await Promise.all(next.map((viewer) => viewer.until(() => viewer.frames.length === 101)));
  const { loops, subscribers, plays } = await server.stats();
  expect(loops.map(({ loop, connections }) => [loop, connections])).toEqual([
    [1, 102],
    [3, 1],
  ]);
  expect({ subscribers, plays: plays.accepted >= 102 }).toEqual({ subscribers: 102, plays: true });
  await server.close();
});

test("when the publisher's loop is killed, viewers of the other stay and go on with whoever publishes next", async () => {
  const { server, port } = await start();
  const publisher = await open(port, "publish"); // loop 1
  const viewer = await open(port, "play"); // loop 2
  send(publisher, 0);
  await viewer.until(() => viewer.frames.length === 1);
  await kill(server, 1);
  await viewer.until(() => viewer.codes.includes("NetStream.Play.UnpublishNotify"));
  expect(server.isLive("live", "s")).toBe(false);
  const next = await open(port, "publish");
  send(next, 0);
  await viewer.until(() => viewer.codes.includes("NetStream.Play.PublishNotify") && viewer.frames.length === 2);
  expect(viewer.closed).toBe(false);
  await server.close();
});

test("loops are replaced under a stream: those who are there go on, and those who come find it", async () => {
  const { server, port, reasons } = await start();
  const publisher = await open(port, "publish");
  const before = [await open(port, "play"), await open(port, "play")];
  send(publisher, 0);
  await Promise.all(before.map((viewer) => viewer.until(() => viewer.frames.length === 1)));
  await server.replaceLoops();
  const after = [await open(port, "play"), await open(port, "play")];
  await Promise.all(after.map((viewer) => viewer.until(() => viewer.frames.length === 1)));
  send(publisher, 1);
  const all = [...before, ...after];
  await Promise.all(all.map((viewer) => viewer.until(() => viewer.frames.length === 2)));
  for (const viewer of all) expect(viewer.frames).toEqual([0, 1]);
  expect((await server.stats()).loops.map(({ loop, draining }) => [loop, draining])).toEqual([
    [1, true],
    [2, true],
    [3, false],
    [4, false],
  ]);
  expect(reasons).toEqual([]);
  let drained = 0;
  const drainedBoth = new Promise<void>((resolve) =>
    server.on("loopEnd", (_loop, { expected }) => {
      if (expected && ++drained === 2) resolve();
    }),
  );
  for (const client of [publisher, ...before]) client.socket.destroy();
  await drainedBoth;
  const { plays, publishes } = await server.stats();
  expect({ plays: plays.accepted, publishes: publishes.accepted }).toEqual({ plays: 4, publishes: 1 }); // counted for good
  await server.close();
});

test("the last client of a loop that is replaced, or closed, goes with its own reason like any other", async () => {
  const server = createRtmpServer({ port: 0, loops: 1 });
  const told: string[] = [];
  server.on("unpublish", (_stream, _client, reason) => void told.push(`unpublish ${reason}`));
  server.on("stop", (_stream, _client, reason) => void told.push(`stop ${reason}`));
  server.on("disconnect", (_client, reason) => void told.push(`disconnect ${reason}`));
  const { port } = await server.listen();
  const leaving = await open(port, "play");
  await server.replaceLoops();
  const ended = new Promise<void>((resolve) => server.once("loopEnd", () => resolve()));
  leaving.socket.end();
  await ended;
  expect(told.splice(0)).toEqual(["stop disconnected", "disconnect closed-by-peer"]);
  await open(port, "play");
  await server.close();
  expect(told).toEqual(["stop shutdown", "disconnect shutdown"]);
});
