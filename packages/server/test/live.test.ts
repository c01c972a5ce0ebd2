import { encode } from "@rtmp/amf0";
import { MessageTypeId } from "@rtmp/chunk";
import { concat, hex, toHex } from "@rtmp/testkit";
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
} from "./media.ts";
import { TestServer } from "./test-server.ts";

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
  const server = new TestServer({ gopCache: { maxBytes: 1000, maxDurationMs: 30_000 } });
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

test("when the publisher leaves, viewers get UnpublishNotify and StreamEOF and stay", () => {
  const server = new TestServer();
  const viewer = server.client();
  viewer.play("s");
  const publisher = startPublisher(server);
  publisher.session.deleteStream(1);
  publisher.pump();
  expect(viewer.codes.at(-1)).toBe("NetStream.Play.UnpublishNotify");
  expect(viewer.userControl).toEqual(["stream-begin 0", "stream-begin 1", "stream-eof 1"]);
  expect(viewer.connection.closed).toBe(false);
});

test("a publisher that only closes its socket ends the stream as well", () => {
  const server = new TestServer();
  const viewer = server.client();
  viewer.play("s");
  const publisher = startPublisher(server);
  publisher.connection.destroy("gone");
  server.pump();
  expect(viewer.codes.at(-1)).toBe("NetStream.Play.UnpublishNotify");
  expect(server.events).toContainEqual(["unpublish", "live/s disconnected"]);
});

test("the publisher returns: the same viewers go on, new headers first, and timestamps never go back", () => {
  const server = new TestServer();
  const viewer = server.client();
  viewer.play("s");
  const first = startPublisher(server);
  first.video(0, keyFrame(1));
  first.video(5000, interFrame(2));
  first.connection.destroy("gone");
  server.clock.advance(300);
  viewer.takeMedia();

  const second = server.client();
  second.publish("s");
  second.metadata({});
  second.video(0, otherVideoHeader);
  second.audio(0, audioHeader);
  second.video(7_000_000, interFrame(8)); // nobody can decode it
  second.audio(6_999_990, sound(3));
  second.video(7_000_040, keyFrame(4));
  second.video(7_000_080, interFrame(5));
  expect(viewer.codes.slice(-2)).toEqual(["NetStream.Play.UnpublishNotify", "NetStream.Play.PublishNotify"]);
  expect(viewer.media).toEqual([
    "onMetaData 0",
    video(5300, otherVideoHeader),
    audio(5300, audioHeader),
    audio(5300, sound(3)),
    video(5340, keyFrame(4)),
    video(5380, interFrame(5)),
  ]);
});

test("nothing of an earlier publisher is kept for those who join later", () => {
  const server = new TestServer();
  const waiting = server.client();
  waiting.play("s");
  const publisher = startPublisher(server);
  publisher.video(0, keyFrame(1));
  publisher.connection.destroy("gone");
  server.pump();
  const viewer = server.client();
  viewer.play("s");
  expect(viewer.media).toEqual([]);
});

test("a stream that nobody publishes or watches is forgotten", () => {
  const server = new TestServer();
  const viewer = server.client();
  viewer.play("a");
  const publisher = startPublisher(server, "b");
  expect(server.core.registry.size).toBe(2);
  viewer.connection.destroy("gone");
  publisher.connection.destroy("gone");
  server.pump();
  expect(server.core.registry.size).toBe(0);
  expect(server.core.connectionCount).toBe(0);
});

test("timestamps beyond 24 bits and across the 32-bit wrap reach the viewer as they were sent", () => {
  const server = new TestServer();
  const viewer = server.client();
  viewer.play("s");
  const publisher = startPublisher(server);
  const timestamps = [0xff_fffe, 0xff_ffff, 0x100_0000, 0xffff_ffff, 0, 40];
  for (const timestamp of timestamps) publisher.video(timestamp, keyFrame(1));
  const seen = viewer.media
    .filter((line) => line.includes(toHex(keyFrame(1))))
    .map((line) => Number(line.split(" ")[1]));
  expect(seen).toEqual(timestamps);
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

test("a stream is forgotten when a viewer of any kind is the last to leave", () => {
  const server = new TestServer();
  const publisher = startPublisher(server);
  const stream = server.core.registry.get("live/s");
  const seen: number[] = [];
  const nothing = (): void => undefined;
  const subscriber = stream?.subscribe({
    format: { encode: ({ payload }) => payload },
    isOpen: () => true,
    bytesBehind: () => 0,
    isMeasured: () => true,
    send: (bytes) => void seen.push(bytes.length),
    published: nothing,
    unpublished: nothing,
    tooSlow: nothing,
  });
  publisher.video(0, keyFrame(1));
  expect(seen.at(-1)).toBe(keyFrame(1).length);
  publisher.connection.destroy("gone");
  server.pump();
  expect(server.core.registry.size).toBe(1);
  if (subscriber !== undefined) stream?.unsubscribe(subscriber);
  expect(server.core.registry.size).toBe(0);
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

test("metadata travels with timestamp 0, whatever the publisher stamped it with", () => {
  const server = new TestServer();
  const publisher = startPublisher(server);
  publisher.video(4000, keyFrame(1));
  publisher.session.sendMedia(1, MessageTypeId.DataAmf0, 4000, encode("onMetaData", { width: 2 }));
  publisher.pump();
  const viewer = server.client();
  viewer.play("s");
  expect(viewer.media.filter((line) => line.startsWith("onMetaData"))).toEqual(["onMetaData 0", "onMetaData 0"]);
});

test("metadata that the publisher takes back is not given to those who join later", () => {
  const server = new TestServer();
  const publisher = startPublisher(server);
  publisher.session.sendMedia(1, MessageTypeId.DataAmf0, 0, encode("@clearDataFrame", "onMetaData"));
  publisher.pump();
  const viewer = server.client();
  viewer.play("s");
  expect(viewer.media).toEqual([video(0, videoHeader), audio(0, audioHeader)]);
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
