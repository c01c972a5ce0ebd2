import { UsageError, parseArguments } from "./arguments.ts";
import { help } from "./help.ts";
import { pull } from "./pull.ts";
import { push } from "./push.ts";
import { CommandError } from "./world.ts";
import type { World } from "./world.ts";

/** 0: all went well, an interrupt included. 1: something failed. 2: the command line was wrong. */
export type ExitCode = 0 | 1 | 2;

/** Runs the command with the words behind its name. Never rejects: what goes wrong is one line on `stderr`. */
export async function run(args: readonly string[], version: () => string, world: World): Promise<ExitCode> {
  try {
    const invocation = parseArguments(args);
    switch (invocation.kind) {
      case "help":
        world.stdout.write(help);
        break;
      case "version":
        world.stdout.write(`${version()}\n`);
        break;
      case "push":
        await push(invocation, world);
        break;
      case "pull":
        await pull(invocation, world);
    }
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      world.stderr.write(`rtmp: ${error.message}; see rtmp --help\n`);
      return 2;
    }
    if (world.interrupt.aborted && !(error instanceof CommandError)) return 0; // the end that was asked for
    world.stderr.write(`rtmp: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}
