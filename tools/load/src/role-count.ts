import { monotonicUs } from "./monotonic-clock.ts";
import type { RampTimes, RoleProgress } from "./orders.ts";

/** Counts how the connections of one role fare. */
export class RoleCount {
  #live = 0;
  #failed = 0;
  #lost = 0;
  #firstOpenUs = 0;
  #lastLiveUs = 0;

  /** Let in so far, whatever became of them. */
  get live(): number {
    return this.#live;
  }

  get times(): RampTimes {
    return { firstOpenUs: this.#firstOpenUs, lastLiveUs: this.#lastLiveUs };
  }

  progress(busy: number): RoleProgress {
    return { live: this.#live, busy, failed: this.#failed, lost: this.#lost };
  }

  opened(): void {
    this.#firstOpenUs ||= monotonicUs();
  }

  letIn(): void {
    this.#live++;
    this.#lastLiveUs = monotonicUs();
  }

  failed(): void {
    this.#failed++;
  }

  lost(): void {
    this.#lost++;
  }
}
