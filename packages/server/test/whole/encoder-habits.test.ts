import { EcmaArray, encode } from "@rtmp/amf0";
import type { Amf0Value } from "@rtmp/amf0";
import { encodeMessage, MessageTypeId } from "@rtmp/chunk";
import { concat, hex, u32, u8 } from "@rtmp/testkit";
import { describe, expect, test } from "vitest";
import { audio, audioHeader, interFrame, keyFrame, sound, startPublisher, video, videoHeader } from "../media.ts";
import { TestServer } from "../test-server.ts";
import type { TestClient } from "../test-server.ts";

/** A publisher and a viewer who was there before it. */
function stage(): { readonly server: TestServer; readonly publisher: TestClient; readonly viewer: TestClient } {
  const server = new TestServer();
  const viewer = server.client();
  viewer.play("s");
  const publisher = startPublisher(server);
  viewer.takeMedia();
  return { server, publisher, viewer };
}

test("the same sequence headers again and again are passed on, and a late viewer gets them once", () => {
  const { server, publisher, viewer } = stage();
  for (let n = 0; n < 3; n++) {
    publisher.video(n * 40, videoHeader);
    publisher.audio(n * 40, audioHeader);
  }
  expect(viewer.media).toHaveLength(6);
  const late = server.client();
  late.play("s");
  expect(late.media).toEqual(["onMetaData 0", video(0, videoHeader), audio(0, audioHeader)]);
});

test("an AVC packet without a NAL unit is passed on like any other", () => {
  const { publisher, viewer } = stage();
  publisher.video(0, keyFrame(1));
  publisher.video(40, hex("27 01 000000"));
  expect(viewer.media).toEqual([video(0, keyFrame(1)), video(40, hex("27 01 000000"))]);
});

test("timestamps that go back within one publisher reach the viewer as they were sent", () => {
  const { publisher, viewer } = stage();
  const timestamps = [100, 60, 140, 0, 40];
  for (const timestamp of timestamps) publisher.video(timestamp, keyFrame(1));
  expect(viewer.media).toEqual(timestamps.map((timestamp) => video(timestamp, keyFrame(1))));
});

test("a clock that says nothing sensible ends nobody's session: time-outs go by the clock on the wall", () => {
  const { server, publisher, viewer } = stage();
  for (let n = 0; n < 20; n++) {
    publisher.video(n % 2 === 0 ? 0xffff_fff0 : 3, keyFrame(n));
    server.clock.advance(30_000);
  }
  expect(viewer.media).toHaveLength(20);
  expect([publisher.closeReason, viewer.closeReason]).toEqual([undefined, undefined]);
});

test("sound that is announced and never comes holds no picture back", () => {
  const server = new TestServer();
  const viewer = server.client();
  viewer.play("s");
  const publisher = server.client();
  publisher.publish("s");
  publisher.metadata({ audiocodecid: 10, videocodecid: 7 });
  publisher.video(0, videoHeader);
  publisher.video(0, keyFrame(1));
  expect(viewer.media).toEqual(["onMetaData 0", video(0, videoHeader), video(0, keyFrame(1))]);
});

describe("metadata of any shape is passed on and its stream plays:", () => {
  const shapes: readonly [string, Amf0Value][] = [
    ["with a width alone", { width: 640 }],
    ["empty", {}],
    ["with codecs as text", { videocodecid: "avc1", audiocodecid: "mp4a" }],
    ["with codecs as FourCC numbers", { videocodecid: 1635135537, audiocodecid: 1332770163 }],
    ["an ECMA array", new EcmaArray({ duration: 0 })],
    [
      "with every type there is",
      { list: [1, "a", null], date: new Date(0), nothing: undefined, text: "x".repeat(70_000) },
    ],
    ["null", null],
  ];
  test.each(shapes)("%s", (_name, value) => {
    const { publisher, viewer, server } = stage();
    publisher.session.sendMedia(1, MessageTypeId.DataAmf0, 0, encode("@setDataFrame", "onMetaData", value));
    publisher.video(0, keyFrame(1));
    expect(viewer.media).toEqual(["onMetaData 0", video(0, keyFrame(1))]);
    expect(server.errors).toEqual([]);
  });
});

test("no metadata at all is fine, and so is a data message that begins with a number", () => {
  const server = new TestServer();
  const viewer = server.client();
  viewer.play("s");
  const publisher = server.client();
  publisher.publish("s");
  publisher.session.sendMedia(1, MessageTypeId.DataAmf0, 0, encode(5, "timecode"));
  publisher.video(0, videoHeader);
  publisher.video(0, keyFrame(1));
  expect(viewer.media).toEqual([video(0, videoHeader), video(0, keyFrame(1))]);
});

/** Sends one message on a chunk stream that our own client would not use. */
function sendRaw(
  client: TestClient,
  chunkStreamId: number,
  typeId: number,
  payload: Uint8Array,
  messageStreamId = 0,
): void {
  client.flush();
  client.connection.send(encodeMessage({ chunkStreamId, messageStreamId, typeId, timestamp: 0, payload }, 60_000));
  client.pump();
}

test("control messages count on whatever chunk stream they come", () => {
  const { publisher, viewer } = stage();
  sendRaw(publisher, 9, MessageTypeId.WindowAcknowledgementSize, u32(100_000));
  sendRaw(publisher, 9, MessageTypeId.UserControl, hex("0006 00000007")); // ping
  sendRaw(publisher, 9, MessageTypeId.UserControl, hex("001f 00000001")); // buffer empty, undocumented
  publisher.video(0, keyFrame(1));
  expect(viewer.media).toEqual([video(0, keyFrame(1))]);
});

test("media on chunk streams beyond 64 and beyond 319 is media", () => {
  const { publisher, viewer } = stage();
  for (const [n, chunkStreamId] of [64, 319, 320, 65_599].entries()) {
    sendRaw(publisher, chunkStreamId, MessageTypeId.Video, keyFrame(n), 1);
  }
  expect(viewer.media).toEqual([0, 1, 2, 3].map((n) => video(0, keyFrame(n))));
});

test("an aggregate message reaches the viewer as its parts, on its own time", () => {
  const { publisher, viewer } = stage();
  const part = (typeId: number, timestamp: number, payload: Uint8Array): Uint8Array =>
    concat(u8(typeId, 0, 0, payload.length, 0, 0, timestamp, 0, 0, 0, 0), payload, u32(payload.length + 11));
  const body = concat(part(9, 7, keyFrame(1)), part(8, 10, sound(2)), part(9, 47, interFrame(3)));
  sendRaw(publisher, 6, MessageTypeId.Aggregate, body, 1);
  expect(viewer.media).toEqual([video(0, keyFrame(1)), audio(3, sound(2)), video(40, interFrame(3))]);
});

test("a camera that publishes on stream 1 without having created it, and waits for nothing, is heard", () => {
  const server = new TestServer();
  const viewer = server.client();
  viewer.play("s");
  const camera = server.client();
  camera.session.connect({ app: "live/", tcUrl: "rtmp://127.0.0.1/live/" }, () => undefined);
  camera.session.call("releaseStream", ["s"]);
  camera.session.call("FCPublish", ["s"]);
  camera.session.publish(1, "s");
  camera.pump();
  camera.video(0, videoHeader);
  camera.video(0, keyFrame(1));
  expect(viewer.media).toEqual([video(0, videoHeader), video(0, keyFrame(1))]);
});

test("each of deleteStream, closeStream and FCUnpublish ends a stream, and the name is free at once", () => {
  const ends: ((publisher: TestClient) => void)[] = [
    (publisher) => publisher.session.deleteStream(1),
    (publisher) => publisher.session.closeStream(1),
    (publisher) => publisher.session.call("FCUnpublish", ["s"]),
    (publisher) => publisher.connection.reset(),
  ];
  for (const end of ends) {
    const { server, publisher, viewer } = stage();
    end(publisher);
    publisher.pump();
    expect(viewer.codes.at(-1)).toBe("NetStream.Play.UnpublishNotify");
    expect(server.client().publish("s")).toBe("NetStream.Publish.Start");
  }
});

test("a publisher of rtmp://host/app, without a stream name, is found by players of the same URL", () => {
  const asked: string[] = [];
  const server = new TestServer({
    hooks: { onPublish: ({ app, streamKey, streamPath }) => void asked.push(`${app}, ${streamKey}, ${streamPath}`) },
  });
  const viewer = server.client();
  viewer.play("", "stream_phone");
  const publisher = server.client();
  expect(publisher.publish("", "stream_phone")).toBe("NetStream.Publish.Start");
  publisher.video(0, keyFrame(1));
  expect(viewer.media).toEqual([video(0, keyFrame(1))]);
  expect(asked).toEqual(["stream_phone, , stream_phone"]);
  expect(server.streamPaths).toEqual(["stream_phone"]);
  expect(server.client().publish("", "stream_phone")).toBe("NetStream.Publish.BadName");
});

test("media in format 1 on a chunk stream of its own, without a message stream, is the publisher's", () => {
  const { publisher, viewer } = stage();
  publisher.flush();
  publisher.connection.send(concat(hex("4a 000028 000006 09"), keyFrame(7), hex("4a 000028 000006 09"), keyFrame(8)));
  publisher.pump();
  expect(viewer.media).toEqual([video(40, keyFrame(7)), video(80, keyFrame(8))]);
});
