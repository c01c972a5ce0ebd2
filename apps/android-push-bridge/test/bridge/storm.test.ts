import { ManualClock } from "@rtmp/reactor/testing";
import { seededRandom } from "@rtmp/testkit";
import type { SeededRandom } from "@rtmp/testkit";
import { describe, expect, test } from "vitest";
import { Bridge } from "../../src/bridge/bridge.ts";
import { FakePhone, other, small } from "./fake-phone.ts";
import { settled, wordFor } from "./fake-server.ts";
import type { FakeSession } from "./fake-server.ts";
import { HostileServer } from "./hostile-server.ts";

/** Phones that come and go, a server that does as it likes, and a clock. */
class Storm {
  readonly clock: ManualClock = new ManualClock();
  readonly server: HostileServer;
  readonly bridge: Bridge;
  readonly #random: SeededRandom;
  #phone: FakePhone;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    this.server = new HostileServer(this.#random, this.clock);
    const ignore = (): void => undefined;
    this.bridge = new Bridge({
      streams: [{ token: "the token of this phone", target: "rtmp://127.0.0.1/live/phone" }],
      log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
      clock: this.clock,
      publish: this.server.publish,
      graceMs: 3000,
    });
    this.#phone = this.#newPhone();
  }

  async rage(rounds: number): Promise<void> {
    for (let round = 0; round < rounds; round++) {
      this.#act();
      if (this.#random.int(0, 2) === 0) await this.pass(this.#random.pick([0, 1, 40, 260, 900, 6000]));
    }
  }

  /** Lets the time pass in steps, with room for what waits for promises. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left >= 0; left -= 250) {
      this.clock.advance(Math.min(left, 250));
      await settled();
    }
  }

  /** A new phone that nobody troubles, and how many frames it has sent. */
  async quietPhone(): Promise<{ readonly phone: FakePhone; readonly frameCount: number }> {
    this.server.isKind = true;
    this.#phone.goodbye();
    await this.pass(20_000);
    const phone = this.#newPhone();
    await this.pass(100);
    const now = this.clock.now();
    phone.configs().key(now);
    for (let index = 1; index <= 10; index++) phone.inter(now + index * 33).sound(now + index * 33);
    await this.pass(500);
    return { phone, frameCount: 25 };
  }

  #newPhone(): FakePhone {
    const session = this.#random.pick(["one", "two"]);
    const phone = new FakePhone(this.bridge).hello({ session, clock: this.#random.pick(["common", "separate"]) });
    return phone.configs(this.#random.pick([small, other]).config);
  }

  #act(): void {
    const now = Math.round(this.clock.now()) + this.#random.pick([0, 0, 0, 5, -5, -20_000, 9000]);
    const size = this.#random.pick([20, 20, 500, 3_000_000]);
    this.#random.pick([
      () => this.#phone.key(now, size),
      () => this.#phone.inter(now, size),
      () => this.#phone.inter(now, size),
      () => this.#phone.sound(now),
      () => this.#phone.configs(this.#random.pick([small, other]).config),
      () => this.#phone.goodbye(),
      () => this.#phone.lose(),
      () => (this.#phone = this.#newPhone()),
      () => this.server.act(),
    ])();
  }
}

/** What is wrong with what a session was sent, in words. */
function faultsOf(session: FakeSession): string[] {
  const faults: string[] = [];
  const words = session.tags.map(wordFor);
  const pictures = session.tags.filter((_, index) => ["key", "inter"].includes(words[index]!));
  const firstPicture = words.findIndex((word) => word === "key" || word === "inter");
  const firstSound = words.indexOf("sound");
  if (firstPicture >= 0 && words[firstPicture] !== "key") faults.push("begins with a picture that needs others");
  if (firstPicture >= 0 && !words.slice(0, firstPicture).includes("video header")) faults.push("no video header");
  if (firstSound >= 0 && !words.slice(0, firstSound).includes("audio header")) faults.push("no audio header");
  for (const [index, word] of words.entries()) {
    if (word === "video header" && words[index + 1] === "inter") faults.push("no key frame behind a header");
  }
  for (const track of [pictures, session.tags.filter(({ type }) => type === "audio")]) {
    if (track.some(({ timestamp }, index) => index > 0 && timestamp < track[index - 1]!.timestamp)) {
      faults.push("the time goes back");
    }
  }
  return faults;
}

describe("phones that come and go at a server that does as it likes", () => {
  test.for(Array.from({ length: 12 }, (_, seed) => seed))("leave good order behind (seed %i)", async (seed) => {
    const storm = new Storm(seed);
    await storm.rage(400);
    expect(storm.server.mostHeld).toBeLessThanOrEqual(1);
    expect(storm.server.sessions.flatMap(faultsOf)).toEqual([]);
    const { phone, frameCount } = await storm.quietPhone();
    expect(phone.closeReason).toBeUndefined();
    expect(phone.acknowledgement()).toMatchObject({ frameCount, unsentBytes: 0 });
    expect(storm.bridge.stats().streams[0]).toMatchObject({ state: "live", unsentBytes: 0 });
    const closed = storm.bridge.close();
    await storm.pass(10_000);
    await closed;
    expect(storm.server.sessions.filter(({ isHeld }) => isHeld)).toEqual([]);
    expect(storm.clock.size).toBe(0);
  });
});
