import { expect, test } from "vitest";
import { audio, interFrame, keyFrame, sound, startPublisher, video } from "../media.ts";
import type { SubscriberTransport } from "../../src/index.ts";
import { createRtmpFormat } from "../../src/wire-format.ts";
import { TestServer } from "../test-server.ts";

const maxFlushDelayMs = 20;

test("sound waits for the next picture, in order, and never longer than the window", () => {
  const server = new TestServer({ maxFlushDelayMs });
  const viewer = server.client();
  viewer.play("s");
  const publisher = startPublisher(server);
  publisher.video(0, keyFrame(1));
  viewer.takeMedia();
  publisher.audio(5, sound(1));
  publisher.audio(28, sound(2));
  expect(viewer.takeMedia()).toEqual([]);
  publisher.video(40, interFrame(2));
  expect(viewer.takeMedia()).toEqual([audio(5, sound(1)), audio(28, sound(2)), video(40, interFrame(2))]);
  publisher.audio(51, sound(3));
  server.clock.advance(19);
  publisher.audio(74, sound(4));
  expect(viewer.takeMedia()).toEqual([]);
  server.clock.advance(1);
  expect(viewer.takeMedia()).toEqual([audio(51, sound(3)), audio(74, sound(4))]);
  server.clock.advance(100);
  expect(viewer.takeMedia()).toEqual([]);
});

test("who joins while sound waits gets it once, and so does everybody else", () => {
  const server = new TestServer({ maxFlushDelayMs });
  const first = server.client();
  first.play("s");
  const publisher = startPublisher(server);
  publisher.video(0, keyFrame(1));
  publisher.audio(5, sound(1));
  const second = server.client();
  second.play("s");
  publisher.video(40, interFrame(2));
  server.clock.advance(100);
  for (const viewer of [first, second]) {
    expect(viewer.media.slice(-3)).toEqual([video(0, keyFrame(1)), audio(5, sound(1)), video(40, interFrame(2))]);
  }
});

test("sound that waits when the publisher leaves is sent before the notice of it", () => {
  const server = new TestServer({ maxFlushDelayMs });
  const viewer = server.client();
  viewer.play("s");
  const publisher = startPublisher(server);
  publisher.video(0, keyFrame(1));
  publisher.audio(5, sound(1));
  publisher.session.deleteStream(1);
  publisher.pump();
  expect(viewer.media.at(-1)).toBe(audio(5, sound(1)));
  expect(viewer.codes.at(-1)).toBe("NetStream.Play.UnpublishNotify");
});

test("sound alone waits for nothing", () => {
  const server = new TestServer({ maxFlushDelayMs });
  const viewer = server.client();
  viewer.play("s");
  const publisher = server.client();
  publisher.publish("s");
  publisher.audio(0, sound(1));
  expect(viewer.media).toEqual([audio(0, sound(1))]);
});

test("who plays on a stream of another id than the first gets what left together, message by message", () => {
  const server = new TestServer({ maxFlushDelayMs });
  const usual = server.client();
  usual.play("s");
  const other = server.client();
  other.connect();
  other.createStream();
  other.session.play(other.createStream(), "s");
  other.pump();
  const publisher = startPublisher(server);
  publisher.video(0, keyFrame(1));
  publisher.audio(5, sound(1));
  publisher.audio(28, sound(2));
  publisher.video(40, interFrame(2));
  expect(other.media).toEqual(usual.media);
  expect(other.media.slice(-3)).toEqual([audio(5, sound(1)), audio(28, sound(2)), video(40, interFrame(2))]);
});

test("a transport gets several messages at once only if it says that it takes them", () => {
  const server = new TestServer({ maxFlushDelayMs });
  const sent = { one: [] as number[], many: [] as number[] };
  const format = createRtmpFormat(60_000);
  const transport = (sizes: number[], takesRuns?: boolean): SubscriberTransport => ({
    format,
    ...(takesRuns === undefined ? {} : { takesRuns }),
    isOpen: () => true,
    bytesBehind: () => 0,
    isMeasured: () => true,
    send: (bytes) => void sizes.push(bytes.length),
    published: () => undefined,
    unpublished: () => undefined,
    tooSlow: () => undefined,
  });
  server.subscribe("live/s", transport(sent.one));
  server.subscribe("live/s", transport(sent.many, true));
  const publisher = startPublisher(server);
  publisher.video(0, keyFrame(1));
  publisher.video(4, interFrame(1));
  sent.one.length = sent.many.length = 0;
  publisher.audio(5, sound(1));
  publisher.video(40, interFrame(2));
  expect(sent.one).toHaveLength(2);
  expect(sent.many).toEqual([sent.one.reduce((sum, size) => sum + size, 0)]);
});
