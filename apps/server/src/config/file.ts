import { readFileSync } from "node:fs";
import { dirname, extname, resolve } from "node:path";
import { parse as parseYaml } from "yaml";
import type { Given, GivenValues } from "./given.ts";
import { shown } from "@rtmp/app-kit";
import { ConfigurationError } from "./problem.ts";
import { groupNames, settingOf, settings } from "./settings.ts";
import { suggestion } from "./suggestion.ts";

/** What a configuration file gives. Throws a `ConfigurationError` if it cannot be read or has keys that are not ours. */
export function fileValues(fileName: string): GivenValues {
  const content = parse(fileName);
  if (content === null || content === undefined) return new Map(); // an empty YAML file
  if (!isMap(content)) throw new ConfigurationError([`${fileName}: expected a map of settings, got ${shown(content)}`]);
  const problems: string[] = [];
  const values = new Map<string, Given>();
  collect(content, "", fileName, values, problems);
  if (problems.length > 0) throw new ConfigurationError(problems);
  return values;
}

function parse(fileName: string): unknown {
  const extension = extname(fileName).toLowerCase();
  if (![".json", ".yaml", ".yml"].includes(extension)) {
    throw new ConfigurationError([`config: expected a file that ends in .yaml, .yml or .json, got ${shown(fileName)}`]);
  }
  let content: string;
  try {
    content = readFileSync(fileName, "utf8");
  } catch (error) {
    throw new ConfigurationError([`config: ${fileName} cannot be read: ${(error as Error).message}`]);
  }
  try {
    return extension === ".json" ? (JSON.parse(content) as unknown) : (parseYaml(content) as unknown);
  } catch (error) {
    const kind = extension === ".json" ? "JSON" : "YAML";
    throw new ConfigurationError([`config: ${fileName} is not ${kind}: ${(error as Error).message.trimEnd()}`]);
  }
}

function collect(
  map: Readonly<Record<string, unknown>>,
  prefix: string,
  source: string,
  values: Map<string, Given>,
  problems: string[],
): void {
  for (const [name, value] of Object.entries(map)) {
    const key = prefix + name;
    const setting = settingOf(key);
    const isGroup = prefix === "" && groupNames.has(name);
    if (isGroup && isMap(value)) {
      if (setting !== undefined) values.set(key, { value: true, source });
      collect(value, `${key}.`, source, values, problems);
    } else if (setting !== undefined) {
      const isPath = setting.kind === "path" && typeof value === "string";
      values.set(key, { value: isPath ? resolve(dirname(source), value) : value, source });
    } else if (!isGroup) {
      problems.push(`${unknownKey(key)} (in ${source})`);
    } else if (value !== null) {
      problems.push(`${key}: expected a map of settings, got ${shown(value)} (in ${source})`);
    }
  }
}

function unknownKey(key: string): string {
  const meant = suggestion(
    key,
    [...settings.map((setting) => setting.key), ...groupNames].filter((candidate) => candidate !== key),
  );
  return `${shown(key).slice(1, -1)}: unknown key${meant === undefined ? "" : `, did you mean ${meant}?`}`;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
