import assert from "node:assert/strict";
import type { Bench, Case } from "../case.ts";
import { assertDecodes } from "../listing.ts";
import { BridgeProgram } from "../phone/bridge-program.ts";
import { BrowserPhone, startBrowser } from "../phone/browser-phone.ts";
import { Recording } from "../phone/recording.ts";

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
    assert.ok(recording.pictures.length > 60, `phone ${index} sent ${recording.pictures.length} pictures`);
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
  assert.ok(stream?.rtmpSessions === 1, `there were ${stream?.rtmpSessions} RTMP sessions`);
}

async function assertWrongToken(bench: Bench): Promise<void> {
  await using bridge = await BridgeProgram.start(bench.programs, [bench.server.url("live/nobody")]);
  await using browser = await startBrowser();
  const address = bridge.page().replace(/t=.*/, "t=guessed-by-somebody-else");
  await using phone = await BrowserPhone.open(browser, address);
  await phone.pressStart();
  await phone.sees("#message", /not valid any more/);
  const [stream] = (await bridge.stats()).streams;
  assert.ok(stream?.state === "idle" && stream.connections === 0, "somebody got in");
  await phone.page.goto(bridge.page().replace(/#.*/, ""));
  await phone.sees("#message", /not complete/);
}

async function assertRefusal(bench: Bench): Promise<void> {
  await using bridge = await BridgeProgram.start(bench.programs, [bench.server.url("live/denied?token=wrong")]);
  await using browser = await startBrowser();
  await using phone = await BrowserPhone.open(browser, bridge.page("", 0), "zh-CN");
  await phone.pressStart();
  await phone.sees("#message", /wrong token/);
  assert.ok(/[\u4e00-\u9fff]/.test(await phone.text("#message-title")), "the page does not speak Chinese");
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

/** Who may send, and what a phone is told that may not. */
export const phoneLinkCases: readonly Case[] = [
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
  {
    statement: "a phone streams over https with the bridge's own certificate, and hears over http that it needs it",
    timeoutMs: 60_000,
    run: assertHttps,
  },
];
