import { seededRandom } from "@rtmp/testkit";
import type { SeededRandom } from "@rtmp/testkit";
import { describe, expect, test } from "vitest";
import { FrameFlag, FrameKind, encodeFrame } from "../../src/protocol/frame.ts";
import { audioConfig, other, picture, small } from "./fake-phone.ts";
import { SetUp } from "./set-up.ts";

const refusals = new Set(["BRIDGE_BAD_FRAME", "BRIDGE_BAD_MEDIA", "BRIDGE_FRAME_TOO_LARGE", "goodbye"]);

/** A good frame of any kind of media. */
function goodFrame(random: SeededRandom): Uint8Array {
  const timestampUs = random.int(-1_000_000, 100_000_000);
  return random.pick([
    () => encodeFrame({ kind: FrameKind.VideoConfig, payload: random.pick([small.config, other.config]) }),
    () => encodeFrame({ kind: FrameKind.VideoConfig, flags: FrameFlag.ByteStream, payload: small.annexB }),
    () => encodeFrame({ kind: FrameKind.Video, flags: FrameFlag.KeyFrame, timestampUs, payload: picture(true) }),
    () => encodeFrame({ kind: FrameKind.Video, timestampUs, payload: picture(false) }),
    () => encodeFrame({ kind: FrameKind.AudioConfig, payload: audioConfig }),
    () => encodeFrame({ kind: FrameKind.Audio, timestampUs, payload: random.bytes(random.int(0, 20)) }),
  ])();
}

/** The frame with some of it changed, cut off, or added. */
function spoilt(frame: Uint8Array, random: SeededRandom): Uint8Array {
  const bytes = Uint8Array.from(frame);
  for (let change = random.int(0, 4); change > 0; change--) bytes[random.int(0, bytes.length - 1)] = random.int(0, 255);
  if (random.int(0, 9) === 0) return bytes.subarray(0, random.int(0, bytes.length));
  return random.int(0, 9) === 0 ? Uint8Array.from([...bytes, ...random.bytes(random.int(1, 40))]) : bytes;
}

describe("whatever a phone sends", () => {
  test.for([1, 2, 3, 4])("nothing is thrown, and what ends the connection has a code (seed %i)", async (seed) => {
    const random = seededRandom(seed);
    const setUp = new SetUp();
    let phone = await setUp.livePhone();
    let ends = 0;
    for (let round = 0; round < 2500; round++) {
      const good = goodFrame(random);
      phone.raw(random.int(0, 2) === 0 ? spoilt(good, random) : good);
      if (round % 50 === 0) await setUp.advance(50);
      if (phone.closeReason === undefined) continue;
      expect(refusals).toContain(phone.closeReason);
      ends += 1;
      phone = setUp.phone().hello();
    }
    await setUp.advance(50);
    expect(ends).toBeGreaterThan(10);
    expect(setUp.server.sessions.flatMap(({ tags }) => tags).length).toBeGreaterThan(100);
    for (const session of setUp.server.sessions) {
      for (const type of ["audio", "video"] as const) {
        const times = session.tags.filter((tag) => tag.type === type).map(({ timestamp }) => timestamp);
        expect(times).toEqual([...times].sort((a, b) => a - b));
      }
    }
  });

  test("before its Hello, bytes of any kind end the connection and reach no server", () => {
    const random = seededRandom(9);
    const setUp = new SetUp();
    for (let round = 0; round < 1000; round++) {
      const phone = setUp.phone();
      phone.raw(round % 2 === 0 ? spoilt(goodFrame(random), random) : random.bytes(random.int(0, 60)));
      expect(phone.closeReason).toMatch(/^BRIDGE_/);
    }
    expect(setUp.server.sessions).toEqual([]);
    expect(setUp.bridge.stats().connections).toBe(0);
    expect(setUp.clock.size).toBe(0);
  });
});
