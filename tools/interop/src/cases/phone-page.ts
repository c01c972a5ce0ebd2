import assert from "node:assert/strict";
import type { Bench, Case } from "../case.ts";
import { assertDecodes } from "../listing.ts";
import { BridgeProgram } from "../phone/bridge-program.ts";
import { BrowserPhone, startBrowser } from "../phone/browser-phone.ts";
import { measureOffsets } from "../phone/flash-and-beep.ts";
import { Recording, longestPause } from "../phone/recording.ts";
import { startServer } from "./application.ts";

/** More than this between sound and picture is seen by people. */
const mostOffsetMs = 40;
/** Within so many flashes both clocks have found how late what they stamp arrives. */
const settlingFlashes = 2;

async function assertGoesLive(bench: Bench): Promise<void> {
  const { programs } = bench;
  const { server, url } = await startServer(bench);
  await using bridge = await BridgeProgram.start(programs, [url]);
  await using browser = await startBrowser();
  await using phone = await BrowserPhone.open(browser, bridge.page());
  await phone.pressStart();
  await server.until(({ stdout }) => stdout.toString().includes('"msg":"publish"'));
  const file = bench.path("phone.flv");
  const record = ["-v", "error", "-xerror", "-y", "-i", url, "-t", "8", "-c", "copy", file];
  const { stderr } = await programs.run("ffmpeg", record);
  assert.ok(stderr.trim() === "", `ffmpeg complains: ${stderr}`);
  const shows = ["-show_entries", "stream=codec_name,profile,nb_read_packets", "-count_packets", "-of", "csv=p=0"];
  const { stdout } = await programs.run("ffprobe", ["-v", "error", ...shows, file]);
  const [pictures, sounds] = [/h264,.*?(\d+)\s*$/m, /aac,LC,(\d+)\s*$/m].map((line) =>
    Number(line.exec(stdout.toString())?.[1] ?? 0),
  );
  assert.ok(pictures! > 160 && sounds! > 300, `8 s hold ${pictures} pictures and ${sounds} frames of sound`);
  await assertDecodes(programs, file);
  await phone.sees("#state-text", /live/i);
  await phone.pressStart();
  await server.until(({ stdout }) => stdout.toString().includes('"msg":"unpublish"'));
  assert.deepEqual(phone.complaints, []);
  server.kill("SIGTERM");
  await server.succeeded();
}

async function assertInSync(bench: Bench): Promise<void> {
  await using bridge = await BridgeProgram.start(bench.programs, [bench.server.url("live/sync")]);
  await using browser = await startBrowser();
  const recording = new Recording(bench.server.url("live/sync"));
  await using phone = await BrowserPhone.open(browser, bridge.page("&source=test"));
  await phone.pressStart();
  await recording.seconds(14);
  const file = await recording.save(bench.path("sync.flv"));
  await assertDecodes(bench.programs, file);
  const { medianMs, allMs } = await measureOffsets(bench.programs, file);
  const worstMs = Math.max(...allMs.slice(settlingFlashes).map(Math.abs));
  assert.ok(worstMs <= mostOffsetMs, `sound is ${medianMs} ms behind (${allMs.join(", ")})`);
  console.log(`# sound is ${medianMs} ms behind the picture (${allMs.join(", ")})`);
}

async function assertTurns(bench: Bench): Promise<void> {
  await using bridge = await BridgeProgram.start(bench.programs, [bench.server.url("live/turned")]);
  await using browser = await startBrowser();
  const recording = new Recording(bench.server.url("live/turned"));
  await using phone = await BrowserPhone.open(browser, bridge.page("&source=test"));
  await phone.page.locator("#orientation").selectOption("follow");
  await phone.pressStart();
  await recording.seconds(3);
  await phone.page.setViewportSize({ width: 740, height: 360 });
  await recording.seconds(3);
  await phone.page.setViewportSize({ width: 360, height: 740 });
  await recording.seconds(3);
  await assertDecodes(bench.programs, await recording.save(bench.path("turned.flv")));
  const sizes = recording.pictureSizes;
  assert.ok(sizes.length === 3 && sizes[0] === sizes[2] && sizes[1] !== sizes[0], `the sizes were ${sizes.join(", ")}`);
  const pauseMs = longestPause(recording.pictures);
  assert.ok(pauseMs < 1000, `the picture stood still for ${pauseMs} ms`);
}

async function assertKeepsShape(bench: Bench): Promise<void> {
  await using bridge = await BridgeProgram.start(bench.programs, [bench.server.url("live/kept")]);
  await using browser = await startBrowser();
  const recording = new Recording(bench.server.url("live/kept"));
  await using phone = await BrowserPhone.open(browser, bridge.page("&source=test"));
  await phone.pressStart();
  await recording.seconds(3);
  await phone.page.setViewportSize({ width: 740, height: 360 });
  await recording.seconds(3);
  await assertDecodes(bench.programs, await recording.save(bench.path("kept.flv")));
  assert.ok(new Set(recording.pictureSizes).size === 1, `the sizes were ${recording.pictureSizes.join(", ")}`);
}

async function assertFlips(bench: Bench): Promise<void> {
  await using bridge = await BridgeProgram.start(bench.programs, [bench.server.url("live/flipped")]);
  await using browser = await startBrowser({ cameras: 2 });
  const recording = new Recording(bench.server.url("live/flipped"));
  await using phone = await BrowserPhone.open(browser, bridge.page());
  await phone.pressStart();
  await recording.seconds(3);
  await phone.page.locator("#flip").click();
  await recording.seconds(4);
  await phone.page.locator("#mute").click();
  await recording.seconds(2);
  const [stream] = (await bridge.stats()).streams;
  assert.ok(stream?.connections === 1 && stream.rtmpSessions === 1, "the stream was begun again");
  await assertDecodes(bench.programs, await recording.save(bench.path("flipped.flv")));
  assert.ok(longestPause(recording.pictures) < 3000, `a pause of ${longestPause(recording.pictures)} ms`);
  assert.deepEqual(phone.complaints, []);
}

/** FFmpeg's own numbers for H.264 and Opus. */
const ffmpegCodecIds = ["27", "86076"];
async function assertSendsOpus(bench: Bench): Promise<void> {
  const url = bench.server.url("live/opus");
  await using bridge = await BridgeProgram.start(bench.programs, [url]);
  await using browser = await startBrowser();
  const recording = new Recording(url);
  await using phone = await BrowserPhone.open(browser, bridge.page("&audio=opus"));
  await phone.pressStart();
  await recording.seconds(4);
  const file = await recording.save(bench.path("opus.flv"));
  const { streams, packets } = await bench.ffmpegEight.list(file);
  const [h264, opus] = ffmpegCodecIds.map((id) => streams.findIndex((stream) => stream.split(" ")[1] === id));
  assert.ok(h264! >= 0 && opus! >= 0, `FFmpeg 8 sees ${streams.join(" and ")}`);
  const sounds = packets.filter(({ kind }) => kind === `stream ${opus}`).length;
  assert.ok(sounds > 150, `FFmpeg 8 reads ${sounds} packets of Opus in 4 s`);
}

/** The page of a phone: what it sends, in which shape, and how it sounds. */
export const phonePageCases: readonly Case[] = [
  {
    statement:
      "a phone's page goes live through the bridge and the server program: ffmpeg plays H.264 and AAC without error",
    timeoutMs: 60_000,
    run: assertGoesLive,
  },
  { statement: "picture and sound of a phone's page are at most 40 ms apart", timeoutMs: 60_000, run: assertInSync },
  {
    statement: "a phone that is turned sends a new header and the other shape, if it follows",
    timeoutMs: 60_000,
    run: assertTurns,
  },
  {
    statement: "a phone that is turned keeps one shape, if it does not follow",
    timeoutMs: 60_000,
    run: assertKeepsShape,
  },
  {
    statement: "a phone whose camera is flipped and whose sound is muted stays live",
    timeoutMs: 60_000,
    run: assertFlips,
  },
  {
    statement: "a phone that is asked for Opus sends it as Enhanced RTMP, which FFmpeg 8 reads",
    timeoutMs: 90_000,
    run: assertSendsOpus,
  },
];
