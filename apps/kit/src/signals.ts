import type { Logger } from "./logger.ts";

/** What signals set off. */
export interface SignalActions {
  /** Ends everything in good order. */
  readonly close: () => Promise<void>;
  /** Reads the configuration again. */
  readonly reload: () => void;
  readonly exit: (exitCode: number) => void;
}

/** How long ending may take before the process goes anyway. */
const drainLimitMs = 5000;
/** Signals so close together are one: a terminal and a task runner both pass on the same Ctrl+C. */
const sameSignalMs = 250;

const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * On the first SIGINT or SIGTERM ends in good order and exits with 0, after five seconds at the latest; on the second
 * exits at once with 130 or 143. SIGHUP reloads.
 */
export function handleSignals(logger: Logger, actions: SignalActions, emitter: NodeJS.EventEmitter = process): void {
  let firstAt: number | undefined;
  const onEnd = (signal: keyof typeof exitCodes): void => {
    if (firstAt === undefined) {
      firstAt = performance.now();
      void endInGoodOrder(logger, actions, signal);
    } else if (performance.now() - firstAt > sameSignalMs) {
      logger.warn({ signal }, "stopped at once");
      actions.exit(exitCodes[signal]);
    }
  };
  emitter.on("SIGINT", () => onEnd("SIGINT"));
  emitter.on("SIGTERM", () => onEnd("SIGTERM"));
  emitter.on("SIGHUP", () => actions.reload());
}

async function endInGoodOrder(logger: Logger, { close, exit }: SignalActions, signal: string): Promise<void> {
  logger.info({ signal }, "stopping");
  const startedAt = performance.now();
  const limit = setTimeout(() => {
    logger.warn({ durationMs: drainLimitMs }, "stopped before everything was sent");
    exit(0);
  }, drainLimitMs);
  try {
    await close();
    logger.info({ durationMs: Math.round(performance.now() - startedAt) }, "stopped");
  } catch (error) {
    logger.error({ error }, "stopped with an error");
  }
  clearTimeout(limit);
  exit(0);
}
