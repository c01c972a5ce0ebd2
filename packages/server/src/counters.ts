/** The numbers among the counters. */
const names = [
  "connections",
  "publishes",
  "publishesRefused",
  "plays",
  "playsRefused",
  "skips",
  "tooSlow",
  "ignoredMessages",
  "messagesIn",
  "messagesOut",
  "messagesRelayed",
] as const;

/** Counters at one moment, as they travel between processes. */
export type CounterValues = Readonly<Record<(typeof names)[number], number>> & {
  readonly clientErrors: Readonly<Record<string, number>>;
};

/** What a server counts since it was made. Plain numbers that only rise. */
export class Counters {
  connections = 0;
  publishes = 0;
  publishesRefused = 0;
  plays = 0;
  playsRefused = 0;
  /** Viewers cut to the next key frame. */
  skips = 0;
  /** Viewers disconnected because they were too slow. */
  tooSlow = 0;
  /** Messages that counted for nothing, of clients who have left: media without an accepted publisher above all. */
  ignoredMessages = 0;
  /** Messages of accepted publishers. */
  messagesIn = 0;
  /** Messages given to viewers, of viewers who have left. */
  messagesOut = 0;
  /** Messages given to other loops, of streams that they have left. */
  messagesRelayed = 0;
  readonly #clientErrors = new Map<string, number>();

  countClientError(code: string, count = 1): void {
    this.#clientErrors.set(code, (this.#clientErrors.get(code) ?? 0) + count);
  }

  /** Adds what somebody else has counted. */
  add(values: CounterValues): void {
    for (const name of names) this[name] += values[name];
    for (const [code, count] of Object.entries(values.clientErrors)) this.countClientError(code, count);
  }

  get values(): CounterValues {
    const values = Object.fromEntries(names.map((name) => [name, this[name]])) as Record<
      (typeof names)[number],
      number
    >;
    return { ...values, clientErrors: this.clientErrors };
  }

  /** Error code → how many connections ended with it. */
  get clientErrors(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#clientErrors);
  }
}
