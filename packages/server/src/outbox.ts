import type { Clock } from "@rtmp/reactor";

/** Gathers the messages of one turn of the loop, so that they travel as one: each costs the other process a wake-up. */
export class Outbox<Message> {
  readonly #clock: Clock;
  readonly #send: (messages: readonly Message[]) => void;
  #messages: Message[] = [];

  constructor(clock: Clock, send: (messages: readonly Message[]) => void) {
    this.#clock = clock;
    this.#send = send;
  }

  add(message: Message): void {
    this.#messages.push(message);
    if (this.#messages.length === 1) this.#clock.schedule(0, () => this.flush());
  }

  /** Sends what has gathered, at once. */
  flush(): void {
    if (this.#messages.length === 0) return;
    const messages = this.#messages;
    this.#messages = [];
    this.#send(messages);
  }
}
