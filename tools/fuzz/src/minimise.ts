import { concat } from "@rtmp/testkit";

/** Whether the input still shows the fault that is being looked for. */
export type StillFails = (input: Uint8Array) => Promise<boolean>;

/** What minimising may cost. */
export interface MinimiseBudget {
  /** How many inputs may be tried. */
  readonly attempts: number;
  /** Says that it has lasted long enough. */
  readonly isOver: () => boolean;
}

/**
 * Makes a failing input smaller and plainer: leaves slices out, from halves down to single bytes, then zeroes bytes.
 * Returns an input that fails and that no single step of these makes smaller, unless the budget ran out first.
 */
export async function minimise(input: Uint8Array, stillFails: StillFails, budget: MinimiseBudget): Promise<Uint8Array> {
  let best = input;
  let left = budget.attempts;
  const tryInput = async (candidate: Uint8Array): Promise<boolean> => {
    if (left <= 0 || budget.isOver()) return false;
    left--;
    if (!(await stillFails(candidate))) return false;
    best = candidate;
    return true;
  };
  let before: Uint8Array;
  do {
    before = best;
    for (let size = 2 ** Math.floor(Math.log2(best.length)); size >= 1; size /= 2) {
      for (let at = 0; at < best.length;) {
        if (!(await tryInput(concat(best.subarray(0, at), best.subarray(at + size))))) at += size;
      }
    }
  } while (best !== before);
  for (let at = 0; at < best.length; at++) {
    if (best[at] === 0) continue;
    const zeroed = best.slice();
    zeroed[at] = 0;
    await tryInput(zeroed);
  }
  return best;
}
