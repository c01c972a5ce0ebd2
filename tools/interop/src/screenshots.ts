import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { BridgeProgram } from "./phone/bridge-program.ts";
import { BrowserPhone, startBrowser } from "./phone/browser-phone.ts";
import { Programs } from "./program.ts";
import { REFUSED_TOKEN, ServerUnderTest } from "./server-under-test.ts";

// node --conditions=@rtmp/source tools/interop/src/screenshots.ts
// Makes the pictures of the phone's page in docs/images anew. For Chinese it needs a font, such as fonts-noto-cjk.

const folder = fileURLToPath(new URL("../../../docs/images/", import.meta.url));
const upright = { width: 360, height: 740 };
const lying = { width: 740, height: 360 };

interface Shot {
  readonly name: string;
  readonly language: "en-US" | "zh-CN";
  readonly colorScheme: "light" | "dark";
  readonly viewport: typeof upright;
  /** What the page is to show. */
  readonly scene: "ready" | "live" | "refused";
}

const shots: readonly Shot[] = [
  { name: "ready-light", language: "en-US", colorScheme: "light", viewport: upright, scene: "ready" },
  { name: "live-light", language: "en-US", colorScheme: "light", viewport: upright, scene: "live" },
  { name: "live-dark-chinese", language: "zh-CN", colorScheme: "dark", viewport: upright, scene: "live" },
  { name: "live-dark-lying", language: "en-US", colorScheme: "dark", viewport: lying, scene: "live" },
  { name: "refused-dark", language: "en-US", colorScheme: "dark", viewport: upright, scene: "refused" },
];

async function take(shot: Shot, bridge: BridgeProgram): Promise<void> {
  const { name, language, colorScheme, viewport, scene } = shot;
  await using browser = await startBrowser({ cameras: 2 });
  const address = scene === "refused" ? bridge.page("", 1) : bridge.page(scene === "live" ? "&source=test" : "");
  await using phone = await BrowserPhone.open(browser, address, language, { colorScheme, viewport });
  if (scene === "ready") await phone.page.locator("#start:enabled").waitFor();
  else await phone.pressStart();
  if (scene === "live") await phone.sees("#time-on-air", /00:03/);
  if (scene === "refused") await phone.sees("#message", /wrong token/);
  await phone.page.screenshot({ path: `${folder}phone-${name}.png` });
}

await mkdir(folder, { recursive: true });
const programs = new Programs();
const server = new ServerUnderTest(0);
await server.listen();
try {
  const targets = ["live/phone", `live/refused?token=${REFUSED_TOKEN}`].map((path) => server.url(path));
  await using bridge = await BridgeProgram.start(programs, targets);
  for (const shot of shots) await take(shot, bridge);
} finally {
  await programs.end();
  await server.rtmp.close();
}
