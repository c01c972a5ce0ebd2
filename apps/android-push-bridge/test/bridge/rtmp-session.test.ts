import { describe, expect, test } from "vitest";
import { MAX_UNSENT_BYTES } from "../../src/bridge/rtmp-output.ts";
import { FrameKind } from "../../src/protocol/frame.ts";
import { other } from "./fake-phone.ts";
import { refusal, settled } from "./fake-server.ts";
import { SetUp } from "./set-up.ts";

describe("the RTMP session of a stream", () => {
  test("begins when the server has let go of the one before: a phone may stop and start at once", async () => {
    const setUp = new SetUp();
    const first = (await setUp.livePhone()).key(0);
    await settled();
    let letGo = (): void => undefined;
    setUp.server.session.close = () => new Promise((resolve) => (letGo = resolve));
    first.goodbye();
    const second = setUp.phone().hello({ session: "two" });
    await setUp.advance(1000);
    expect(setUp.server.sessions).toHaveLength(1);
    expect(second.words(FrameKind.Output)).toEqual({ state: "connecting" });
    letGo();
    await settled();
    expect(setUp.server.sessions).toHaveLength(2);
    expect(second.words(FrameKind.Output)).toEqual({ state: "live" });
  });

  test("is asked for again at a server that still holds the one before, though that ended in good order", async () => {
    const setUp = new SetUp();
    (await setUp.livePhone()).key(0).goodbye();
    setUp.server.failures.push(refusal(), refusal());
    const next = setUp.phone().hello({ session: "two" });
    await setUp.advance(2000);
    expect(setUp.server.sessions).toHaveLength(2);
    expect(next.words(FrameKind.Output)).toEqual({ state: "live" });
  });

  test("that is to end does not wait for a server that takes nothing", async () => {
    const setUp = new SetUp();
    const phone = (await setUp.livePhone()).key(0);
    await settled();
    setUp.server.session.stall();
    phone.inter(33).goodbye();
    const next = setUp.phone().hello({ session: "two" });
    await setUp.advance(3900);
    expect(setUp.server.sessions).toHaveLength(1);
    await setUp.advance(200);
    expect(setUp.server.sessions).toHaveLength(2);
    expect(next.words(FrameKind.Output)).toEqual({ state: "live" });
    await setUp.bridge.close();
    expect(setUp.clock.size).toBe(0);
  });

  test("keeps nothing of what it has sent, however long it lasts", async () => {
    const setUp = new SetUp();
    let listeners = 0;
    const closed = new Promise<undefined>(() => undefined);
    const then = closed.then.bind(closed);
    void Object.defineProperty(closed, "then", {
      value: (...on: Parameters<typeof then>) => {
        listeners += 1;
        return then(...on);
      },
    });
    const phone = setUp.phone().hello();
    await Promise.resolve();
    Object.defineProperty(setUp.server.session.writable, "getWriter", { value: () => ({ closed }) });
    await settled();
    phone.configs().key(0);
    for (let ms = 33; ms < 33 * 200; ms += 33) {
      phone.inter(ms);
      await settled();
    }
    expect(setUp.got()).toHaveLength(2 + 200);
    expect(listeners).toBeLessThan(5);
  });

  test("has a gap between frames, never between a header and its frame", async () => {
    const setUp = new SetUp();
    const phone = (await setUp.livePhone()).key(0);
    await settled();
    setUp.server.session.stall();
    phone.inter(33);
    await settled();
    // So much that metadata still has room, and the header behind it has not.
    const room = setUp.server.session.tags[0]!.payload.length + 10;
    const pictureHeaderSize = 9;
    const left = MAX_UNSENT_BYTES - setUp.bridge.stats().streams[0]!.unsentBytes - room - 3 * pictureHeaderSize;
    phone
      .inter(66, 3_000_000)
      .inter(99, 3_000_000)
      .inter(132, left - 6_000_000);
    expect(setUp.bridge.stats().streams[0]).toMatchObject({ gaps: 0, unsentBytes: MAX_UNSENT_BYTES - room });
    phone.configs(other.config).key(133);
    expect(setUp.bridge.stats().streams[0]).toMatchObject({ gaps: 1, unsentBytes: 0 });
    setUp.server.session.resume();
    await settled();
    phone.key(166);
    await settled();
    expect(setUp.got().map((tag) => tag.replace(/ \d+$/, ""))).toEqual([
      ...["metadata", "video header", "key", "inter"],
      ...["metadata", "video header", "key"],
    ]);
  });

  test("takes a bounded number of frames that wait, however small they are", async () => {
    const setUp = new SetUp();
    const phone = await setUp.livePhone();
    setUp.server.session.stall();
    for (let index = 0; index < 9000; index++) phone.sound(index);
    expect(setUp.bridge.stats().streams[0]?.gaps).toBe(1);
    await setUp.advance(250);
    expect(phone.acknowledgement()?.frameCount).toBeGreaterThan(8000);
  });

  test("is not asked for four times a second of a server that hangs up whenever it has accepted", async () => {
    const setUp = new SetUp();
    await setUp.livePhone();
    for (let step = 0; step < 200; step++) {
      if (setUp.bridge.stats().streams[0]?.state === "live") setUp.server.session.fail(new Error("read ECONNRESET"));
      await setUp.advance(100);
    }
    expect(setUp.server.sessions.length).toBeGreaterThan(4);
    expect(setUp.server.sessions.length).toBeLessThan(10);
  });

  test("shows what a server says in full sentences, not in pages", async () => {
    const setUp = new SetUp();
    setUp.server.failures.push(refusal("NetStream.Publish.Denied", "no ".repeat(20_000)));
    const phone = setUp.phone().hello();
    await settled();
    expect(String(phone.words(FrameKind.Refusal)?.detail).length).toBeLessThan(600);
  });

  test("has figures that steer no terminal, whatever phone and server call themselves", async () => {
    const setUp = new SetUp();
    setUp.server.failures.push(new Error("gone\u001b[2J\u202e"));
    setUp.phone().hello({ device: "Pixel\u001b]0;mine\u0007\u009b2J" });
    await settled();
    const { device, detail } = setUp.bridge.stats().streams[0]!;
    expect([device, detail]).toEqual(["Pixel\\u001b]0;mine\\u0007\\u009b2J", "gone\\u001b[2J\\u202e"]);
  });
});
