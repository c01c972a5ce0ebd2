import { parseArguments, withManners } from "@rtmp/app-kit";
import type { CommandLineOutput } from "@rtmp/app-kit";
import { Command, Option } from "commander";
import { version } from "../version.ts";
import { configFileVariable } from "./environment.ts";
import type { Given, GivenValues } from "./given.ts";
import { optionName, parseText } from "./setting.ts";
import type { Setting } from "./setting.ts";
import { settings } from "./settings.ts";

/** What somebody typed. */
export interface CommandLine {
  readonly values: GivenValues;
  readonly configFile: string | undefined;
  readonly printConfig: boolean;
}

const groupTitles: readonly (readonly [prefix: string, title: string])[] = [
  ["log", "Logs and figures:"],
  ["metrics", "Logs and figures:"],
  ["subscriber", "Delivery:"],
  ["gopCache", "Delivery:"],
  ["chunkSize", "Delivery:"],
  ["windowAcknowledgementSize", "Delivery:"],
  ["maxFlushDelayMs", "Delivery:"],
  ["repairPublishers", "Delivery:"],
  ["limits", "Limits:"],
  ["timeouts", "Timeouts:"],
];

const explanation = `
Every option is also a key of the configuration file and an environment variable:
--limits-max-connections is limits.maxConnections and RTMP_LIMITS_MAX_CONNECTIONS.
Options win over the environment, the environment over the file. Tokens for
publishers (publishKeys) have no option: command lines are visible to others.

Examples:
  rtmp-server
  rtmp-server --host 0.0.0.0 --port 1935 --metrics
  rtmp-server --config /etc/rtmp-server.yaml --log-level debug
`;

/** Reads the arguments behind the program's name. Throws a `CommandLineExit` if there is nothing more to do. */
export function parseCommandLine(args: readonly string[], output: CommandLineOutput): CommandLine {
  const described = new Command("rtmp-server").description(
    "Relays live streams over RTMP: publishers push, viewers play.",
  );
  const command = withManners(described, version, output)
    .option("--config <file>", `configuration file, YAML or JSON (environment: ${configFileVariable})`)
    .option("--print-config", "print the configuration in effect and where it comes from, then exit")
    .addHelpText("after", explanation);
  const optionOwners = new Map<string, Setting>();
  for (const setting of settings) {
    if (setting.kind === "tokens") continue;
    for (const option of optionsOf(setting)) {
      command.addOption(option.helpGroup(groupTitle(setting)));
      optionOwners.set(option.attributeName(), setting);
    }
  }
  parseArguments(command, args);
  const { config, printConfig, ...given } = command.opts<Record<string, string | boolean | undefined>>();
  return {
    values: valuesOf(given, optionOwners),
    configFile: typeof config === "string" ? config : undefined,
    printConfig: printConfig === true,
  };
}

function optionsOf(setting: Setting): readonly Option[] {
  const name = optionName(setting);
  const { defaultValue } = setting;
  const hasDefault = typeof defaultValue === "string" || typeof defaultValue === "number";
  const description = hasDefault ? `${setting.description} (default ${defaultValue})` : setting.description;
  switch (setting.kind) {
    case "flag":
    case "switch": {
      const on = new Option(name, setting.description);
      const off = new Option(name.replace("--", "--no-"), `do not ${setting.description}`);
      return [on.hideHelp(defaultValue === true), off.hideHelp(defaultValue === false)];
    }
    case "integer":
      return [new Option(`${name} <number>`, description)];
    case "path":
      return [new Option(`${name} <file>`, description)];
    case "text":
    case "tokens":
      return [new Option(`${name} <text>`, description)];
  }
}

function groupTitle({ key }: Setting): string {
  return groupTitles.find(([prefix]) => key.startsWith(prefix))?.[1] ?? "Server:";
}

function valuesOf(
  options: Readonly<Record<string, string | boolean | undefined>>,
  owners: ReadonlyMap<string, Setting>,
): GivenValues {
  const values = new Map<string, Given>();
  for (const [name, given] of Object.entries(options)) {
    const setting = owners.get(name);
    if (setting === undefined || given === undefined) continue;
    const option = optionName(setting);
    const source = given === false ? option.replace("--", "--no-") : option;
    values.set(setting.key, { value: typeof given === "string" ? parseText(setting, given) : given, source });
  }
  return values;
}
