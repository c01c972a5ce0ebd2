import type { Command, CommanderError } from "commander";

/** The command line has been dealt with: help was shown, or it makes no sense and that was said. */
export class CommandLineExit extends Error {
  override readonly name = "CommandLineExit";
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`exit ${exitCode}`);
    this.exitCode = exitCode;
  }
}

/** Where help and complaints go. */
export interface CommandLineOutput {
  out(text: string): void;
  error(text: string): void;
}

/**
 * Gives a command the options and manners of every program here: `--help`, `--version`, exit code 2 for what makes no
 * sense.
 */
export function withManners(command: Command, version: string, output: CommandLineOutput): Command {
  return command
    .optionsGroup("General:")
    .version(version, "-V, --version", "print the version and exit")
    .helpOption("-h, --help", "print this and exit")
    .configureOutput({ writeOut: (line) => output.out(line), writeErr: (line) => output.error(line) })
    .showHelpAfterError("Run with --help to see every option.")
    .exitOverride();
}

/** Reads the arguments behind the program's name. Throws a `CommandLineExit` if there is nothing more to do. */
export function parseArguments(command: Command, args: readonly string[]): void {
  try {
    command.parse(args, { from: "user" });
  } catch (error) {
    if (!isCommanderError(error)) throw error;
    throw new CommandLineExit(error.exitCode === 0 ? 0 : 2);
  }
}

// Each program brings its own copy of Commander, so its class is not the one of ours.
function isCommanderError(error: unknown): error is CommanderError {
  return error instanceof Error && error.name === "CommanderError";
}
