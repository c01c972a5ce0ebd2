/** Runs `work` and returns what it threw as `CODE@offset`, so a test can compare both at once. */
export function faultOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return describeFault(error);
  }
  return "no fault";
}

/** Writes an error as `CODE@offset`; anything that is no `FlvError` keeps its own words. */
export function describeFault(error: unknown): string {
  if (error instanceof Error && error.name === "FlvError" && "code" in error && "offset" in error) {
    return `${String(error.code)}@${String(error.offset)}`;
  }
  return `foreign: ${String(error)}`;
}
