import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { loadConfiguration } from "../src/config/load-configuration.ts";
import { environmentName, optionName } from "../src/config/setting.ts";
import type { Setting } from "../src/config/setting.ts";
import { settings } from "../src/config/settings.ts";
import { ConfigurationFolder } from "./configuration-files.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

/** The cells of every table row, without the padding and escapes of Markdown. */
const rows = readme
  .split("\n")
  .filter((line) => line.startsWith("|"))
  .map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll("\\", "")),
  );

function rowOf(setting: Setting): readonly string[] {
  const { key, kind, defaultValue, description } = setting;
  const option = defaultValue === true ? optionName(setting).replace("--", "--no-") : optionName(setting);
  return [
    `\`${key}\``,
    `\`${environmentName(setting)}\``,
    kind === "tokens" ? "none" : `\`${option}\``,
    kind === "tokens" || defaultValue === undefined
      ? "none"
      : `\`${JSON.stringify(defaultValue).replaceAll('"', "")}\``,
    description,
  ];
}

test("the table of settings says what the program does", () => {
  const first = rows.findIndex(([cell]) => cell === "`host`");
  expect(rows.slice(first, first + settings.length)).toEqual(settings.map(rowOf));
});

test("the example is a configuration that the program takes", () => {
  using folder = new ConfigurationFolder();
  const example = /```yaml\n(.*?)```/s.exec(readme)?.[1] ?? "";
  const args = ["--config", folder.write("example.yaml", example)];
  const { configuration } = loadConfiguration(args, {}, { out: () => undefined, error: () => undefined });
  expect(configuration).toMatchObject({
    host: "0.0.0.0",
    metrics: { port: 9464 },
    publishKeys: { "*": "battery-staple" },
  });
});
