import {
  CommandLineExit,
  ListenError,
  createLogger,
  isReadByPerson,
  resolveLogFormat,
  serveUntilSignal,
  standardOutput,
  standardStreams,
  visibleText,
} from "@rtmp/app-kit";
import type { Environment } from "@rtmp/app-kit";
import { parseCommandLine } from "./command-line.ts";
import { loadPage } from "./http/load-page.ts";
import { welcomeText } from "./links/welcome-text.ts";
import { Program } from "./program.ts";
import type { Ready } from "./program.ts";
import type { BridgeSettings } from "./settings.ts";
import { UsageError } from "./usage-error.ts";
import { ScrcpySource } from "./usb/scrcpy-source.ts";

/**
 * Runs the bridge with the arguments behind the program's name. Returns the exit code if it is over already, or
 * `undefined` if it serves.
 */
export async function run(args: readonly string[], environment: Environment): Promise<number | undefined> {
  const output = standardStreams();
  const complain = (sentence: string, exitCode: number): number => {
    output.error(`android-push-bridge: ${visibleText(sentence)}\n`); // some hold words of a phone
    return exitCode;
  };
  let program: Program | undefined;
  try {
    const settings = parseCommandLine(args, environment, output);
    const look = lookOf(settings, environment);
    const logger = createLogger({ level: settings.logLevel, ...look, sink: standardOutput() });
    const serving = new Program(settings, {
      logger,
      loadPage,
      makeCableSource: (attach) => new ScrcpySource({ usb: settings.usb, attach, log: logger, environment }),
      onReady: (ready) => {
        if (look.format === "pretty") output.out(textFor(ready, settings, environment));
      },
      onCableFault: (error) => void endWith(serving, error, complain),
    });
    program = serving;
    serveUntilSignal(logger, { close: () => serving.close(), reload: () => void serving.reload() });
    await serving.start();
    return undefined;
  } catch (error) {
    if (error instanceof CommandLineExit) return error.exitCode;
    await program?.close();
    if (error instanceof UsageError) return complain(error.message, 2);
    if (error instanceof ListenError) return complain(error.message, 1);
    throw error;
  }
}

interface Look {
  readonly format: "pretty" | "json";
  readonly isColored: boolean;
}

function lookOf({ logFormat }: BridgeSettings, environment: Environment): Look {
  const isTerminal = process.stdout.isTTY;
  return {
    format: resolveLogFormat(logFormat, isTerminal, environment),
    isColored: isTerminal && !environment.NO_COLOR,
  };
}

function textFor(ready: Ready, { hasQr }: BridgeSettings, environment: Environment): string {
  const isPerson = isReadByPerson(process.stdout.isTTY, environment);
  return welcomeText({
    links: ready.links,
    fingerprint: ready.fingerprint,
    statusUrl: ready.statusUrl,
    hasQr: hasQr && isPerson,
    // A task runner passes colours on, and without them a QR code is right on dark terminals only.
    hasColors: isPerson && !environment.NO_COLOR,
  });
}

/** Only the user can help: the program says how, and ends. */
async function endWith(
  program: Program,
  error: unknown,
  complain: (sentence: string, exitCode: number) => number,
): Promise<void> {
  const exitCode = complain((error as Error).message, 1);
  await program.close();
  process.exit(exitCode);
}
