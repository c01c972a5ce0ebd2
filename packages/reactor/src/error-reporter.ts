/** Told of what a task or handler of ours threw. Must not throw itself. */
export type ErrorReporter = (error: unknown) => void;

/** The reporter where none is given: the error becomes an uncaught exception of the process, after the work at hand. */
export function throwUncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error instanceof Error ? error : new Error(String(error), { cause: error });
  });
}
