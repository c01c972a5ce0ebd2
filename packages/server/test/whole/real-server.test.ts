import { createServer } from "node:net";
import { expect, test } from "vitest";
import { createRtmpServer } from "../../src/index.ts";
import type { RtmpServer } from "../../src/index.ts";
import { keyFrame, videoHeader } from "../media.ts";
import { SocketClient } from "../socket-client.ts";

const loops = Number(process.env.TEST_LOOPS ?? 0);

async function withServer(run: (server: RtmpServer, port: number) => Promise<void>): Promise<void> {
  const server = createRtmpServer({ port: 0, loops });
  try {
    await run(server, (await server.listen()).port);
  } finally {
    await server.close();
  }
}

test("a stream goes from socket to socket, and the figures show it", () =>
  withServer(async (server, port) => {
    const publisher = new SocketClient(port);
    publisher.begin("publish", "s");
    await publisher.until(() => publisher.codes.includes("NetStream.Publish.Start"));
    const viewer = new SocketClient(port);
    viewer.begin("play", "s");
    await viewer.until(() => viewer.codes.includes("NetStream.Play.Start"));
    publisher.session.sendMedia(1, 9, 0, videoHeader);
    publisher.session.sendMedia(1, 9, 0, keyFrame(1));
    publisher.flush();
    await viewer.until(() => viewer.frames.length === 2);
    const stats = await server.stats();
    expect(stats).toMatchObject({
      connections: { current: 2, total: 2, refused: 0 },
      publishers: 1,
      subscribers: 1,
      streams: [{ streamPath: "live/s", isLive: true, subscribers: 1, messagesIn: 2 }],
    });
    expect(stats.loops.map(({ connections }) => connections)).toEqual(loops === 0 ? [2] : [1, 1]);
    expect(server.isLive("live", "s")).toBe(true);
    expect(server.isLive("live", "t")).toBe(false);
    publisher.socket.destroy();
    await viewer.until(() => viewer.codes.includes("NetStream.Play.UnpublishNotify"));
    viewer.socket.destroy();
  }));

test("close tells viewers that the stream has ended, closes every socket and frees the port", async () => {
  const server = createRtmpServer({ port: 0, loops });
  const { port } = await server.listen();
  const publisher = new SocketClient(port);
  publisher.begin("publish", "s");
  await publisher.until(() => publisher.codes.includes("NetStream.Publish.Start"));
  const viewer = new SocketClient(port);
  viewer.begin("play", "s");
  publisher.session.sendMedia(1, 9, 0, videoHeader);
  publisher.flush();
  await viewer.until(() => viewer.frames.length === 1);
  await Promise.all([server.close(), server.close()]);
  await viewer.until(() => viewer.closed);
  await publisher.until(() => publisher.closed);
  expect(viewer.codes).toContain("NetStream.Play.UnpublishNotify");
  expect(viewer.codes).toContain("NetConnection.Connect.AppShutdown");
  const again = createServer();
  await new Promise<void>((resolve, reject) => again.once("error", reject).listen(port, "127.0.0.1", resolve));
  again.close();
});

test("a port in use is Node's own error, and the server can be closed after it", () =>
  withServer(async (_server, port) => {
    const second = createRtmpServer({ port });
    await expect(second.listen()).rejects.toMatchObject({ code: "EADDRINUSE" });
    await second.close();
  }));

test("connections above the limit for one address are closed as they come", async () => {
  const server = createRtmpServer({ port: 0, loops, limits: { maxConnectionsPerAddress: 1 } });
  const { port } = await server.listen();
  const first = new SocketClient(port);
  first.begin("play", "s");
  await first.until(() => first.codes.includes("NetStream.Play.Start"));
  const second = new SocketClient(port);
  await second.until(() => second.closed);
  expect((await server.stats()).connections).toMatchObject({ current: 1, refused: 1 });
  await server.close();
});

test("an option out of its range is refused by name", () => {
  expect(() => createRtmpServer({ port: 70_000 })).toThrow(/port/);
  expect(() => createRtmpServer({ chunkSize: 1 })).toThrow(/chunkSize/);
  expect(() => createRtmpServer({ loops: -1 })).toThrow(/loops/);
  expect(() => createRtmpServer({ subscriber: { skipAboveBytes: -1 } })).toThrow(/subscriber\.skipAboveBytes/);
  expect(() => createRtmpServer({ timeouts: { idleMs: Number.NaN } })).toThrow(/timeouts\.idleMs/);
});
