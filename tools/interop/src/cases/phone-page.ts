import { parseAvcDecoderConfigurationRecord, parseAvcSps } from "@rtmp/flv-tags";
import type { Bench, Case } from "../case.ts";
import { BridgeProgram } from "../phone/bridge-program.ts";
import { BrowserPhone, startBrowser } from "../phone/browser-phone.ts";
import { measureOffsets } from "../phone/flash-and-beep.ts";
import { Recording, longestPause } from "../phone/recording.ts";
import type { Programs } from "../program.ts";
import { ThrottlingProxy } from "../phone/throttling-proxy.ts";
import { startServer } from "./application.ts";

/** More than this between sound and picture is seen by people. */
const mostOffsetMs = 40;

/** Throws with `words` unless it is true. */
function assert(isTrue: boolean, words: string): asserts isTrue {
  if (!isTrue) throw new Error(words);
}

/** Throws unless the page's console stayed silent. */
function assertNoComplaints(phone: BrowserPhone): void {
  assert(phone.complaints.length === 0, `the page complains: ${phone.complaints.join(" | ")}`);
}

/** Throws unless ffmpeg decodes the whole file without an error. Phones' pictures come at no fixed rate. */
async function assertDecodes(programs: Programs, file: string): Promise<void> {
  const asTimed = ["-fps_mode", "passthrough", "-enc_time_base:v", "1:1000"];
  const { stderr } = await programs.run("ffmpeg", [
    "-v",
    "error",
    "-xerror",
    "-i",
    file,
    ...asTimed,
    "-f",
    "null",
    "-",
  ]);
  assert(stderr.trim() === "", `decoding ${file}: ${stderr.trim().slice(0, 500)}`);
}

function sizesOf(recording: Recording): string[] {
  return recording.videoConfigs.map((config) => {
    const { width, height } = parseAvcSps(parseAvcDecoderConfigurationRecord(config).sequenceParameterSets[0]!);
    return `${width}x${height}`;
  });
}

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
  assert(stderr.trim() === "", `ffmpeg complains: ${stderr}`);
  const shows = ["-show_entries", "stream=codec_name,profile,nb_read_packets", "-count_packets", "-of", "csv=p=0"];
  const { stdout } = await programs.run("ffprobe", ["-v", "error", ...shows, file]);
  const [pictures, sounds] = [/h264,.*?(\d+)\s*$/m, /aac,LC,(\d+)\s*$/m].map((line) =>
    Number(line.exec(stdout.toString())?.[1] ?? 0),
  );
  assert(pictures! > 160 && sounds! > 300, `8 s hold ${pictures} pictures and ${sounds} frames of sound`);
  await assertDecodes(programs, file);
  await phone.sees("#state-text", /live/i);
  await phone.pressStart();
  await server.until(({ stdout }) => stdout.toString().includes('"msg":"unpublish"'));
  assertNoComplaints(phone);
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
  assert(Math.abs(medianMs) <= mostOffsetMs, `sound is ${medianMs} ms behind (${allMs.join(", ")})`);
  console.log(`# sound is ${medianMs} ms behind the picture (${allMs.join(", ")})`);
}

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
  assert(stream?.connections === 3, `the phone connected ${stream?.connections} times`);
  assert(stream.rtmpSessions === 1, `there were ${stream.rtmpSessions} RTMP sessions`);
  const pauseMs = longestPause(recording.pictures);
  await assertDecodes(bench.programs, await recording.save(bench.path("cuts.flv")));
  assert(new Set(sizesOf(recording)).size === 1 && recording.videoConfigs.length === 1, "a header was sent again");
  assert(pauseMs < 3000, `the picture stood still for ${pauseMs} ms`);
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
  assert(stream?.rtmpSessions === 1, `there were ${stream?.rtmpSessions} RTMP sessions`);
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
  await bitrateOver(8);
  const again = await bitrateOver(6);
  const [stream] = (await bridge.stats()).streams;
  assert(stream?.connections === 1, `the phone connected ${stream?.connections} times`);
  await assertDecodes(bench.programs, await recording.save(bench.path("weak.flv")));
  const kbit = (rate: number): number => Math.round(rate / 1000);
  const said = `${kbit(wide)} kbit/s, then ${kbit(narrow)} with ${lagMs} ms delay, then ${kbit(again)}`;
  assert(wide > 700_000 && narrow < 600_000 && narrow > 100_000, said);
  assert(lagMs < 2000, said);
  assert(again > narrow * 1.2, said);
  console.log(`# ${said}`);
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
  const sizes = sizesOf(recording);
  assert(sizes.length === 3 && sizes[0] === sizes[2] && sizes[1] !== sizes[0], `the sizes were ${sizes.join(", ")}`);
  const pauseMs = longestPause(recording.pictures);
  assert(pauseMs < 1000, `the picture stood still for ${pauseMs} ms`);
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
  assert(new Set(sizesOf(recording)).size === 1, `the sizes were ${sizesOf(recording).join(", ")}`);
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
  assert(stream?.connections === 1 && stream.rtmpSessions === 1, "the stream was begun again");
  await assertDecodes(bench.programs, await recording.save(bench.path("flipped.flv")));
  assert(longestPause(recording.pictures) < 3000, `a pause of ${longestPause(recording.pictures)} ms`);
  assertNoComplaints(phone);
}

async function assertTwoPhones(bench: Bench): Promise<void> {
  const targets = ["live/one", "live/two"].map((path) => bench.server.url(path));
  await using bridge = await BridgeProgram.start(bench.programs, targets);
  await using browser = await startBrowser();
  const recordings = targets.map((target) => new Recording(target));
  await using first = await BrowserPhone.open(browser, bridge.page("", 0));
  await using second = await BrowserPhone.open(browser, bridge.page("&source=test", 1));
  await Promise.all([first, second].map((phone) => phone.pressStart()));
  await Promise.all(recordings.map((recording) => recording.seconds(5)));
  for (const [index, recording] of recordings.entries()) {
    await assertDecodes(bench.programs, await recording.save(bench.path(`phone-${index}.flv`)));
    assert(recording.pictures.length > 60, `phone ${index} sent ${recording.pictures.length} pictures`);
  }
}

async function assertNewestWins(bench: Bench): Promise<void> {
  await using bridge = await BridgeProgram.start(bench.programs, [bench.server.url("live/taken")]);
  await using browser = await startBrowser();
  const recording = new Recording(bench.server.url("live/taken"));
  await using first = await BrowserPhone.open(browser, bridge.page());
  await first.pressStart();
  await recording.seconds(2);
  await using second = await BrowserPhone.open(browser, bridge.page());
  await second.pressStart();
  await first.sees("#message", /taken over/);
  await recording.seconds(3);
  await assertDecodes(bench.programs, await recording.save(bench.path("taken.flv")));
  const [stream] = (await bridge.stats()).streams;
  assert(stream?.rtmpSessions === 1, `there were ${stream?.rtmpSessions} RTMP sessions`);
}

async function assertWrongToken(bench: Bench): Promise<void> {
  await using bridge = await BridgeProgram.start(bench.programs, [bench.server.url("live/nobody")]);
  await using browser = await startBrowser();
  const address = bridge.page().replace(/t=.*/, "t=guessed-by-somebody-else");
  await using phone = await BrowserPhone.open(browser, address);
  await phone.pressStart();
  await phone.sees("#message", /not valid any more/);
  const [stream] = (await bridge.stats()).streams;
  assert(stream?.state === "idle" && stream.connections === 0, "somebody got in");
  await phone.page.goto(bridge.page().replace(/#.*/, ""));
  await phone.sees("#message", /not complete/);
}

async function assertRefusal(bench: Bench): Promise<void> {
  await using bridge = await BridgeProgram.start(bench.programs, [bench.server.url("live/denied?token=wrong")]);
  await using browser = await startBrowser();
  await using phone = await BrowserPhone.open(browser, bridge.page("", 0), "zh-CN");
  await phone.pressStart();
  await phone.sees("#message", /wrong token/);
  assert(/[\u4e00-\u9fff]/.test(await phone.text("#message-title")), "the page does not speak Chinese");
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

async function assertHttps(bench: Bench): Promise<void> {
  await using bridge = await BridgeProgram.start(bench.programs, [bench.server.url("live/https")]);
  await using browser = await startBrowser({ hostNames: ["phone.test"] });
  const recording = new Recording(bench.server.url("live/https"));
  const { httpsPort, httpPort } = bridge.address;
  const fragment = bridge.page().replace(/^.*#/, "#");
  await using phone = await BrowserPhone.open(browser, "about:blank");
  await phone.page.goto(`https://phone.test:${httpsPort}/${fragment}`).catch(() => undefined); // the warning page
  await phone.page.locator("#details-button").click(); // as a person accepts a certificate
  await phone.page.locator("#proceed-link").click();
  await phone.page.locator("#start").waitFor();
  await phone.pressStart();
  await recording.seconds(3);
  await assertDecodes(bench.programs, await recording.save(bench.path("https.flv")));
  await using plain = await BrowserPhone.open(browser, `http://phone.test:${httpPort}/${fragment}`);
  await plain.sees("#message", /needs https/);
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
  assert(h264! >= 0 && opus! >= 0, `FFmpeg 8 sees ${streams.join(" and ")}`);
  const sounds = packets.filter(({ kind }) => kind === `stream ${opus}`).length;
  assert(sounds > 150, `FFmpeg 8 reads ${sounds} packets of Opus in 4 s`);
}

/** The bridge and a browser with a camera, as a phone has them. */
export const phonePageCases: readonly Case[] = [
  {
    statement:
      "a phone's page goes live through the bridge and the server program: ffmpeg plays H.264 and AAC without error",
    timeoutMs: 60_000,
    run: assertGoesLive,
  },
  { statement: "picture and sound of a phone's page are at most 40 ms apart", timeoutMs: 60_000, run: assertInSync },
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
  { statement: "two phones feed two streams", timeoutMs: 60_000, run: assertTwoPhones },
  {
    statement: "of two phones with one link the newer one is heard, without an end of the stream",
    timeoutMs: 60_000,
    run: assertNewestWins,
  },
  {
    statement: "a phone with a wrong link, or half of one, is told so and reaches nothing",
    timeoutMs: 60_000,
    run: assertWrongToken,
  },
  {
    statement: "a phone whose stream the server refuses is told why, in its language",
    timeoutMs: 60_000,
    run: assertRefusal,
  },
  { statement: "a phone goes on when the server has been away", timeoutMs: 60_000, run: assertServerReturns },
  {
    statement: "a phone streams over https with the bridge's own certificate, and hears over http that it needs it",
    timeoutMs: 60_000,
    run: assertHttps,
  },
];
