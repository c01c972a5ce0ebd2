import { parseVideoTag } from "@rtmp/flv-tags";
import { describe, expect, test } from "vitest";
import { FrameKind, encodeFrame } from "../../src/protocol/frame.ts";
import { encodeWords } from "../../src/protocol/words.ts";
import { other, small } from "./fake-phone.ts";
import { refusal, settled, wordFor } from "./fake-server.ts";
import { SetUp } from "./set-up.ts";

describe("a phone's stream", () => {
  test("begins with metadata, headers and a key frame, both tracks on one timeline from 0", async () => {
    const setUp = new SetUp();
    const phone = await setUp.livePhone();
    phone.inter(980).key(1000).sound(1010).inter(1033).sound(1031);
    await settled();
    expect(setUp.got()).toEqual([
      "metadata 0",
      "video header 0",
      "key 0",
      "metadata 10",
      "audio header 10",
      "sound 10",
      "inter 33",
      "sound 31",
    ]);
    expect(setUp.server.session.url).toBe("rtmp://127.0.0.1/live/phone");
    expect(phone.kinds()).toEqual(["Welcome", "Output", "Output", "KeyFrameRequest"]);
    expect(phone.words(FrameKind.Output)).toEqual({ state: "live" });
  });

  test("outlives a lost phone: the session and the timeline go on, the header is not sent again", async () => {
    const setUp = new SetUp();
    const first = (await setUp.livePhone()).key(0).inter(33);
    await setUp.advance(33);
    first.lose();
    await setUp.advance(9000);
    const second = setUp.phone().hello();
    second.configs().inter(9050).key(9100).inter(9133);
    await settled();
    expect(setUp.server.sessions).toHaveLength(1);
    expect(setUp.got().slice(-2)).toEqual(["key 9100", "inter 9133"]);
    expect(setUp.got().filter((tag) => tag.includes("video header"))).toHaveLength(1);
    expect(second.kinds()).toContain("KeyFrameRequest");
  });

  test("goes on by the time that has passed when the phone's page was loaded anew", async () => {
    const setUp = new SetUp();
    const first = (await setUp.livePhone()).key(500_000).inter(500_033);
    await setUp.advance(1000);
    first.lose();
    setUp.phone().hello({ session: "two" }).configs().key(7);
    await settled();
    expect(setUp.got().at(-1)).toBe("key 1033");
  });

  test("ends after the grace time", async () => {
    const setUp = new SetUp();
    (await setUp.livePhone()).key(0).lose();
    await setUp.advance(9900);
    expect(setUp.server.session.isClosed).toBe(false);
    expect(setUp.bridge.stats().streams[0]).toMatchObject({ state: "waiting" });
    await setUp.advance(200);
    expect(setUp.server.session.isClosed).toBe(true);
    expect(setUp.bridge.stats().streams[0]).toMatchObject({ state: "idle" });
  });

  test("ends at once when the phone says goodbye, with everything sent", async () => {
    const setUp = new SetUp();
    const phone = (await setUp.livePhone()).key(0).inter(33).goodbye();
    await settled();
    expect(setUp.got().at(-1)).toBe("inter 33");
    expect(setUp.server.session.isClosed).toBe(true);
    expect(phone.closeReason).toBe("goodbye");
    expect(setUp.logged.map(({ message }) => message)).not.toContain("the server cannot be reached");
  });

  test("gets a new header exactly when the configuration is another, and then its key frame first", async () => {
    const setUp = new SetUp();
    const phone = (await setUp.livePhone()).key(0).configs().inter(33).configs(other.config);
    phone.inter(66).key(100).inter(133);
    await settled();
    const words = setUp.got().map((tag) => tag.replace(/ \d+$/, ""));
    expect(words).toEqual(["metadata", "video header", "key", "inter", "metadata", "video header", "key", "inter"]);
    const headers = setUp.server.session.tags
      .filter((tag) => wordFor(tag) === "video header")
      .map((tag) => parseVideoTag(tag.payload));
    expect(headers).toMatchObject([{ config: small.config }, { config: other.config }]);
  });

  test("says once why its server is lost, whether or not the error repeats its cause", async () => {
    const setUp = new SetUp();
    const cause = new Error("connect ECONNREFUSED");
    setUp.server.failures.push(
      new Error(`cannot connect: ${cause.message}`, { cause }),
      new Error("no way", { cause }),
    );
    const phone = setUp.phone().hello();
    await settled();
    expect(phone.words(FrameKind.Output)).toMatchObject({ detail: "cannot connect: connect ECONNREFUSED" });
    await setUp.advance(300);
    expect(phone.words(FrameKind.Output)).toMatchObject({ detail: "no way: connect ECONNREFUSED" });
  });

  test("is begun anew at a server that came back, from 0, with headers, and the phone is asked for a key frame", async () => {
    const setUp = new SetUp();
    const phone = (await setUp.livePhone()).key(0).inter(33);
    await settled();
    setUp.server.failures.push(new Error("connect ECONNREFUSED"));
    setUp.server.session.fail(new Error("read ECONNRESET"));
    await settled();
    expect(phone.words(FrameKind.Output)).toMatchObject({ state: "unreachable", detail: "read ECONNRESET" });
    phone.inter(66);
    await setUp.advance(1000);
    expect(setUp.server.sessions).toHaveLength(2);
    phone.inter(1000).key(1033).inter(1066).sound(1050);
    await settled();
    expect(setUp.got()).toEqual([
      "metadata 0",
      "video header 0",
      "key 0",
      "inter 33",
      "metadata 17",
      "audio header 17",
      "sound 17",
    ]);
    expect(phone.kinds().filter((kind) => kind === "KeyFrameRequest")).toHaveLength(2);
  });

  test("is given up when the server says no, and the phone hears the server's words", async () => {
    const setUp = new SetUp();
    setUp.server.failures.push(refusal());
    const phone = setUp.phone().hello();
    await settled();
    expect(phone.words(FrameKind.Refusal)).toMatchObject({
      code: "BRIDGE_TARGET_REFUSED",
      detail: expect.stringContaining("already published") as string,
    });
    expect(phone.closeReason).toBe("BRIDGE_TARGET_REFUSED");
    const [refused] = setUp.bridge.stats().streams;
    expect(refused).toMatchObject({ state: "idle", detail: phone.words(FrameKind.Refusal)?.detail });
    setUp.phone().hello();
    expect(setUp.bridge.stats().streams[0]).not.toHaveProperty("detail");
  });

  test("survives a no of a server that has not noticed yet that the former session was cut", async () => {
    const setUp = new SetUp();
    const phone = (await setUp.livePhone()).key(0);
    await settled();
    setUp.server.failures.push(refusal(), refusal(), refusal());
    setUp.server.session.fail(new Error("read ECONNRESET"));
    await setUp.advance(5000);
    expect(setUp.server.sessions).toHaveLength(2);
    expect(phone.closeReason).toBeUndefined();
  });

  test("belongs to the newest phone with its token; the older one is told", async () => {
    const setUp = new SetUp();
    const older = (await setUp.livePhone()).key(0);
    const newer = setUp.phone().hello({ session: "two" }).configs();
    expect(older.closeReason).toBe("BRIDGE_REPLACED");
    older.key(50);
    newer.key(0);
    await settled();
    expect(setUp.server.sessions).toHaveLength(1);
    expect(setUp.got().filter((tag) => tag.startsWith("key"))).toHaveLength(2);
    expect(newer.closeReason).toBeUndefined();
  });

  test("is apart from another phone's", async () => {
    const setUp = new SetUp();
    const first = await setUp.livePhone();
    const second = setUp.phone().hello({ token: "the token of another one" });
    await settled();
    first.key(0);
    second.configs().key(0).inter(33);
    await settled();
    expect(setUp.server.sessions.map(({ url, tags }) => [url, tags.length])).toEqual([
      ["rtmp://127.0.0.1/live/phone", 3],
      ["rtmp://127.0.0.1/live/second?key=secret", 4],
    ]);
    expect(second.words(FrameKind.Welcome)).toMatchObject({ stream: "live/second" });
    expect(JSON.stringify([setUp.logged, setUp.bridge.stats()])).not.toMatch(/secret|token of/);
  });

  test("has a gap up to a key frame, and bounded memory, when the server takes nothing", async () => {
    const setUp = new SetUp();
    const phone = (await setUp.livePhone()).key(0);
    await settled();
    setUp.server.session.stall();
    for (let index = 1; index <= 40; index++) phone.inter(index * 33, 1_000_000);
    expect(setUp.bridge.stats().streams[0]!.unsentBytes).toBeLessThanOrEqual(8 * 1024 * 1024);
    expect(setUp.bridge.stats().streams[0]!.gaps).toBeGreaterThan(0);
    setUp.server.session.resume();
    await settled();
    expect(setUp.bridge.stats().streams[0]!.unsentBytes).toBe(0);
    await setUp.advance(250);
    expect(phone.acknowledgement()?.frameCount).toBe(43);
    phone.inter(2000).key(2033).inter(2066);
    await settled();
    expect(setUp.got().slice(-4)).toEqual(["metadata 2033", "video header 2033", "key 2033", "inter 2066"]);
  });

  test("is ended in good order when the bridge stops", async () => {
    const setUp = new SetUp();
    const phone = (await setUp.livePhone()).key(0);
    const waiting = setUp.phone();
    await setUp.bridge.close();
    expect(phone.closeReason).toBe("BRIDGE_CLOSING");
    expect(waiting.closeReason).toBe("BRIDGE_CLOSING");
    expect(setUp.server.session.isClosed).toBe(true);
    expect(setUp.phone().closeReason).toBe("BRIDGE_CLOSING");
    expect(setUp.clock.size).toBe(0);
  });

  test("shows what the phone tells about itself, as far as it is what it should be", async () => {
    const setUp = new SetUp();
    const phone = (await setUp.livePhone()).key(0);
    const report = { framesPerSecond: 29.5, battery: "full", isMuted: true, colour: "red" };
    phone.raw(encodeFrame({ kind: FrameKind.Report, payload: encodeWords(report as object) }));
    expect(setUp.bridge.stats().streams[0]).toMatchObject({
      state: "live",
      device: "Pixel",
      picture: { width: 322, height: 242 },
      sound: { codec: "aac", sampleRate: 44_100, channelCount: 2 },
      videoFrames: 1,
      connections: 1,
      report: { framesPerSecond: 29.5, isMuted: true },
    });
    expect(setUp.bridge.stats().streams[0]!.report).not.toHaveProperty("battery");
  });
});
