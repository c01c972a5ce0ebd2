import assert from "node:assert/strict";
import type { Bench, Case } from "../case.ts";
import { assertDecodes } from "../listing.ts";
import { BridgeProgram } from "../phone/bridge-program.ts";
import { BrowserPhone, startBrowser } from "../phone/browser-phone.ts";
import { Recording } from "../phone/recording.ts";

/** A camera with a light and a zoom, and a screen that can be kept on; what they are asked for is written down. */
const wellEquipped = `
  const asked = (globalThis.asked = []);
  MediaStreamTrack.prototype.getCapabilities = () => ({ torch: true, zoom: { min: 1, max: 4, step: 0.5 } });
  const apply = MediaStreamTrack.prototype.applyConstraints;
  MediaStreamTrack.prototype.applyConstraints = function (wanted) {
    if (wanted.advanced === undefined) return apply.call(this, wanted);
    asked.push(JSON.stringify(wanted.advanced));
    return Promise.resolve();
  };
  const lock = { released: false, release: () => Promise.resolve() };
  const wakeLock = { request: (what) => (asked.push(what), Promise.resolve(lock)) };
  Object.defineProperty(navigator, "wakeLock", { value: wakeLock });
`;

/** Resolves when an expression holds in the page, whose policy lets nothing wait in it. */
async function becomesTrue({ page }: BrowserPhone, expression: string): Promise<void> {
  while (!(await page.evaluate(expression))) await page.waitForTimeout(50);
}

async function assertControls(bench: Bench): Promise<void> {
  const url = bench.server.url("live/controls");
  await using bridge = await BridgeProgram.start(bench.programs, [url]);
  await using browser = await startBrowser();
  const recording = new Recording(url);
  await using phone = await BrowserPhone.open(browser, bridge.page(), "en-US", {}, wellEquipped);
  await phone.pressStart();
  await recording.seconds(2);
  const { page } = phone;
  await becomesTrue(phone, "document.querySelector('#level').value > 0"); // Chromium's microphone beeps
  await page.locator("#torch").click();
  await page.locator("#zoom").fill("2.5");
  await becomesTrue(phone, "asked.length === 3");
  assert.deepEqual(await page.evaluate("asked"), ["screen", '[{"torch":true}]', '[{"zoom":2.5}]']);
  await page.locator("#quality").selectOption("360p");
  await recording.until(({ pictureSizes }) => pictureSizes.at(-1) === "640x360");
  await recording.seconds(2);
  await phone.sees("#time-on-air", /\d\d:\d\d/);
  await assertDecodes(bench.programs, await recording.save(bench.path("controls.flv")));
  assert.deepEqual(phone.complaints, []);
}

const refusing = (name: string): string =>
  `navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("no", "${name}"));`;

interface Failure {
  /** Makes Chromium behave as such a phone does. */
  readonly pageScript?: string;
  /** Happens once the phone is live. */
  readonly happening?: string;
  readonly words: RegExp;
}

/** What keeps a phone from sending, or may do so soon. */
const failures: readonly Failure[] = [
  { pageScript: refusing("NotAllowedError"), words: /camera is not allowed/ },
  { pageScript: refusing("NotFoundError"), words: /No camera found/ },
  { pageScript: refusing("NotReadableError"), words: /camera does not answer/ },
  { pageScript: "delete globalThis.VideoEncoder;", words: /cannot encode video/ },
  {
    pageScript: `navigator.getBattery = () =>
      Promise.resolve(Object.assign(new EventTarget(), { level: 0.1, charging: false }));`,
    words: /battery is low/,
  },
  {
    happening: `Object.defineProperty(document, "hidden", { value: true });
      document.dispatchEvent(new Event("visibilitychange"));`,
    words: /Keep this page in front/,
  },
  {
    happening: "document.querySelector('video').srcObject.getVideoTracks()[0].dispatchEvent(new Event('ended'));",
    words: /camera was taken away/,
  },
];

async function assertFailuresAreSaid(bench: Bench): Promise<void> {
  await using bridge = await BridgeProgram.start(bench.programs, [bench.server.url("live/failing")]);
  await using browser = await startBrowser();
  for (const { pageScript, happening, words } of failures) {
    await using phone = await BrowserPhone.open(browser, bridge.page(), "en-US", {}, pageScript);
    if (happening !== undefined) {
      await phone.pressStart();
      await phone.page.evaluate(happening);
    }
    await phone.sees("#message", words);
  }
  await using poorBrowser = await startBrowser({ hasH264: false });
  await using phone = await BrowserPhone.open(poorBrowser, bridge.page());
  await phone.pressStart();
  await phone.sees("#message", /No H\.264 encoder/);
}

/** What the page offers, and what it says when the phone does not play along. */
export const phoneControlCases: readonly Case[] = [
  {
    statement:
      "the page's torch, zoom and quality are asked of the phone, its screen is kept on, and the sound is shown",
    timeoutMs: 60_000,
    run: assertControls,
  },
  {
    statement: "a phone that gives no camera, no encoder, no power or no foreground is told what to do",
    timeoutMs: 90_000,
    run: assertFailuresAreSaid,
  },
];
