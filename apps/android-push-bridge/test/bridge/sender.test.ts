import { hex } from "@rtmp/testkit";
import { describe, expect, test } from "vitest";
import { FrameFlag, FrameKind, encodeFrame } from "../../src/protocol/frame.ts";
import { encodeWords } from "../../src/protocol/words.ts";
import type { Hello } from "../../src/protocol/words.ts";
import { picture } from "./fake-phone.ts";
import { settled } from "./fake-server.ts";
import { SetUp } from "./set-up.ts";

const hello: Hello = { version: 1, token: "the token of this phone", session: "s", clock: "common", device: "d" };
const helloFrame = (words: object): Uint8Array => encodeFrame({ kind: FrameKind.Hello, payload: encodeWords(words) });

describe("a sender is refused", () => {
  test.for([
    ["with a wrong token", helloFrame({ ...hello, token: "guessed" }), "BRIDGE_BAD_TOKEN"],
    [
      "with a token that is a beginning of the right one",
      helloFrame({ ...hello, token: "the token" }),
      "BRIDGE_BAD_TOKEN",
    ],
    ["with another version", helloFrame({ ...hello, version: 2 }), "BRIDGE_UNSUPPORTED_VERSION"],
    ["without a token", helloFrame({ ...hello, token: undefined }), "BRIDGE_BAD_FRAME"],
    ["with a token that is no text", helloFrame({ ...hello, token: ["the token of this phone"] }), "BRIDGE_BAD_FRAME"],
    ["with a token of 257 characters", helloFrame({ ...hello, token: "x".repeat(257) }), "BRIDGE_BAD_FRAME"],
    ["without a session", helloFrame({ ...hello, session: "" }), "BRIDGE_BAD_FRAME"],
    ["with a session of 65 characters", helloFrame({ ...hello, session: "x".repeat(65) }), "BRIDGE_BAD_FRAME"],
    ["with a clock nobody knows", helloFrame({ ...hello, clock: "sundial" }), "BRIDGE_BAD_FRAME"],
    ["with a Hello that is no JSON", encodeFrame({ kind: FrameKind.Hello, payload: hex("ff") }), "BRIDGE_BAD_FRAME"],
    ["with a Hello that is an array", encodeFrame({ kind: FrameKind.Hello, payload: hex("5b5d") }), "BRIDGE_BAD_FRAME"],
    [
      "with a picture in place of Hello",
      encodeFrame({ kind: FrameKind.Video, payload: picture(true) }),
      "BRIDGE_NO_HELLO",
    ],
    ["with a frame of nine bytes", new Uint8Array(9), "BRIDGE_BAD_FRAME"],
    ["with a time beyond 2^53 µs", hex("01 00 0020000000000000 7b7d"), "BRIDGE_BAD_FRAME"],
    [
      "with a Hello of more than 4096 bytes",
      helloFrame({ ...hello, device: "x".repeat(5000) }),
      "BRIDGE_FRAME_TOO_LARGE",
    ],
  ] as const)("%s", ([, bytes, code]) => {
    const setUp = new SetUp();
    const phone = setUp.phone().raw(bytes);
    expect(phone.words(FrameKind.Refusal)).toMatchObject({ code });
    expect(phone.closeReason).toBe(code);
    expect(phone.isAdmitted).toBe(false);
    expect(setUp.server.sessions).toHaveLength(0);
    expect(setUp.bridge.stats().connections).toBe(0);
  });

  test("when five seconds bring no Hello", () => {
    const setUp = new SetUp();
    const phone = setUp.phone();
    setUp.clock.advance(4999);
    expect(phone.closeReason).toBeUndefined();
    setUp.clock.advance(1);
    expect(phone.closeReason).toBe("BRIDGE_NO_HELLO");
  });

  test.for([
    ["a NAL unit that runs past its frame", FrameKind.Video, 0, "00000010650011"],
    ["an avcC of another version", FrameKind.VideoConfig, 0, "0242c01effe1"],
    ["an avcC cut short", FrameKind.VideoConfig, 0, "0142c01effe1"],
    ["an avcC without an SPS", FrameKind.VideoConfig, 0, "0142c01effe000"],
    ["a byte stream config without start codes", FrameKind.VideoConfig, FrameFlag.ByteStream, "6742c01e"],
    ["an AudioSpecificConfig of one byte", FrameKind.AudioConfig, 0, "12"],
    ["an OpusHead that is none", FrameKind.AudioConfig, FrameFlag.Opus, "1210"],
    ["ADTS without its sync word", FrameKind.Audio, FrameFlag.ByteStream, "211004"],
    ["an ADTS frame that claims more than came", FrameKind.Audio, FrameFlag.ByteStream, "fff15080ffffff00"],
  ] as const)("with %s", async ([, kind, flags, bytes]) => {
    const setUp = new SetUp();
    const phone = await setUp.livePhone();
    phone.raw(encodeFrame({ kind, flags, payload: hex(bytes) }));
    expect(phone.closeReason).toBe("BRIDGE_BAD_MEDIA");
    await setUp.advance(10_100);
    expect(setUp.server.session.isClosed).toBe(true);
  });

  test("with pictures in decoding order that are shown in another: B frames", async () => {
    const setUp = new SetUp();
    const phone = (await setUp.livePhone()).key(0);
    for (const ms of [99, 33, 66, 198, 132, 165, 297, 231]) phone.inter(ms);
    expect(phone.closeReason).toBe("BRIDGE_BAD_MEDIA");
    expect(phone.words(FrameKind.Refusal)?.detail).toContain("B frames");
  });

  test("with a frame beyond the limit, and with words that are no object", async () => {
    const setUp = new SetUp();
    const large = (await setUp.livePhone()).key(0, 4 * 1024 * 1024);
    expect(large.closeReason).toBe("BRIDGE_FRAME_TOO_LARGE");
    const wordy = setUp
      .phone()
      .hello()
      .raw(encodeFrame({ kind: FrameKind.Report, payload: hex("31") }));
    expect(wordy.closeReason).toBe("BRIDGE_BAD_FRAME");
  });

  test("when it has been silent for fifteen seconds", async () => {
    const setUp = new SetUp();
    const phone = await setUp.livePhone();
    await setUp.advance(15_250, 250); // what came is noticed four times a second
    expect(phone.closeReason).toBeUndefined();
    await setUp.advance(250);
    expect(phone.closeReason).toBe("BRIDGE_IDLE");
  });

  test("when it leaves a megabyte of acknowledgements unread", async () => {
    const setUp = new SetUp();
    const phone = await setUp.livePhone();
    phone.unsentBytes = 2_000_000;
    await setUp.advance(250);
    expect(phone.closeReason).toBe("BRIDGE_IDLE");
  });
});

describe("a sender", () => {
  test("may take as long as it likes for a frame whose bytes keep coming", async () => {
    const setUp = new SetUp();
    const phone = await setUp.livePhone();
    for (let second = 0; second < 60; second++) {
      phone.receivedBytes += 1000;
      await setUp.advance(1000, 250);
    }
    expect(phone.closeReason).toBeUndefined();
    phone.key(0);
    await setUp.advance(15_500, 250);
    expect(phone.closeReason).toBe("BRIDGE_IDLE");
  });

  test("hears four times a second how many of its frames went on, and how long the newest has been here", async () => {
    const setUp = new SetUp();
    const phone = await setUp.livePhone();
    await setUp.advance(100);
    phone.key(0).sound(5);
    await setUp.advance(150);
    expect(phone.acknowledgement()).toEqual({ frameCount: 4, heldMs: 150, unsentBytes: 0 });
    setUp.server.session.stall();
    phone.inter(33).inter(66);
    await setUp.advance(250);
    expect(phone.acknowledgement()).toEqual({ frameCount: 4, heldMs: 400, unsentBytes: 58 });
    setUp.server.session.resume();
    await setUp.advance(250);
    expect(phone.acknowledgement()?.frameCount).toBe(6);
  });

  test("is acknowledged what is passed over, while there is no server yet", async () => {
    const setUp = new SetUp();
    setUp.server.failures.push(new Error("connect ECONNREFUSED 127.0.0.1:1935"));
    const phone = setUp.phone().hello();
    await settled();
    phone.configs().key(0).inter(33);
    setUp.clock.advance(250);
    expect(phone.acknowledgement()?.frameCount).toBe(4);
    expect(setUp.bridge.stats().streams[0]).toMatchObject({ state: "unreachable", passedOverFrames: 2 });
    expect(setUp.bridge.stats().streams[0]).not.toHaveProperty("onAirMs");
  });

  test("is asked for a key frame once a second at most, however many pictures are passed over", async () => {
    const setUp = new SetUp();
    const phone = await setUp.livePhone();
    for (let ms = 0; ms < 2500; ms += 50) {
      phone.inter(ms);
      await setUp.advance(50);
    }
    expect(phone.kinds().filter((kind) => kind === "KeyFrameRequest")).toHaveLength(3);
  });

  test("may send kinds that this version does not know, and nothing is made of them", async () => {
    const setUp = new SetUp();
    const phone = (await setUp.livePhone()).key(0);
    phone.raw(Uint8Array.of(0x50, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2));
    await setUp.advance(250);
    expect(phone.closeReason).toBeUndefined();
    expect(phone.acknowledgement()?.frameCount).toBe(3);
  });

  test("may set flags that this version does not know", async () => {
    const setUp = new SetUp();
    const phone = (await setUp.livePhone()).key(0);
    phone.raw(encodeFrame({ kind: FrameKind.Video, flags: 0xf8, timestampUs: 33_000, payload: picture(false) }));
    await settled();
    expect(phone.closeReason).toBeUndefined();
    expect(setUp.server.session.tags.filter(({ type }) => type === "video")).toHaveLength(3);
  });

  test("may have a name as long as it likes, of which 64 characters are shown, or none", () => {
    const setUp = new SetUp();
    setUp.phone().hello({ device: "x".repeat(100) });
    expect(setUp.bridge.stats().streams[0]!.device).toBe("x".repeat(64));
    setUp.phone().raw(helloFrame({ ...hello, device: undefined }));
    expect(setUp.bridge.stats().streams[0]!.device).toBe("");
  });
});
