import { expect, test } from "vitest";
import { ConfigurationFolder } from "./configuration-files.ts";
import { RtmpPeer } from "./rtmp-peer.ts";
import { ServerProcess } from "./server-process.ts";

test("with --loops, a stream of one process plays in another, and the end is in good order", async () => {
  using server = new ServerProcess(["--port", "0", "--loops", "2"]);
  const port = await server.port();
  using publisher = await RtmpPeer.open(port, "live", "publish", "stream0");
  await publisher.hears("NetStream.Publish.Start");
  using viewer = await RtmpPeer.open(port, "live", "play", "stream0");
  await viewer.hears("NetStream.Play.Start");
  expect(JSON.parse(await server.line('"publish"'))).toMatchObject({ stream: "live/stream0" });
  server.signal("SIGTERM");
  expect((await server.end()).exitCode).toBe(0);
});

test("SIGHUP replaces every loop, with new limits, and cuts nobody off", async () => {
  using folder = new ConfigurationFolder();
  const file = folder.write("rtmp.yaml", "port: 0\nloops: 1\n");
  using server = new ServerProcess(["--config", file]);
  const port = await server.port();
  using old = await RtmpPeer.open(port, "live", "publish", "stream0");
  await old.hears("NetStream.Publish.Start");
  folder.write("rtmp.yaml", "port: 0\nloops: 1\nlimits: {maxStreams: 1, maxConnections: 7}\nmaxFlushDelayMs: 5\n");
  server.signal("SIGHUP");
  expect(JSON.parse(await server.line("changes that need a restart"))).toMatchObject({
    keys: ["maxFlushDelayMs", "limits.maxConnections"],
  });
  await server.line("loops replaced");
  using viewer = await RtmpPeer.open(port, "live", "play", "stream0");
  await viewer.hears("NetStream.Play.Start");
  old.sendKeyFrame(0);
  await viewer.hears("media");
  expect(old.codes).not.toContain("closed");
  using second = await RtmpPeer.open(port, "live", "publish", "stream0");
  await second.hears("NetStream.Publish.BadName"); // the old loop has it still
});
