const STEP_MS = 5;

/** Opens `count` things at a steady rate; the first at once. Returns what stops it. */
export function ramp(count: number, perSecond: number, open: (index: number) => void): () => void {
  const startedAt = performance.now();
  let opened = 0;
  const timer = setInterval(step, STEP_MS);
  step();
  return () => clearInterval(timer);

  function step(): void {
    const due = Math.min(count, 1 + Math.floor(((performance.now() - startedAt) / 1000) * perSecond));
    while (opened < due) open(opened++);
    if (opened === count) clearInterval(timer);
  }
}
