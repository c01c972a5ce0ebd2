/** Where the command takes its time from, so that a test can hold it still. */
export interface Clock {
  /** Milliseconds since an arbitrary moment; never goes back. */
  now(): number;
  /** Resolves after `ms` milliseconds, or at once when the signal aborts. Never rejects. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Runs `run` every `ms` milliseconds until the returned function is called. Keeps no process alive. */
  every(ms: number, run: () => void): () => void;
}

const longestTimeoutMs = 0x7fff_ffff; // Node takes a longer one for 1 ms

/** The clock of this process. */
export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const wake = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      const timer = setTimeout(wake, Math.min(Math.ceil(ms), longestTimeoutMs));
      signal.addEventListener("abort", wake);
    }),
  every: (ms, run) => {
    const timer = setInterval(run, ms).unref();
    return () => clearInterval(timer);
  },
};
