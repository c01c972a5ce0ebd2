import type { Environment } from "@rtmp/app-kit";
import type { Given, GivenValues } from "./given.ts";
import { environmentName, parseText } from "./setting.ts";
import { settings } from "./settings.ts";
import { suggestion } from "./suggestion.ts";

/** Names the configuration file, like `--config`. */
export const configFileVariable = "RTMP_CONFIG";

const names: ReadonlyMap<string, (typeof settings)[number]> = new Map(
  settings.map((setting) => [environmentName(setting), setting]),
);

/** What the environment gives. An empty variable counts as none. */
export function environmentValues(environment: Environment): GivenValues {
  const values = new Map<string, Given>();
  for (const [name, setting] of names) {
    const given = environment[name];
    if (given !== undefined && given !== "") {
      values.set(setting.key, { value: parseText(setting, given), source: name });
    }
  }
  return values;
}

/**
 * A sentence for each variable that looks like a misspelt one of ours. They are no errors: other programs may use the
 * same first letters.
 */
export function environmentWarnings(environment: Environment): readonly string[] {
  return Object.keys(environment).flatMap((name) => {
    if (!name.startsWith("RTMP_") || names.has(name) || name === configFileVariable) return [];
    const meant = suggestion(name, [...names.keys(), configFileVariable]);
    return meant === undefined ? [] : [`The environment variable ${name} is not known, did you mean ${meant}?`];
  });
}
