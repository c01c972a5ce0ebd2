import { encode } from "@rtmp/amf0";
import { MessageTypeId } from "@rtmp/chunk";
import { toHex } from "@rtmp/testkit";
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
import { plainTransport } from "../plain-transport.ts";
import { TestServer } from "../test-server.ts";

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
  expect(server.streamPaths).toHaveLength(2);
  viewer.connection.destroy("gone");
  publisher.connection.destroy("gone");
  server.pump();
  expect(server.streamPaths).toHaveLength(0);
  expect(server.report.connections).toBe(0);
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

test("a stream is forgotten when a viewer of any kind is the last to leave", () => {
  const server = new TestServer();
  const publisher = startPublisher(server);
  const seen: number[] = [];
  const unsubscribe = server.subscribe("live/s", plainTransport({ send: (bytes) => void seen.push(bytes.length) }));
  publisher.video(0, keyFrame(1));
  expect(seen.at(-1)).toBe(keyFrame(1).length);
  publisher.connection.destroy("gone");
  server.pump();
  expect(server.streamPaths).toHaveLength(1);
  unsubscribe();
  expect(server.streamPaths).toHaveLength(0);
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
