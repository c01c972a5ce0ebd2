/** Where time comes from. Everything in this package asks a clock, so a test can hold it still. */
export interface Clock {
  /** Milliseconds since an arbitrary moment; never goes back. */
  now(): number;
  /**
   * Runs `run` once, not before `ms` milliseconds have passed, never within this call. With 0 it runs at the end of the current loop turn, after
   * the I/O that is ready now. Returns a function that cancels it; cancelling twice, or afterwards, does nothing.
   */
  schedule(ms: number, run: () => void): () => void;
}

const LONGEST_TIMEOUT_MS = 0x7fff_ffff; // Node takes a longer one for 1 ms

/** The clock of this process. */
export const systemClock: Clock = {
  now: () => performance.now(),
  schedule(ms, run) {
    if (ms <= 0) {
      const immediate = setImmediate(run);
      return () => clearImmediate(immediate);
    }
    const timeout = setTimeout(run, Math.min(Math.ceil(ms), LONGEST_TIMEOUT_MS));
    return () => clearTimeout(timeout);
  },
};
