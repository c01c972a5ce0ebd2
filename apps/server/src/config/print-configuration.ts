import { visibleText } from "@rtmp/app-kit";
import type { MergedConfiguration } from "./merge.ts";
import { settings } from "./settings.ts";

/** The configuration as a YAML file that says behind each value where it comes from. Tokens are left out. */
export function printConfiguration({ configuration, sources }: MergedConfiguration): string {
  const lines: string[] = [];
  let openGroup = "";
  const values = configuration as unknown as Readonly<Record<string, unknown>>;
  for (const { key, kind } of settings) {
    const [groupName = key, name] = key.split(".");
    const source = visibleText(sources.get(key) ?? "");
    if (name === undefined) {
      const value = values[key];
      if (kind === "tokens") lines.push(`# ${key}: ${Object.keys(value as object).length}, not shown (${source})`);
      else if (kind !== "switch" || value === false) lines.push(`${key}: ${JSON.stringify(value)} # ${source}`);
      else lines.push(`${key}: # ${source}`);
      openGroup = key;
      continue;
    }
    const group = values[groupName];
    if (typeof group !== "object" || group === null) continue;
    const value = (group as Readonly<Record<string, unknown>>)[name];
    if (value === undefined) continue;
    if (openGroup !== groupName) lines.push(`${groupName}:`);
    openGroup = groupName;
    lines.push(`  ${name}: ${JSON.stringify(value)} # ${source}`);
  }
  return `${lines.join("\n")}\n`;
}
