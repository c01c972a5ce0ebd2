/** Lets an interrupt cut short what `open` is making, but leaves it alone once it is made. */
export async function untilOpen<Value>(
  interrupt: AbortSignal,
  open: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const opening = new AbortController();
  const abort = (): void => opening.abort(interrupt.reason);
  if (interrupt.aborted) abort();
  interrupt.addEventListener("abort", abort);
  try {
    return await open(opening.signal);
  } finally {
    interrupt.removeEventListener("abort", abort);
  }
}
