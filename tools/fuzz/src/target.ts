import type { SeededRandom } from "@rtmp/testkit";

/** What one input led to, as far as the run's summary wants to know. */
export interface Verdict {
  /** The codes of the errors that the readers threw, as they should. */
  readonly codes: readonly string[];
}

/** One reader, or a few that belong together, with the laws its inputs must not break. */
export interface FuzzTarget {
  readonly name: string;
  /** Every error code that this target's inputs ought to reach sooner or later. */
  readonly codes: readonly string[];
  /** Makes an input of at most `MAX_INPUT_SIZE` bytes. The same random numbers make the same input. */
  generate(random: SeededRandom): Uint8Array;
  /** Feeds the readers. Throws a `BrokenLaw` when one of them breaks a law. Must not change `input`. */
  check(input: Uint8Array, random: SeededRandom): Verdict | Promise<Verdict>;
}

/** No input is larger, so that the limit of time means something. */
export const MAX_INPUT_SIZE = 65_536;

/** A reader did what no reader may do. Two failures are the same if their `law` is. */
export class BrokenLaw extends Error {
  override readonly name = "BrokenLaw";
  /** A short word or two, the same for every input that shows the same fault. */
  readonly law: string;

  constructor(law: string, detail: string, options?: ErrorOptions) {
    super(`${law}: ${detail}`, options);
    this.law = law;
  }
}
