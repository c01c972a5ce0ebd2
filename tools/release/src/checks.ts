import { isDeepStrictEqual } from "node:util";

/** Counts and prints what was checked. A check that fails does not end the run. */
export class Checks {
  #passed = 0;
  #failed = 0;

  get failed(): number {
    return this.#failed;
  }

  /** Passes if `body` returns; what it throws is printed. */
  async check(statement: string, body: () => void | Promise<void>): Promise<void> {
    try {
      await body();
      this.#passed++;
      console.log(`ok - ${statement}`);
    } catch (error) {
      this.fail(statement, error);
    }
  }

  /** Notes a failure that was met outside of a check. */
  fail(statement: string, error: unknown): void {
    this.#failed++;
    console.log(`not ok - ${statement}`);
    console.log(String(error instanceof Error ? error.message : error).replaceAll(/^/gm, "    "));
  }

  /** Says what could not be checked here and why; counts as neither. */
  skip(statement: string, reason: string): void {
    console.log(`skip - ${statement}: ${reason}`);
  }

  /** The last line. */
  summary(): string {
    return `${this.#passed} passed, ${this.#failed} failed`;
  }
}

/** Throws, with both in the message, unless `actual` is deeply equal to `expected`. */
export function same(actual: unknown, expected: unknown, what: string): void {
  if (isDeepStrictEqual(actual, expected)) return;
  throw new Error(`${what}\nexpected ${JSON.stringify(expected)}\ngot      ${JSON.stringify(actual)}`);
}
