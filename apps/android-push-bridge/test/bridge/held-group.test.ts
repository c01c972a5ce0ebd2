import { expect, test } from "vitest";
import type { StreamFeed } from "../../src/bridge/stream-source.ts";
import { FrameFlag, FrameKind } from "../../src/protocol/frame.ts";
import type { Frame } from "../../src/protocol/frame.ts";
import { audioConfig, other, picture, small } from "./fake-phone.ts";
import { settled } from "./fake-server.ts";
import { SetUp } from "./set-up.ts";

/** A cable's feed: nobody can ask it for a key frame. */
function cable(setUp: SetUp): StreamFeed {
  return setUp.bridge.attach("the token of this phone", {
    device: "a phone on a cable",
    session: "cable",
    clock: "common",
    requestKeyFrame: undefined,
    onOutput: () => undefined,
    end: () => undefined,
  });
}

const frame = (kind: FrameKind, payload: Uint8Array, ms = 0, flags = 0): Frame => ({
  kind,
  flags,
  timestampUs: ms * 1000,
  payload,
});
const config = frame(FrameKind.VideoConfig, small.config);
const key = (ms: number): Frame => frame(FrameKind.Video, picture(true), ms, FrameFlag.KeyFrame);
const inter = (ms: number, size?: number): Frame => frame(FrameKind.Video, picture(false, size), ms);

test("a screen that stands still is seen though its only key frame came before the server had answered", async () => {
  const setUp = new SetUp();
  const feed = cable(setUp);
  feed.push(config);
  feed.push(frame(FrameKind.AudioConfig, audioConfig));
  feed.push(key(0));
  feed.push(inter(100));
  expect(feed.takenFrames()).toBe(4);
  await settled();
  expect(setUp.got()).toEqual(["metadata 0", "video header 0", "key 0", "inter 100"]);
  expect(feed.takenFrames()).toBe(4);
  expect(setUp.bridge.stats().streams[0]).toMatchObject({ videoFrames: 2 });
});

test("what is kept begins at the last key frame", async () => {
  const setUp = new SetUp();
  setUp.server.failures.push(new Error("connect ECONNREFUSED"));
  const feed = cable(setUp);
  for (const one of [config, key(0), inter(33), key(2000), inter(2033)]) feed.push(one);
  await setUp.advance(300);
  expect(setUp.got()).toEqual(["metadata 0", "video header 0", "key 0", "inter 33"]);
});

test("nothing is kept of a former size, nor of a group of more than 4 MiB", async () => {
  const setUp = new SetUp();
  const feed = cable(setUp);
  for (const one of [config, key(0), frame(FrameKind.VideoConfig, other.config), inter(33)]) feed.push(one);
  await settled();
  expect(setUp.got()).toEqual([]);
  const large = new SetUp();
  const largeFeed = cable(large);
  for (const one of [config, key(0), ...[1, 2, 3, 4, 5].map((index) => inter(index * 33, 1_000_000))])
    largeFeed.push(one);
  await settled();
  expect(large.got()).toEqual([]);
});

test("of a phone that can be asked nothing is kept: its next key frame comes at once", async () => {
  const setUp = new SetUp();
  const phone = setUp.phone().hello().configs().key(0);
  await settled();
  expect(setUp.got()).toEqual([]);
  expect(phone.kinds()).toContain("KeyFrameRequest");
});
