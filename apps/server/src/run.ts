import { CommandLineExit } from "./config/command-line.ts";
import type { CommandLineOutput } from "./config/command-line.ts";
import type { Environment } from "./config/environment.ts";
import { loadConfiguration } from "./config/load-configuration.ts";
import { printConfiguration } from "./config/print-configuration.ts";
import { ConfigurationError } from "./config/problem.ts";
import { createLogger, resolveLogFormat, standardOutput } from "./log/logger.ts";
import type { Logger } from "./log/logger.ts";
import { ListenError, Program } from "./program.ts";
import { handleSignals } from "./signals.ts";

const output: CommandLineOutput = {
  out: (text) => void process.stdout.write(text),
  error: (text) => void process.stderr.write(text),
};

/**
 * Runs the server with the arguments behind the program's name. Returns the exit code if it is over already, or
 * `undefined` if it serves.
 */
export async function run(args: readonly string[], environment: Environment): Promise<number | undefined> {
  // Whoever reads may have gone, as with `--help | head`; the server goes on.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
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
    program = new Program(loaded.configuration, logger);
    serveUntilSignal(program, logger, () => loadConfiguration(args, environment, output));
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

function serveUntilSignal(program: Program, logger: Logger, load: () => ReturnType<typeof loadConfiguration>): void {
  const die = (error: unknown): void => {
    logger.fatal({ error }, "stopped by an error that nobody expected");
    process.exit(1);
  };
  process.on("uncaughtException", die);
  process.on("unhandledRejection", die);
  handleSignals(logger, {
    close: () => program.close(),
    reload: () => {
      try {
        program.reload(load().configuration);
      } catch (error) {
        if (!(error instanceof ConfigurationError)) throw error;
        logger.error({ problems: error.problems }, "configuration not reloaded");
      }
    },
    exit: (exitCode) => process.exit(exitCode),
  });
}

function complain(sentence: string, exitCode: number): number {
  output.error(`rtmp-server: ${sentence}\n`);
  return exitCode;
}
