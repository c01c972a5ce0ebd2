import { chromium } from "playwright-core";
import type { Browser, BrowserContext, Page } from "playwright-core";

/** How a browser is started. */
export interface BrowserOptions {
  /** Names that are resolved to 127.0.0.1, as a phone would resolve them in a local network. */
  readonly hostNames?: readonly string[];
  /** How many cameras it has. Default 1. */
  readonly cameras?: number;
  /** Whether it can encode H.264. Default true. */
  readonly hasH264?: boolean;
  /** An mjpeg file that the camera shows in place of Chromium's own picture. */
  readonly cameraFile?: string;
}

/** Where Debian puts it; another place by `CHROMIUM_PATH`. */
const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
const phoneScreen: { readonly width: number; readonly height: number } = { width: 360, height: 740 };

/** Starts Chromium with a camera and a microphone that are pretended, and that nobody has to allow. */
export function startBrowser({
  hostNames = [],
  cameras = 1,
  cameraFile,
  hasH264 = true,
}: BrowserOptions = {}): Promise<Browser> {
  const rules = hostNames.map((name) => `MAP ${name} 127.0.0.1`).join(",");
  return chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      ...(hasH264 ? [] : ["--disable-features=OpenH264SoftwareEncoder"]),
      `--use-fake-device-for-media-stream=fps=30,device-count=${cameras}`,
      ...(cameraFile === undefined ? [] : [`--use-file-for-fake-video-capture=${cameraFile}`]),
      "--use-fake-ui-for-media-stream",
      "--autoplay-policy=no-user-gesture-required",
      ...(rules === "" ? [] : [`--host-resolver-rules=${rules}`]),
    ],
  });
}

/** The page on a screen of a phone's size. */
export class BrowserPhone implements AsyncDisposable {
  readonly page: Page;
  /** What the page's console said that it should not say. */
  readonly complaints: string[] = [];
  readonly #context: BrowserContext;

  constructor(context: BrowserContext, page: Page) {
    this.#context = context;
    this.page = page;
    page.on("pageerror", (error) => this.complaints.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") this.complaints.push(message.text());
    });
  }

  /** Opens an address in a browser of its own memory. `pageScript` runs ahead of the page's own. */
  static async open(
    browser: Browser,
    address: string,
    language: string = "en-US",
    look: { readonly colorScheme?: "light" | "dark"; readonly viewport?: typeof phoneScreen } = {},
    pageScript?: string,
  ): Promise<BrowserPhone> {
    const context = await browser.newContext({
      viewport: phoneScreen,
      ...look,
      deviceScaleFactor: 2,
      hasTouch: true,
      isMobile: true,
      locale: language,
      ignoreHTTPSErrors: false,
    });
    if (pageScript !== undefined) await context.addInitScript(pageScript);
    const phone = new BrowserPhone(context, await context.newPage());
    await phone.page.goto(address);
    return phone;
  }

  /** Presses the big button. */
  async pressStart(): Promise<void> {
    await this.page.locator("#start").click();
  }

  /** What stands at an element now. */
  async text(selector: string): Promise<string> {
    return (await this.page.locator(selector).innerText()).trim();
  }

  /** Resolves when an element's text matches. */
  async sees(selector: string, pattern: RegExp): Promise<void> {
    await this.page.locator(selector).filter({ hasText: pattern }).first().waitFor();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close();
  }
}
