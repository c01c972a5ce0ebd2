import { fileURLToPath } from "node:url";

/** How to start a loop. */
export interface LoopCommand {
  readonly file: string;
  readonly execArgv: readonly string[];
}

/** Flags of this process that are about its own program, or that two processes cannot share. */
const NOT_INHERITED = /^--(inspect|watch|test|input-type|check$|interactive$)/;
const FOLLOWED_BY_A_PROGRAM = new Set(["-e", "--eval", "-p", "--print", "-pe"]);

const SOURCES = "--conditions=@rtmp/source";

/** The flags of this process that hold for its loops as well. */
function inheritedFlags(flags: readonly string[]): string[] {
  return flags.filter((flag, i) => {
    if (NOT_INHERITED.test(flag) || FOLLOWED_BY_A_PROGRAM.has(flag)) return false;
    return i === 0 || !FOLLOWED_BY_A_PROGRAM.has(flags[i - 1]!);
  });
}

/** The command that runs `entry` as this process was run, with more flags. Throws a `TypeError` when `entry` is not a file. */
export function loopCommand(entry: URL, execArgv: readonly string[] = []): LoopCommand {
  if (entry.protocol !== "file:") throw new TypeError(`entry must be a file: URL, got ${entry.href}`);
  const file = fileURLToPath(entry);
  const inherited = inheritedFlags(process.execArgv);
  // A loop that is run from its source is to find the packages beside it as sources too.
  const needsSources = file.endsWith(".ts") && !inherited.includes(SOURCES);
  return { file, execArgv: [...inherited, ...(needsSources ? [SOURCES] : []), ...execArgv] };
}
