import type { PublishOptions, Publisher } from "@rtmp/client";
import type { Clock } from "@rtmp/reactor";
import type { SeededRandom } from "@rtmp/testkit";
import { FakeSession, refusal } from "./fake-server.ts";

/** A session that ends when its server gets round to it. */
class SlowSession extends FakeSession {
  /** The server counts it as a publisher. */
  isHeld = true;
  readonly #close: () => Promise<void>;

  constructor(url: string, closeLater: () => Promise<void>) {
    super(url);
    this.#close = closeLater;
  }

  override fail(error: Error): void {
    this.isHeld = false;
    super.fail(error);
  }

  override async close(): Promise<void> {
    await this.#close();
    this.isHeld = false;
    await super.close();
  }
}

/** A server that accepts, refuses, waits, stalls and hangs up as a seed wants it, and counts who publishes at once. */
export class HostileServer {
  readonly sessions: SlowSession[] = [];
  /** The most sessions that one target has had at once. */
  mostHeld = 0;
  isKind = false;
  readonly #random: SeededRandom;
  readonly #clock: Clock;

  constructor(random: SeededRandom, clock: Clock) {
    this.#random = random;
    this.#clock = clock;
  }

  readonly publish = async (url: string, { signal }: PublishOptions): Promise<Publisher> => {
    await this.#untilAnswer(signal);
    signal?.throwIfAborted();
    const answer = this.isKind ? 9 : this.#random.int(0, 9);
    if (answer === 0) throw refusal();
    if (answer <= 2) throw new Error("connect ECONNREFUSED");
    const session = new SlowSession(url, () => this.#wait(this.isKind ? 0 : this.#random.pick([0, 0, 30, 700])));
    this.sessions.push(session);
    this.mostHeld = Math.max(this.mostHeld, this.sessions.filter((other) => other.isHeld && other.url === url).length);
    signal?.addEventListener("abort", () => session.fail(new Error("This operation was aborted")));
    return session;
  };

  /** Does something to one of the sessions that are held. */
  act(): void {
    const held = this.sessions.filter(({ isHeld }) => isHeld);
    if (held.length === 0) return;
    const session = this.#random.pick(held);
    this.#random.pick([
      () => session.stall(),
      () => session.resume(),
      () => session.resume(),
      () => session.fail(new Error("read ECONNRESET")),
    ])();
  }

  async #untilAnswer(signal: AbortSignal | undefined): Promise<void> {
    const ms = this.isKind ? 0 : this.#random.pick([0, 0, 20, 400, 9000]);
    if (ms === 0) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.schedule(ms, resolve);
      signal?.addEventListener("abort", () => {
        cancel();
        resolve();
      });
    });
  }

  #wait(ms: number): Promise<void> {
    return ms === 0 ? Promise.resolve() : new Promise((resolve) => void this.#clock.schedule(ms, resolve));
  }
}
