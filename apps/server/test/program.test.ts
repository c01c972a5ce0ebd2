import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { version } from "../src/version.ts";
import { ConfigurationFolder } from "./configuration-files.ts";
import { RtmpPeer } from "./rtmp-peer.ts";
import { ServerProcess } from "./server-process.ts";

test("the program says where to push to and watch, relays, and answers SIGTERM with 0 while somebody publishes", async () => {
  using server = new ServerProcess(["--host", "127.0.0.1", "--port", "0"]);
  const port = await server.port();
  const url = `rtmp://127.0.0.1:${port}/live/stream0`;
  expect(await server.line("ready")).toContain(`RTMP server ready — push to ${url} and watch ${url}`);
  using publisher = await RtmpPeer.open(port, "live", "publish", "stream0");
  await publisher.hears("NetStream.Publish.Start");
  using player = await RtmpPeer.open(port, "live", "play", "stream0");
  await player.hears("NetStream.Play.Start");
  publisher.sendKeyFrame(0);
  await player.hears("media");
  const startedAt = performance.now();
  server.signal("SIGTERM");
  const { exitCode, stdout, stderr } = await server.end();
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(performance.now() - startedAt).toBeLessThan(5000);
  expect(stdout).toContain('"reason":"shutdown"');
  expect(stdout.trimEnd().split("\n").at(-1)).toContain('"stopped"');
});

test("SIGINT exits with 0", async () => {
  using server = new ServerProcess(["--port", "0", "--log-format", "pretty"]);
  expect(await server.line("RTMP server ready")).toMatch(
    /INFO: RTMP server ready — push to rtmp:\S+ and watch rtmp:\S+$/,
  );
  server.signal("SIGINT");
  expect((await server.end()).exitCode).toBe(0);
});

test("a port in use is one sentence on standard error and exit code 1", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  using server = new ServerProcess(["--port", String(port)]);
  expect(await server.end()).toEqual({
    exitCode: 1,
    stdout: "",
    stderr: `rtmp-server: Port ${port} on 127.0.0.1 is in use by another program: stop that one, or choose another port with --port.\n`,
  });
  other.close();
});

test("a port in use for metrics names the metrics' option", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  using server = new ServerProcess(["--port", "0", "--metrics-port", String(port)]);
  const { exitCode, stderr } = await server.end();
  expect(exitCode).toBe(1);
  expect(stderr).toContain("choose another port with --metrics-port.");
  other.close();
});

test("a configuration that is not valid is exit code 2 and a line for each problem", async () => {
  using server = new ServerProcess(["--port", "x"], { RTMP_LOOPS: "many" });
  expect(await server.end()).toEqual({
    exitCode: 2,
    stdout: "",
    stderr:
      "rtmp-server: The configuration is not valid:\n" +
      '  port: expected an integer from 0 to 65535, got "x" (from --port)\n' +
      '  loops: expected an integer from 0 to 256, got "many" (from RTMP_LOOPS)\n',
  });
});

test("--version and --print-config end at once with 0", async () => {
  using versionOnly = new ServerProcess(["--version"]);
  expect(await versionOnly.end()).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: "" });
  using printing = new ServerProcess(["--print-config"], { RTMP_PORT: "5" });
  const { exitCode, stdout } = await printing.end();
  expect(exitCode).toBe(0);
  expect(stdout).toContain("port: 5 # RTMP_PORT\n");
});

test("SIGHUP takes over log level and tokens from the file, and keeps the old ones when the file is wrong", async () => {
  using folder = new ConfigurationFolder();
  const file = folder.write("rtmp.yaml", "port: 0\n");
  using server = new ServerProcess(["--config", file]);
  const port = await server.port();
  folder.write("rtmp.yaml", "port: 0\nhost: 0.0.0.0\nlogLevel: debug\npublishKeys: {'*': secret}\n");
  server.signal("SIGHUP");
  expect(JSON.parse(await server.line("configuration reloaded"))).toMatchObject({ logLevel: "debug", publishKeys: 1 });
  expect(JSON.parse(await server.line("changes that need a restart"))).toMatchObject({ keys: ["host"] });
  using stranger = await RtmpPeer.open(port, "live", "publish", "stream0");
  await stranger.hears("NetStream.Publish.Denied");
  expect(await server.line('"connect"')).toContain('"debug"');

  folder.write("rtmp.yaml", "prot: 0\n");
  server.signal("SIGHUP");
  expect(JSON.parse(await server.line("configuration not reloaded"))).toMatchObject({
    problems: [`prot: unknown key, did you mean port? (in ${file})`],
  });
  using publisher = await RtmpPeer.open(port, "live", "publish", "stream0?token=secret");
  await publisher.hears("NetStream.Publish.Start");
});

test("the server goes on when nobody reads its log any more", async () => {
  using server = new ServerProcess(["--port", "0", "--log-level", "debug"]);
  const port = await server.port();
  server.closeOutput();
  for (const streamKey of ["one", "two"]) {
    using publisher = await RtmpPeer.open(port, "live", "publish", streamKey);
    await publisher.hears("NetStream.Publish.Start");
  }
  server.signal("SIGTERM");
  expect((await server.end()).exitCode).toBe(0);
});

test("figures are served over HTTP if asked for", async () => {
  using server = new ServerProcess(["--port", "0", "--metrics-port", "0"]);
  const { port } = JSON.parse(await server.line("metrics are served")) as { readonly port: number };
  await server.line("RTMP server ready");
  const response = await fetch(`http://127.0.0.1:${port}/healthz`);
  expect(await response.json()).toEqual({ status: "ok" });
});

test.each([
  ["an exception", 'throw new Error("boom")'],
  ["a rejection", 'Promise.reject(new Error("boom"))'],
])("%s that nobody expected is logged with its stack and exits with 1", async (_name, fault) => {
  const faultOnSignal = encodeURIComponent(`process.on("SIGUSR2", () => { ${fault} })`);
  const environment = { NODE_OPTIONS: `--import=data:text/javascript,${faultOnSignal}` };
  using server = new ServerProcess(["--port", "0"], environment);
  await server.line("RTMP server ready");
  server.signal("SIGUSR2");
  const fatal: unknown = JSON.parse(await server.line("nobody expected"));
  expect(fatal).toMatchObject({ level: "fatal", error: { message: "boom" } });
  expect((await server.end()).exitCode).toBe(1);
});
