import { describe, expect, test } from "vitest";
import { parseLink } from "../../src/page/link.ts";
import { loadSettings, saveSettings, type SettingsStore } from "../../src/page/settings.ts";

describe("the link", () => {
  test("its token is what stands behind #t=", () => {
    expect(parseLink("#t=abc-123_X")).toEqual({
      token: "abc-123_X",
      source: "camera",
      audio: "aac",
      reader: "processor",
    });
  });

  test("a link without a token has an empty one", () => {
    expect(parseLink("").token).toBe("");
    expect(parseLink("#source=test").token).toBe("");
  });

  test("other parameters follow behind &, and what is unknown changes nothing", () => {
    const link = parseLink("#t=a%26b&source=test&audio=opus&reader=element&future=1");
    expect(link).toEqual({ token: "a&b", source: "test", audio: "opus", reader: "element" });
    expect(parseLink("#t=a&source=x&audio=mp3").source).toBe("camera");
  });
});

class Store implements SettingsStore {
  text: string | null;

  constructor(text: string | null) {
    this.text = text;
  }

  getItem(): string | null {
    return this.text;
  }

  setItem(_name: string, value: string): void {
    this.text = value;
  }
}

describe("settings", () => {
  test("the first visit begins with 720p, one shape and the browser's language", () => {
    const first = { quality: "720p", orientation: "lock" };
    expect(loadSettings(new Store(null), "zh-Hans-CN")).toEqual({ ...first, language: "zh" });
    expect(loadSettings(new Store(null), "de-DE")).toEqual({ ...first, language: "en" });
  });

  test("what was saved comes back, whatever the browser's language", () => {
    const store = new Store(null);
    saveSettings(store, { quality: "1080p", orientation: "follow", language: "zh" });
    expect(loadSettings(store, "en")).toEqual({ quality: "1080p", orientation: "follow", language: "zh" });
  });

  test.for(["{", "null", "7", '"x"', '{"quality":"4k","orientation":1,"language":"xx"}', '{"quality":"toString"}'])(
    "a broken memory %s is a first visit",
    (text) => {
      expect(loadSettings(new Store(text), "en")).toEqual({ quality: "720p", orientation: "lock", language: "en" });
    },
  );

  test("a browser that forbids to remember anything is no error", () => {
    const store: SettingsStore = {
      getItem: () => null,
      setItem: () => {
        throw new Error("forbidden");
      },
    };
    expect(() => saveSettings(store, loadSettings(store, "en"))).not.toThrow();
  });
});
