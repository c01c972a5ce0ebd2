import { concat, toHex } from "@rtmp/testkit";
import { expect, test } from "vitest";
import {
  audio,
  audioHeader,
  interFrame,
  keyFrame,
  otherVideoHeader,
  sound,
  startPublisher,
  video,
  videoHeader,
} from "../media.ts";
import { TestServer } from "../test-server.ts";

test("a viewer before the publisher waits, then gets everything from the first message on", () => {
  const server = new TestServer();
  const viewer = server.client();
  viewer.play("s");
  expect(viewer.codes).toEqual(["NetStream.Play.Reset", "NetStream.Play.Start"]);
  const publisher = startPublisher(server);
  publisher.audio(0, sound(1));
  publisher.video(0, keyFrame(1));
  publisher.video(40, interFrame(2));
  expect(viewer.media).toEqual([
    "onMetaData 0",
    video(0, videoHeader),
    audio(0, audioHeader),
    audio(0, sound(1)),
    video(0, keyFrame(1)),
    video(40, interFrame(2)),
  ]);
});

test("a viewer in mid-GOP starts at the newest key frame, headers first, without gap or duplicate", () => {
  const server = new TestServer();
  const publisher = startPublisher(server);
  publisher.video(0, keyFrame(1));
  publisher.video(40, interFrame(2));
  publisher.video(80, keyFrame(3));
  publisher.audio(90, sound(4));
  publisher.video(120, interFrame(5));
  const viewer = server.client();
  viewer.play("s");
  publisher.video(160, interFrame(6));
  expect(viewer.media).toEqual([
    "onMetaData 0",
    video(80, videoHeader),
    audio(80, audioHeader),
    video(80, keyFrame(3)),
    audio(90, sound(4)),
    video(120, interFrame(5)),
    video(160, interFrame(6)),
  ]);
});

test("a viewer who joins between a sequence header and its key frame gets the header and waits for the key frame", () => {
  const server = new TestServer();
  const publisher = startPublisher(server);
  const viewer = server.client();
  viewer.play("s");
  publisher.video(0, interFrame(9));
  publisher.audio(0, sound(9));
  publisher.video(40, keyFrame(1));
  publisher.audio(40, sound(1));
  expect(viewer.media).toEqual([
    "onMetaData 0",
    video(0, videoHeader),
    audio(0, audioHeader),
    video(40, keyFrame(1)),
    audio(40, sound(1)),
  ]);
});

test("a sequence header that changes in mid-GOP stays behind the frames it does not belong to", () => {
  const server = new TestServer();
  const publisher = startPublisher(server);
  publisher.video(0, keyFrame(1));
  publisher.video(40, otherVideoHeader);
  const viewer = server.client();
  viewer.play("s");
  publisher.video(80, keyFrame(2));
  expect(viewer.takeMedia().filter((line) => line.startsWith("video"))).toEqual([
    video(0, videoHeader),
    video(0, keyFrame(1)),
    video(40, otherVideoHeader),
    video(80, keyFrame(2)),
  ]);
});

test("a GOP longer than the cache is not kept: the viewer waits for the next key frame rather than see a hole", () => {
  const server = new TestServer({ gopCache: { maxBytes: 500, maxDurationMs: 30_000 } });
  const publisher = startPublisher(server);
  publisher.video(0, keyFrame(1));
  for (let n = 0; n < 5; n++) publisher.video(40 + n, interFrame(n));
  const viewer = server.client();
  viewer.play("s");
  publisher.video(400, interFrame(9));
  publisher.video(440, keyFrame(2));
  expect(viewer.media).toEqual([
    "onMetaData 0",
    video(44, videoHeader),
    audio(44, audioHeader),
    video(440, keyFrame(2)),
  ]);
});

test("a GOP longer in time than the cache is not kept either, across the wrap of the clock", () => {
  const server = new TestServer({ gopCache: { maxDurationMs: 1000 } });
  const publisher = startPublisher(server);
  publisher.video(0xffff_fe00, keyFrame(1));
  publisher.video(0x0000_0100, interFrame(2)); // 768 ms later
  const early = server.client();
  early.play("s");
  expect(early.media).toContain(video(0xffff_fe00, keyFrame(1)));
  publisher.video(0x0000_0300, interFrame(3)); // 1280 ms later
  const late = server.client();
  late.play("s");
  expect(late.media.filter((line) => line.includes(toHex(keyFrame(1))))).toEqual([]);
});

test("without a GOP cache a viewer starts at the next key frame", () => {
  const server = new TestServer({ gopCache: false });
  const publisher = startPublisher(server);
  publisher.video(0, keyFrame(1));
  const viewer = server.client();
  viewer.play("s");
  publisher.video(40, interFrame(2));
  publisher.video(80, keyFrame(3));
  expect(viewer.media).toEqual(["onMetaData 0", video(0, videoHeader), audio(0, audioHeader), video(80, keyFrame(3))]);
});

test("a stream of sound alone plays at once", () => {
  const server = new TestServer();
  const publisher = server.client();
  publisher.publish("s");
  publisher.audio(0, audioHeader);
  publisher.audio(23, sound(1));
  const viewer = server.client();
  viewer.play("s");
  publisher.audio(46, sound(2));
  expect(viewer.media).toEqual([audio(23, audioHeader), audio(46, sound(2))]);
});

test("an empty audio message means silence and is passed on", () => {
  const server = new TestServer();
  const viewer = server.client();
  viewer.play("s");
  const publisher = startPublisher(server);
  publisher.audio(20, new Uint8Array());
  expect(viewer.media).toContain("audio 20 ");
});

test("however the bytes of publisher and viewer are cut, the viewer gets the same", () => {
  const seen = [1, 7, 128, 100_000].map((pieceSize) => {
    const server = new TestServer();
    const viewer = server.client({ pieceSize });
    viewer.play("s");
    const publisher = server.client({ pieceSize });
    publisher.publish("s");
    publisher.metadata({ a: 1 });
    publisher.video(0, videoHeader);
    publisher.video(0, concat(keyFrame(1), new Uint8Array(70_000).fill(0xc3)));
    publisher.audio(20, sound(2));
    return viewer.media;
  });
  expect(seen[0]).toHaveLength(4);
  for (const media of seen) expect(media).toEqual(seen[0]);
});
