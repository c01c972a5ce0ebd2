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
  readonly #clientErrors = new Map<string, number>();

  countClientError(code: string): void {
    this.#clientErrors.set(code, (this.#clientErrors.get(code) ?? 0) + 1);
  }

  /** Error code → how many connections ended with it. */
  get clientErrors(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#clientErrors);
  }
}
