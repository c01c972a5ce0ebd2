import assert from "node:assert/strict";
import type { Bench, Case } from "../case.ts";
import { assertDecodes } from "../listing.ts";
import { BridgeProgram } from "../phone/bridge-program.ts";
import { BrowserPhone, startBrowser } from "../phone/browser-phone.ts";
import { Recording, longestPause } from "../phone/recording.ts";
import { ThrottlingProxy } from "../phone/throttling-proxy.ts";
import { startServer } from "./application.ts";

async function assertSurvivesCuts(bench: Bench): Promise<void> {
  await using bridge = await BridgeProgram.start(bench.programs, [bench.server.url("live/cuts")]);
  await using proxy = new ThrottlingProxy(bridge.address.httpPort);
  const port = await proxy.listen();
  await using browser = await startBrowser();
  const recording = new Recording(bench.server.url("live/cuts"));
  await using phone = await BrowserPhone.open(browser, bridge.page("", 0, port));
  await phone.pressStart();
  await recording.seconds(3);
  for (let cut = 0; cut < 2; cut++) {
    proxy.cut();
    await recording.seconds(4);
  }
  const [stream] = (await bridge.stats()).streams;
  assert.ok(stream?.connections === 3, `the phone connected ${stream?.connections} times`);
  assert.ok(stream.rtmpSessions === 1, `there were ${stream.rtmpSessions} RTMP sessions`);
  const pauseMs = longestPause(recording.pictures);
  await assertDecodes(bench.programs, await recording.save(bench.path("cuts.flv")));
  assert.ok(
    new Set(recording.pictureSizes).size === 1 && recording.videoConfigs.length === 1,
    "a header was sent again",
  );
  assert.ok(pauseMs < 3000, `the picture stood still for ${pauseMs} ms`);
  console.log(`# the longest pause of the picture is ${pauseMs} ms`);
}

async function assertSurvivesTenSeconds(bench: Bench): Promise<void> {
  await using bridge = await BridgeProgram.start(bench.programs, [bench.server.url("live/ten")]);
  await using proxy = new ThrottlingProxy(bridge.address.httpPort);
  const port = await proxy.listen();
  await using browser = await startBrowser();
  const recording = new Recording(bench.server.url("live/ten"));
  await using phone = await BrowserPhone.open(browser, bridge.page("", 0, port));
  await phone.pressStart();
  await recording.seconds(2);
  const before = recording.timestamp;
  proxy.setDown(true);
  await phone.sees("#message", /connection/i);
  await new Promise((resolve) => setTimeout(resolve, 10_000)); // the ten seconds are what is tried
  proxy.setDown(false);
  await recording.until(({ timestamp }) => timestamp > before + 13_000);
  const [stream] = (await bridge.stats()).streams;
  assert.ok(stream?.rtmpSessions === 1, `there were ${stream?.rtmpSessions} RTMP sessions`);
  await assertDecodes(bench.programs, await recording.save(bench.path("ten.flv")));
}

async function assertAdapts(bench: Bench): Promise<void> {
  await using bridge = await BridgeProgram.start(bench.programs, [bench.server.url("live/weak")]);
  await using proxy = new ThrottlingProxy(bridge.address.httpPort);
  const port = await proxy.listen();
  const cameraFile = bench.path("noise.mjpeg"); // what no encoder can make small
  const noise = ["-f", "lavfi", "-i", "testsrc2=size=640x360:rate=30:duration=4,noise=alls=14:allf=t"];
  await bench.programs.run("ffmpeg", ["-v", "error", "-y", ...noise, "-q:v", "6", cameraFile]);
  await using browser = await startBrowser({ cameraFile });
  const recording = new Recording(bench.server.url("live/weak"));
  await using phone = await BrowserPhone.open(browser, bridge.page("", 0, port));
  await phone.pressStart();
  const bitrateOver = async (seconds: number): Promise<number> => {
    const [bytes, startedAt] = [recording.bytes, performance.now()];
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000)); // a rate is measured over a time
    return ((recording.bytes - bytes) * 8000) / (performance.now() - startedAt);
  };
  await recording.seconds(4);
  const wide = await bitrateOver(4);
  proxy.bitsPerSecond = 500_000;
  await bitrateOver(4);
  const narrow = await bitrateOver(6);
  const lagMs = Number(/\d+/.exec(await phone.text("#round-trip"))?.[0] ?? 0);
  proxy.bitsPerSecond = Infinity;
  await bitrateOver(12);
  const again = await bitrateOver(6);
  const [stream] = (await bridge.stats()).streams;
  assert.ok(stream?.connections === 1, `the phone connected ${stream?.connections} times`);
  await assertDecodes(bench.programs, await recording.save(bench.path("weak.flv")));
  const kbit = (rate: number): number => Math.round(rate / 1000);
  const said = `${kbit(wide)} kbit/s, then ${kbit(narrow)} with ${lagMs} ms delay, then ${kbit(again)}`;
  assert.ok(wide > 700_000 && narrow < 600_000 && narrow > 100_000, said);
  assert.ok(lagMs < 2000, said);
  assert.ok(again > narrow * 1.2, said);
  console.log(`# ${said}`);
}

async function assertServerReturns(bench: Bench): Promise<void> {
  const first = await startServer(bench);
  const port = Number(/:(\d+)\//.exec(first.url)?.[1]);
  await using bridge = await BridgeProgram.start(bench.programs, [first.url]);
  await using browser = await startBrowser();
  await using phone = await BrowserPhone.open(browser, bridge.page());
  await phone.pressStart();
  await first.server.until(({ stdout }) => stdout.toString().includes('"msg":"publish"'));
  first.server.kill();
  await phone.sees("#message", /does not answer/);
  const second = await startServer(bench, port);
  await second.server.until(({ stdout }) => stdout.toString().includes('"msg":"publish"'));
  const recording = new Recording(second.url);
  await recording.seconds(3);
  await assertDecodes(bench.programs, await recording.save(bench.path("returned.flv")));
  second.server.kill("SIGTERM");
}

/** A phone on bad networks, and a server that goes away. */
export const phoneNetworkCases: readonly Case[] = [
  {
    statement: "a phone whose socket is killed twice goes on in the same RTMP session",
    timeoutMs: 60_000,
    run: assertSurvivesCuts,
  },
  {
    statement: "a phone without network for ten seconds goes on in the same RTMP session",
    timeoutMs: 60_000,
    run: assertSurvivesTenSeconds,
  },
  {
    statement: "a phone whose uplink narrows to 500 kbit/s sends less, and more again when it widens",
    timeoutMs: 80_000,
    run: assertAdapts,
  },
  { statement: "a phone goes on when the server has been away", timeoutMs: 60_000, run: assertServerReturns },
];
