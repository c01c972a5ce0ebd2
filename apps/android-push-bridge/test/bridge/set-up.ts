import { ManualClock } from "@rtmp/reactor/testing";
import { Bridge } from "../../src/bridge/bridge.ts";
import { FakePhone } from "./fake-phone.ts";
import { FakeServer, settled, wordFor } from "./fake-server.ts";

/** A bridge with one stream, a server that is pretended, and a clock that a test moves. */
export class SetUp {
  readonly clock: ManualClock = new ManualClock();
  readonly server: FakeServer = new FakeServer();
  readonly logged: { readonly message: string; readonly fields: object }[] = [];
  readonly bridge: Bridge;

  constructor() {
    const log = (fields: object, message: string): void => void this.logged.push({ fields, message });
    this.bridge = new Bridge({
      streams: [
        { token: "the token of this phone", target: "rtmp://127.0.0.1/live/phone" },
        { token: "the token of another one", target: "rtmp://127.0.0.1/live/second?key=secret" },
      ],
      log: { debug: log, info: log, warn: log, error: log },
      clock: this.clock,
      publish: this.server.publish,
      graceMs: 10_000,
    });
  }

  phone(): FakePhone {
    return new FakePhone(this.bridge);
  }

  /** A phone whose stream is live. */
  async livePhone(): Promise<FakePhone> {
    const phone = this.phone().hello();
    await settled();
    return phone.configs();
  }

  /** What the server has got in its present session, in words with times. */
  got(): string[] {
    return this.server.session.tags.map((tag) => `${wordFor(tag)} ${tag.timestamp}`);
  }

  /** Moves the time in steps that leave room for what waits for promises. */
  async advance(ms: number, stepMs = 50): Promise<void> {
    for (let left = ms; left > 0; left -= stepMs) {
      this.clock.advance(Math.min(stepMs, left));
      await settled();
    }
  }
}
