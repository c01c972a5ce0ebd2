import { fileURLToPath } from "node:url";

/** How to start a loop. */
export interface LoopCommand {
  readonly file: string;
  readonly execArgv: readonly string[];
}

/** Flags of this process that are about its own program, or that two processes cannot share. */
const NOT_INHERITED = /^(-[ci]$|--(inspect|debug-port|watch|test$|input-type|check$|interactive$|eval=|print=))/;
/** The same, with a word behind them. */
const PAIRED = new Set(["-e", "--eval", "-p", "--print", "-pe", "--inspect-port", "--debug-port", "--watch-path"]);

const SOURCES = "--conditions=@rtmp/source";

/**
 * The command that runs `entry` as a process with the flags `own`, by default this one, was run; with more flags. Throws a `TypeError` when `entry` is
 * not a file.
 */
export function loopCommand(
  entry: URL,
  execArgv: readonly string[] = [],
  own: readonly string[] = process.execArgv,
): LoopCommand {
  if (entry.protocol !== "file:") throw new TypeError(`entry must be a file: URL, got ${entry.href}`);
  const file = fileURLToPath(entry);
  const inherited = own.filter((flag, i) => !NOT_INHERITED.test(flag) && !PAIRED.has(flag) && !PAIRED.has(own[i - 1]!));
  // A loop that is run from its source is to find the packages beside it as sources too.
  const needsSources = file.endsWith(".ts") && !inherited.includes(SOURCES);
  return { file, execArgv: [...inherited, ...(needsSources ? [SOURCES] : []), ...execArgv] };
}
