/** `performance.now()` counts from the start of this process, the operating system's clock from one moment for all. */
const originUs = Number(process.hrtime.bigint() / 1000n) - performance.now() * 1000;

/** Microseconds on a clock that never goes back and that all processes of this machine share. */
export function monotonicUs(): number {
  return performance.now() * 1000 + originUs;
}
