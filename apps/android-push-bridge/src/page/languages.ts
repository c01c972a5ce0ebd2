import type { MessageKey } from "./messages.ts";
import { english } from "./english.ts";
import { chinese } from "./chinese.ts";

/** The languages that the page speaks. */
export type Language = "en" | "zh";

/** The words of buttons, figures and states. */
export type LabelKey =
  | "start"
  | "stop"
  | "flip"
  | "mute"
  | "unmute"
  | "torch"
  | "zoom"
  | "quality"
  | "orientation"
  | "lock"
  | "follow"
  | "source"
  | "camera"
  | "testPicture"
  | "dismiss"
  | "tryAgain"
  | "soundLevel"
  | "bitrate"
  | "framesPerSecond"
  | "roundTrip"
  | "dropped"
  | "timeOnAir"
  | "ready"
  | "connecting"
  | "waiting"
  | "live"
  | "muted"
  | "title";

/** What is wrong, and what to do about it. */
export interface MessageWords {
  readonly title: string;
  readonly advice: string;
}

/** Everything the page says, in one language: no language can miss a key. */
export interface Words {
  readonly labels: Readonly<Record<LabelKey, string>>;
  readonly messages: Readonly<Record<MessageKey, MessageWords>>;
}

/** What each language is called in itself, and its words. */
export const languages: Readonly<Record<Language, { readonly name: string; readonly words: Words }>> = {
  en: { name: "English", words: english },
  zh: { name: "中文", words: chinese },
};

/** The language for what a browser or a setting names, such as `zh-CN`; English for every other. */
export function languageFor(tag: string): Language {
  return /^zh\b/i.test(tag) ? "zh" : "en";
}
