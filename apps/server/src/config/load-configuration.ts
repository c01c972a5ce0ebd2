import type { CommandLineOutput, Environment } from "@rtmp/app-kit";
import { parseCommandLine } from "./command-line.ts";
import { configFileVariable, environmentValues, environmentWarnings } from "./environment.ts";
import { fileValues } from "./file.ts";
import { mergeConfiguration } from "./merge.ts";
import type { MergedConfiguration } from "./merge.ts";

/** A configuration, and what else its sources say. */
export interface LoadedConfiguration extends MergedConfiguration {
  /** The configuration is to be printed and nothing else to be done. */
  readonly printConfig: boolean;
  /** What deserves a line in the log: variables that look misspelt. */
  readonly warnings: readonly string[];
}

/**
 * Reads the arguments, the environment and the configuration file they name: arguments win over the environment, the
 * environment over the file. Throws a `ConfigurationError` that says what is wrong, or a `CommandLineExit` if help was
 * asked for.
 */
export function loadConfiguration(
  args: readonly string[],
  environment: Environment,
  output: CommandLineOutput,
): LoadedConfiguration {
  const commandLine = parseCommandLine(args, output);
  const configFile = commandLine.configFile ?? (environment[configFileVariable] || undefined);
  const file = configFile === undefined ? new Map<string, never>() : fileValues(configFile);
  return {
    ...mergeConfiguration([file, environmentValues(environment), commandLine.values]),
    printConfig: commandLine.printConfig,
    warnings: environmentWarnings(environment),
  };
}
