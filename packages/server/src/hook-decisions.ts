import type { Timer, TimerSource } from "@rtmp/reactor";
import type { StatusCode } from "@rtmp/session";
import { isRejection } from "./rejection.ts";

interface HookDecisionsOptions {
  readonly timers: TimerSource;
  readonly hookMs: number;
  /** Runs the answer to a hook that took its time, guarded like everything that happens on the connection. */
  readonly run: (step: () => void) => void;
  /** Told what a hook threw that was no `Rejection`. */
  readonly onFailure: (error: unknown) => void;
}

/** What follows from a hook's answer. Without a code, the client hears the usual one. */
export interface HookAnswers {
  accept(): void;
  refuse(code: StatusCode | undefined, description: string): void;
}

/** The hooks of one connection: at most one is asked at a time, because the session holds back what comes behind. */
export class HookDecisions {
  readonly #options: HookDecisionsOptions;
  #pending: { readonly controller: AbortController; readonly timeUp: Timer } | undefined;

  constructor(options: HookDecisionsOptions) {
    this.#options = options;
  }

  /** Asks a hook and answers: at once if there is none or it returns at once, else when it has settled or its time is up. */
  ask(hook: (signal: AbortSignal) => unknown, answers: HookAnswers): void {
    const controller = new AbortController();
    let asked: unknown;
    try {
      asked = hook(controller.signal);
    } catch (error) {
      return this.#refuse(error, answers);
    }
    if (!isThenable(asked)) return this.#conclude(asked, answers);
    const timeUp = this.#options.timers.after(this.#options.hookMs, () => {
      this.#settle(controller, () => answers.refuse(undefined, "No answer in time."));
      controller.abort();
    });
    this.#pending = { controller, timeUp };
    Promise.resolve(asked).then(
      (result) => this.#settle(controller, () => this.#conclude(result, answers)),
      (error: unknown) => this.#settle(controller, () => this.#refuse(error, answers)),
    );
  }

  /** The client has gone: whoever is being asked is told, and the answer does not matter any more. */
  abandon(): void {
    this.#pending?.timeUp.cancel();
    this.#pending?.controller.abort();
    this.#pending = undefined;
  }

  #settle(controller: AbortController, answer: () => void): void {
    if (this.#pending?.controller !== controller) return;
    this.#pending.timeUp.cancel();
    this.#pending = undefined;
    this.#options.run(answer);
  }

  /** Whoever returns `false` from a hook means no: only nothing is yes. */
  #conclude(result: unknown, answers: HookAnswers): void {
    if (result === undefined) return answers.accept();
    this.#refuse(new TypeError(`a hook returned ${typeof result}: it must return nothing, or throw`), answers);
  }

  #refuse(error: unknown, answers: HookAnswers): void {
    if (isRejection(error)) return answers.refuse(error.code, error.message);
    this.#options.onFailure(error);
    answers.refuse(undefined, "Refused.");
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
