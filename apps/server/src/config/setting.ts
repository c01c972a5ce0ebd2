import { z } from "zod";

/** How a setting's text from an option or the environment becomes a value. */
export type SettingKind = "integer" | "text" | "path" | "flag" | "switch" | "tokens";

/** One thing that can be configured: the same in a file, in the environment and on the command line. */
export interface Setting {
  /** The path in a configuration file, for example `limits.maxConnections`. */
  readonly key: string;
  readonly kind: SettingKind;
  readonly schema: z.ZodType;
  /** What the schema wants, for people: "an integer from 0 to 65535". */
  readonly expected: string;
  /** `undefined`: without a value the setting is not there. */
  readonly defaultValue: unknown;
  readonly description: string;
}

/** A whole number from `min` to `max`. */
export function integer(key: string, defaultValue: number, min: number, max: number, description: string): Setting {
  const expected =
    max === Number.MAX_SAFE_INTEGER ? `an integer of at least ${min}` : `an integer from ${min} to ${max}`;
  return { key, kind: "integer", schema: z.int().min(min).max(max), expected, defaultValue, description };
}

/** A text that is not empty. */
export function text(key: string, defaultValue: string | undefined, description: string): Setting {
  return { key, kind: "text", schema: z.string().min(1), expected: "a text", defaultValue, description };
}

/** A file's name; in a configuration file it is relative to that file. */
export function path(key: string, description: string): Setting {
  const expected = "the name of a file";
  return { key, kind: "path", schema: z.string().min(1), expected, defaultValue: undefined, description };
}

/** One word of a few. */
export function choice(key: string, words: readonly string[], defaultValue: string, description: string): Setting {
  const list = words.join(", ");
  const expected = `one of ${list}`;
  return { key, kind: "text", schema: z.enum(words), expected, defaultValue, description: `${description}: ${list}` };
}

/** Something that is done or not. */
export function flag(key: string, defaultValue: boolean, description: string): Setting {
  return { key, kind: "flag", schema: z.boolean(), expected: "true or false", defaultValue, description };
}

/** Switches a group of settings on or off; a file may give the group in its place. */
export function group(key: string, defaultValue: boolean, description: string): Setting {
  const expected = "true, false or a map of settings";
  return { key, kind: "switch", schema: z.boolean(), expected, defaultValue, description };
}

/** Names and their tokens. Values are never shown. */
export function tokens(key: string, description: string): Setting {
  const schema = z.record(z.string(), z.string().min(1));
  const expected = 'a map of texts, for example {"live/stream0": "token"}';
  return { key, kind: "tokens", schema, expected, defaultValue: {}, description };
}

/** The setting's environment variable: `limits.maxConnections` is `RTMP_LIMITS_MAX_CONNECTIONS`. */
export function environmentName({ key }: Pick<Setting, "key">): string {
  return `RTMP_${words(key).join("_").toUpperCase()}`;
}

/** The setting's option: `limits.maxConnections` is `--limits-max-connections`. */
export function optionName({ key }: Pick<Setting, "key">): string {
  return `--${words(key).join("-")}`;
}

/** Reads text from an option or the environment. What makes no sense stays text, for the schema to refuse. */
export function parseText(setting: Setting, given: string): unknown {
  switch (setting.kind) {
    case "integer":
      return /^-?\d{1,16}$/.test(given) ? Number(given) : given;
    case "flag":
    case "switch":
      return given === "true" ? true : given === "false" ? false : given;
    case "tokens":
      try {
        return JSON.parse(given) as unknown;
      } catch {
        return given;
      }
    case "text":
    case "path":
      return given;
  }
}

function words(key: string): readonly string[] {
  return key.replace(/[A-Z]/g, (letter) => `.${letter.toLowerCase()}`).split(".");
}
