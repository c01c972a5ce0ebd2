import {
  CommandLineExit,
  ListenError,
  createLogger,
  resolveLogFormat,
  serveUntilSignal,
  standardOutput,
  standardStreams,
} from "@rtmp/app-kit";
import type { Environment, Logger } from "@rtmp/app-kit";
import { loadConfiguration } from "./config/load-configuration.ts";
import { printConfiguration } from "./config/print-configuration.ts";
import { ConfigurationError } from "./config/problem.ts";
import { Program } from "./program.ts";

/**
 * Runs the server with the arguments behind the program's name. Returns the exit code if it is over already, or
 * `undefined` if it serves.
 */
export async function run(args: readonly string[], environment: Environment): Promise<number | undefined> {
  const output = standardStreams();
  const complain = (sentence: string, exitCode: number): number => {
    output.error(`rtmp-server: ${sentence}\n`);
    return exitCode;
  };
  let program: Program | undefined;
  try {
    const loaded = loadConfiguration(args, environment, output);
    if (loaded.printConfig) {
      output.out(printConfiguration(loaded));
      return 0;
    }
    const { logLevel, logFormat } = loaded.configuration;
    const isTerminal = process.stdout.isTTY;
    const logger = createLogger({
      level: logLevel,
      format: resolveLogFormat(logFormat, isTerminal, environment),
      isColored: isTerminal && !environment.NO_COLOR,
      sink: standardOutput(),
    });
    for (const warning of loaded.warnings) logger.warn(warning);
    const serving = new Program(loaded.configuration, logger);
    program = serving;
    serveUntilSignal(logger, {
      close: () => serving.close(),
      reload: () => reload(serving, logger, () => loadConfiguration(args, environment, output)),
    });
    await program.listen();
    return undefined;
  } catch (error) {
    if (error instanceof CommandLineExit) return error.exitCode;
    if (error instanceof ConfigurationError) return complain(error.message, 2);
    if (!(error instanceof ListenError)) throw error;
    await program?.close();
    return complain(error.message, 1);
  }
}

function reload(program: Program, logger: Logger, load: () => ReturnType<typeof loadConfiguration>): void {
  try {
    program.reload(load().configuration);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    logger.error({ problems: error.problems }, "configuration not reloaded");
  }
}
