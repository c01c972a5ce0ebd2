/** Keeps messages for a while, to send them together. */
export class Gatherer {
  readonly #gatherMs: number;
  readonly #sendTogether: (messages: Buffer[]) => void;
  #messages: Buffer[] = [];

  constructor(gatherMs: number, sendTogether: (messages: Buffer[]) => void) {
    this.#gatherMs = gatherMs;
    this.#sendTogether = sendTogether;
  }

  add(message: Buffer): void {
    this.#messages.push(message);
    if (this.#messages.length > 1) return;
    setTimeout(() => {
      const messages = this.#messages;
      this.#messages = [];
      this.#sendTogether(messages);
    }, this.#gatherMs);
  }
}
