import { shown } from "@rtmp/app-kit";
import type { Configuration } from "./configuration.ts";
import type { Given, GivenValues } from "./given.ts";
import { ConfigurationError } from "./problem.ts";
import type { Setting } from "./setting.ts";
import { settingOf, settings } from "./settings.ts";

/** The configuration in effect and which source every value comes from. */
export interface MergedConfiguration {
  readonly configuration: Configuration;
  /** Key → `--port`, `RTMP_PORT`, the name of a file or `default`, for every value that is there. */
  readonly sources: ReadonlyMap<string, string>;
}

/**
 * Lays the sources over the defaults, the last one on top, and checks every value that comes to the surface. Throws a
 * `ConfigurationError` that names all faulty keys.
 */
export function mergeConfiguration(sources: readonly GivenValues[]): MergedConfiguration {
  const given = new Map<string, Given>();
  for (const { key, defaultValue } of settings) {
    if (defaultValue !== undefined) given.set(key, { value: defaultValue, source: "default" });
  }
  for (const source of sources) {
    for (const [key, value] of source) {
      given.set(key, value);
      // Whoever sets something of a group wants the group, unless the same source switches it off.
      const group = settingOf(key.slice(0, Math.max(0, key.indexOf("."))));
      if (group !== undefined && !source.has(group.key)) given.set(group.key, { value: true, source: value.source });
    }
  }
  const problems = [...settings.flatMap((setting) => problemsOf(setting, given.get(setting.key))), ...conflicts(given)];
  if (problems.length > 0) throw new ConfigurationError(problems);
  return {
    configuration: toConfiguration(given),
    sources: new Map([...given].map(([key, { source }]) => [key, source])),
  };
}

function problemsOf(setting: Setting, given: Given | undefined): readonly string[] {
  if (given === undefined || setting.schema.safeParse(given.value).success) return [];
  const value = setting.kind === "tokens" ? "something else" : shown(given.value);
  return [`${setting.key}: expected ${setting.expected}, got ${value} (from ${given.source})`];
}

/** What is wrong with values that are fine alone. */
function conflicts(given: ReadonlyMap<string, Given>): readonly string[] {
  const problems: string[] = [];
  for (const [one, other] of [
    ["tls.cert", "tls.key"],
    ["tls.key", "tls.cert"],
  ] as const) {
    const source = given.get(one)?.source;
    if (source !== undefined && !given.has(other)) {
      problems.push(`${other}: expected the name of a file, because ${one} is given (from ${source})`);
    }
  }
  const skip = given.get("subscriber.skipAboveBytes");
  const drop = given.get("subscriber.dropAboveBytes");
  if (typeof skip?.value === "number" && typeof drop?.value === "number" && drop.value < skip.value) {
    const sources = `(from ${drop.source} and ${skip.source})`;
    problems.push(
      `subscriber.dropAboveBytes: expected at least subscriber.skipAboveBytes, ${skip.value}, got ${drop.value} ${sources}`,
    );
  }
  return problems;
}

function toConfiguration(given: ReadonlyMap<string, Given>): Configuration {
  const configuration: Record<string, unknown> = {};
  for (const { key, kind } of settings) {
    const value = given.get(key)?.value;
    const [groupName = key, name] = key.split(".");
    if (value === undefined) continue;
    if (name === undefined) configuration[key] = kind === "switch" && value === true ? {} : value;
    else if (configuration[groupName] !== false) {
      configuration[groupName] = { ...(configuration[groupName] as object | undefined), [name]: value };
    }
  }
  // Each value has passed its schema; a test holds the whole against the interface.
  return configuration as unknown as Configuration;
}
