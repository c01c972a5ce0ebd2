import type { Language } from "./languages.ts";
import { languageFor } from "./languages.ts";
import { isQuality, type Quality } from "./quality.ts";
import type { Orientation } from "./worker-messages.ts";

/** What the page remembers from one visit to the next. */
export interface Settings {
  quality: Quality;
  orientation: Orientation;
  language: Language;
}

/** Where settings are kept; `localStorage` is one. */
export interface SettingsStore {
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
}

const NAME = "phone-bridge";

/** Reads what was remembered; what is missing or broken gets its usual value. */
export function loadSettings(store: SettingsStore, browserLanguage: string): Settings {
  const kept = parse(store.getItem(NAME));
  const { quality, orientation, language } = kept;
  return {
    quality: typeof quality === "string" && isQuality(quality) ? quality : "720p",
    orientation: orientation === "follow" ? "follow" : "lock",
    language: language === "en" || language === "zh" ? language : languageFor(browserLanguage),
  };
}

/** Remembers settings. A store that is full or forbidden is no error. */
export function saveSettings(store: SettingsStore, settings: Settings): void {
  try {
    store.setItem(NAME, JSON.stringify(settings));
  } catch {
    // Private windows may forbid it: then the next visit begins anew.
  }
}

function parse(text: string | null): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text ?? "{}");
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}
