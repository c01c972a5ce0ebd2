import { concat, hex } from "@rtmp/testkit";
import { expect, test } from "vitest";
import { audio, audioHeader, interFrame, keyFrame, sound, startPublisher, video, videoHeader } from "../media.ts";
import { TestServer } from "../test-server.ts";

test("unknown codecs are passed on and never taken for a key frame", () => {
  const server = new TestServer();
  const publisher = startPublisher(server);
  publisher.video(0, keyFrame(1));
  const unknown = hex("9e 7a7a7a7a 01"); // enhanced, frame type key, reserved packet type 14
  publisher.video(40, unknown);
  const viewer = server.client();
  viewer.play("s");
  expect(viewer.media.filter((line) => line.startsWith("video"))).toEqual([
    video(0, videoHeader),
    video(0, keyFrame(1)),
    video(40, unknown),
  ]);
});

test("a player that pauses gets nothing, and goes on at a key frame with headers before it", () => {
  const server = new TestServer();
  const viewer = server.client();
  viewer.play("s");
  const publisher = startPublisher(server);
  publisher.video(0, keyFrame(1));
  viewer.takeMedia();
  viewer.command(1, "pause", 0, null, true, 0);
  publisher.video(40, interFrame(2));
  publisher.video(80, keyFrame(3));
  viewer.command(1, "pause", 0, null, false, 0);
  publisher.video(120, interFrame(4));
  expect(viewer.takeMedia()).toEqual([]);
  publisher.video(160, keyFrame(5));
  expect(viewer.media).toEqual([
    "onMetaData 0",
    video(160, videoHeader),
    audio(160, audioHeader),
    video(160, keyFrame(5)),
  ]);
});

test("a player that wants no video gets sound alone, and no sound alone video", () => {
  const server = new TestServer();
  const [withoutVideo, withoutAudio] = [server.client(), server.client()];
  withoutVideo.play("s");
  withoutVideo.command(1, "receiveVideo", 0, null, false);
  withoutAudio.play("s");
  withoutAudio.command(1, "receiveAudio", 0, null, false);
  const publisher = startPublisher(server);
  publisher.video(0, keyFrame(1));
  publisher.audio(10, sound(1));
  expect(withoutVideo.takeMedia()).toEqual(["onMetaData 0", audio(0, audioHeader), audio(10, sound(1))]);
  expect(withoutAudio.takeMedia()).toEqual(["onMetaData 0", video(0, videoHeader), video(0, keyFrame(1))]);
  withoutVideo.command(1, "receiveVideo", 0, null, true);
  publisher.video(40, interFrame(2));
  publisher.audio(45, sound(2));
  publisher.video(80, keyFrame(3));
  expect(withoutVideo.media).toEqual([video(10, videoHeader), audio(45, sound(2)), video(80, keyFrame(3))]);
  withoutAudio.takeMedia();
  withoutAudio.command(1, "receiveAudio", 0, null, true);
  publisher.audio(90, sound(3));
  expect(withoutAudio.media).toEqual([audio(80, audioHeader), audio(90, sound(3))]);
});

test("every track has its own headers, and a viewer who joins gets each track from its own key frame on", () => {
  const server = new TestServer();
  const publisher = server.client();
  publisher.publish("s");
  const track = (id: number, type: number, n: number): Uint8Array =>
    concat(Uint8Array.of(type), Uint8Array.of(0x00 | (n === 0 ? 0 : 3)), hex("61766331"), Uint8Array.of(id, n)); // one track, avc1
  const trackHeader = (id: number): Uint8Array => track(id, 0x96, 0);
  const trackKey = (id: number, n: number): Uint8Array => track(id, 0x96, n);
  const trackInter = (id: number, n: number): Uint8Array => track(id, 0xa6, n);
  publisher.video(0, trackHeader(0));
  publisher.video(0, trackHeader(1));
  publisher.video(0, trackKey(0, 1));
  publisher.video(0, trackKey(1, 1));
  publisher.video(40, trackKey(1, 2));
  publisher.video(80, trackKey(0, 2));
  publisher.video(80, trackInter(1, 3));
  const viewer = server.client();
  viewer.play("s");
  expect(viewer.media).toEqual([
    video(40, trackHeader(0)),
    video(40, trackHeader(1)),
    video(40, trackKey(1, 2)),
    video(80, trackKey(0, 2)),
    video(80, trackInter(1, 3)),
  ]);
});

test("a viewer there from the beginning gets every track from its first key frame on, whichever track comes first", () => {
  const server = new TestServer();
  const viewer = server.client();
  viewer.play("s");
  const publisher = server.client();
  publisher.publish("s");
  const track = (id: number, frameType: number, n: number): Uint8Array =>
    hex(`${frameType.toString(16)}6 01 61766331 0${id} 0${n}`);
  const sent = [track(1, 9, 1), track(1, 0xa, 2), track(0, 9, 3), track(1, 0xa, 4)].map((payload, n) => {
    publisher.video(n, payload);
    return video(n, payload);
  });
  expect(viewer.media).toEqual(sent);
});

test("a viewer that resumes gets each further track from that track's own key frame on", () => {
  const server = new TestServer({ gopCache: false });
  const publisher = server.client();
  publisher.publish("s");
  const track = (id: number, frameType: number, n: number): Uint8Array =>
    hex(`${frameType.toString(16)}6 01 61766331 0${id} 0${n}`);
  publisher.video(0, track(0, 9, 1));
  const viewer = server.client();
  viewer.play("s");
  publisher.video(40, track(0, 9, 2));
  publisher.video(40, track(1, 0xa, 3)); // nobody who joined now can decode it
  publisher.video(80, track(1, 9, 4));
  publisher.video(120, track(1, 0xa, 5));
  expect(viewer.media).toEqual([video(40, track(0, 9, 2)), video(80, track(1, 9, 4)), video(120, track(1, 0xa, 5))]);
});

test("a camera that is switched off does not silence those who come later, and comes back at a key frame", () => {
  const server = new TestServer();
  const publisher = startPublisher(server);
  publisher.video(0, keyFrame(1));
  for (let timestamp = 0; timestamp <= 40_000; timestamp += 1000) publisher.audio(timestamp, sound(1));
  const viewer = server.client();
  viewer.play("s");
  publisher.audio(41_000, sound(2));
  expect(viewer.takeMedia()).toEqual([
    "onMetaData 0",
    video(40_000, videoHeader),
    audio(40_000, audioHeader),
    audio(41_000, sound(2)),
  ]);
  publisher.video(42_000, interFrame(3));
  publisher.audio(42_000, sound(3));
  publisher.video(42_040, keyFrame(4));
  expect(viewer.media).toEqual([audio(42_000, sound(3)), video(42_040, keyFrame(4))]);
});

test("one odd video message makes no stream of video out of one of sound", () => {
  const server = new TestServer();
  const publisher = server.client();
  publisher.publish("s");
  publisher.audio(0, audioHeader);
  publisher.video(0, new Uint8Array());
  publisher.video(0, hex("5000")); // a command frame
  publisher.audio(23, sound(1));
  const viewer = server.client();
  viewer.play("s");
  publisher.audio(46, sound(2));
  expect(viewer.media).toEqual([audio(23, audioHeader), audio(46, sound(2))]);
});

test("a stream in a codec that nobody here knows is passed on to everybody", () => {
  const server = new TestServer();
  const early = server.client();
  early.play("s");
  const publisher = server.client();
  publisher.publish("s");
  const frame = (n: number): Uint8Array => hex(`91 7a7a7a7a 0${n}`);
  publisher.video(0, frame(1));
  const late = server.client();
  late.play("s");
  publisher.video(40, frame(2));
  expect(early.media).toEqual([video(0, frame(1)), video(40, frame(2))]);
  expect(late.media).toEqual([video(40, frame(2))]);
});

test("a player on another stream than the first gets the same, however large the message", () => {
  const server = new TestServer();
  const publisher = startPublisher(server);
  publisher.video(0x100_0000, concat(keyFrame(1), new Uint8Array(130_000)));
  const [first, other] = [server.client(), server.client()];
  first.play("s");
  other.connect();
  other.session.play(100, "s");
  other.pump();
  publisher.video(0x100_0028, interFrame(2));
  publisher.audio(0x100_0028, new Uint8Array());
  expect(other.media).toEqual(first.media);
  expect(other.media).toHaveLength(6);
});
