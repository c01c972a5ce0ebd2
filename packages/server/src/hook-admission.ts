import type { Timer, TimerSource } from "@rtmp/reactor";
import type { Admission, Answers, PendingQuestion, Question } from "./admission.ts";
import type { ServerHooks } from "./hooks.ts";
import { isRejection } from "./rejection.ts";

/** What hooks are asked with. */
export interface HookAdmissionOptions {
  readonly hooks: ServerHooks;
  readonly timers: TimerSource;
  /** A hook that takes longer refuses, in ms. */
  readonly hookMs: number;
  /** Told what a hook threw that was no `Rejection`. */
  readonly onFailure: (error: unknown, question: Question) => void;
}

/** Lets the user's hooks decide. */
export class HookAdmission implements Admission {
  readonly #options: HookAdmissionOptions;

  constructor(options: HookAdmissionOptions) {
    this.#options = options;
  }

  /** Asks a hook and answers: at once if there is none or it returns at once, else when it has settled or its time is up. */
  ask(question: Question, answers: Answers): PendingQuestion | undefined {
    const { timers, hookMs, onFailure } = this.#options;
    const controller = new AbortController();
    let asked: unknown;
    try {
      asked = this.#call(question, controller.signal);
    } catch (error) {
      refuse(error);
      return undefined;
    }
    if (!isThenable(asked)) {
      conclude(asked);
      return undefined;
    }
    const pending = new PendingHook(controller);
    pending.timeUp = timers.after(hookMs, () => {
      pending.settle(() => answers.refuse(undefined, "No answer in time."));
      controller.abort();
    });
    Promise.resolve(asked).then(
      (result) => pending.settle(() => conclude(result)),
      (error: unknown) => pending.settle(() => refuse(error)),
    );
    return pending;

    /** Whoever returns `false` from a hook means no: only nothing is yes. */
    function conclude(result: unknown): void {
      if (result === undefined) answers.accept();
      else refuse(new TypeError(`a hook returned ${typeof result}: it must return nothing, or throw`));
    }

    function refuse(error: unknown): void {
      if (isRejection(error)) return answers.refuse(error.code, error.message);
      onFailure(error, question);
      answers.refuse(undefined, "Refused.");
    }
  }

  /** One process has one list of names: who publishes can be seen from the streams themselves. */
  release(): void {
    // nothing to give back
  }

  #call({ what, client, request }: Question, signal: AbortSignal): unknown {
    const { hooks } = this.#options;
    switch (what) {
      case "connect":
        return hooks.onConnect?.({ ...client, signal, ...request });
      case "publish":
        return hooks.onPublish?.({ ...client, signal, ...request });
      case "play":
        return hooks.onPlay?.({ ...client, signal, ...request });
    }
  }
}

class PendingHook implements PendingQuestion {
  readonly #controller: AbortController;
  timeUp: Timer | undefined;
  #isOver = false;

  constructor(controller: AbortController) {
    this.#controller = controller;
  }

  abandon(): void {
    if (!this.#end()) return;
    this.#controller.abort();
  }

  /** Runs the answer, if it is the first. */
  settle(answer: () => void): void {
    if (this.#end()) answer();
  }

  #end(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.timeUp?.cancel();
    return true;
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
