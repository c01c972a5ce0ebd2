import type { CommandLineOutput } from "./arguments.ts";
import type { Logger } from "./logger.ts";
import { handleSignals } from "./signals.ts";

/** The process's own standard output and error. What cannot be written there, as with `--help | head`, is lost quietly. */
export function standardStreams(): CommandLineOutput {
  for (const stream of [process.stdout, process.stderr]) {
    if (!stream.listeners("error").includes(ignore)) stream.on("error", ignore);
  }
  return { out: (text) => void process.stdout.write(text), error: (text) => void process.stderr.write(text) };
}

function ignore(): void {
  // Whoever read has gone; the program goes on.
}

/**
 * Ties a program to its process: signals end and reload it, and an error that nobody expected is logged and exits with 1.
 */
export function serveUntilSignal(
  logger: Logger,
  program: { readonly close: () => Promise<void>; readonly reload: () => void },
): void {
  const die = (error: unknown): void => {
    logger.fatal({ error }, "stopped by an error that nobody expected");
    process.exit(1);
  };
  process.on("uncaughtException", die);
  process.on("unhandledRejection", die);
  handleSignals(logger, { ...program, exit: (exitCode) => process.exit(exitCode) });
}
