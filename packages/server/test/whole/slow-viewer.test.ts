import { concat } from "@rtmp/testkit";
import { expect, test } from "vitest";
import { roleOf } from "../../src/message-role.ts";
import { SubscriberGate } from "../../src/subscriber-gate.ts";
import { interFrame, keyFrame, startPublisher } from "../media.ts";
import { plainTransport } from "../plain-transport.ts";
import { TestServer } from "../test-server.ts";

const big = (frame: Uint8Array): Uint8Array => concat(frame, new Uint8Array(50_000));
const subscriber = { skipAboveBytes: 200_000, dropAboveBytes: 1_000_000, maxSkipMs: 5000 };
const short = (line: string): string => line.slice(0, 40);

test("a viewer that stops reading costs a bounded number of bytes and is disconnected; others see nothing of it", () => {
  const server = new TestServer({ subscriber });
  const healthy = server.client();
  healthy.play("s");
  const stalled = server.client();
  stalled.play("s");
  stalled.connection.stalled = true;
  const publisher = startPublisher(server);
  let mostBehind = 0;
  for (let n = 0; n < 300; n++) {
    publisher.video(n * 40, big(n % 25 === 0 ? keyFrame(n) : interFrame(n)));
    server.clock.advance(40);
    mostBehind = Math.max(mostBehind, server.mostUnsentBytes);
  }
  expect(mostBehind).toBeLessThan(subscriber.skipAboveBytes + 120_000);
  expect(server.events).toContainEqual(["skip", "live/s"]);
  expect(server.events).toContainEqual(["stop", "live/s too-slow"]);
  expect(server.report.counters).toMatchObject({ skips: 1, tooSlow: 1 });
  expect(healthy.media.filter((line) => line.startsWith("video"))).toHaveLength(301);
});

test("a viewer that was slow for a while is cut to the next key frame, with metadata and headers sent again", () => {
  const server = new TestServer({ subscriber });
  const viewer = server.client();
  viewer.play("s");
  const publisher = startPublisher(server);
  publisher.video(0, keyFrame(0));
  viewer.takeMedia();
  viewer.connection.stalled = true;
  for (let n = 1; n < 20; n++) publisher.video(n * 40, big(interFrame(n)));
  viewer.connection.stalled = false;
  server.pump();
  const received = viewer.takeMedia();
  publisher.video(800, interFrame(30));
  publisher.video(840, keyFrame(31));
  publisher.video(880, interFrame(32));
  expect(received.length).toBeGreaterThan(2);
  expect(received.length).toBeLessThan(10);
  expect(viewer.media.map(short)).toEqual([
    "onMetaData 0",
    "video 840 17000000000164001f",
    "audio 840 af001210",
    "video 840 17010000001f",
    "video 880 270100000020",
  ]);
});

test("Acknowledgements show that a viewer is behind although the socket takes everything", () => {
  const server = new TestServer({ subscriber });
  const viewer = server.client();
  viewer.play("s");
  const publisher = startPublisher(server);
  for (let n = 0; n < 60; n++) publisher.video(n * 40, big(n % 10 === 0 ? keyFrame(n) : interFrame(n)));
  expect(server.report.counters.skips).toBe(0); // it reads and acknowledges
  viewer.session.takeOutput = () => undefined; // from here on the network swallows what the viewer does not read
  for (let n = 60; n < 90; n++) publisher.video(n * 40, big(n % 10 === 0 ? keyFrame(n) : interFrame(n)));
  expect(server.report.counters.skips).toBe(1);
});

test("a big burst on joining is not taken for slowness", () => {
  const server = new TestServer({ subscriber });
  const publisher = startPublisher(server);
  publisher.video(0, big(keyFrame(0)));
  for (let n = 1; n < 15; n++) publisher.video(n * 40, big(interFrame(n)));
  const viewer = server.client();
  viewer.connect();
  const id = viewer.createStream();
  viewer.session.play(id, "s");
  viewer.flush();
  publisher.video(600, interFrame(20)); // in the same turn
  publisher.video(640, interFrame(21));
  server.pump();
  expect(viewer.media.filter((line) => line.startsWith("video"))).toHaveLength(18);
  expect(server.report.counters.skips).toBe(0);
});

test("the gate loses whole GOP tails and never a frame in the middle", () => {
  const gate = new SubscriberGate({ skipAboveBytes: 100, dropAboveBytes: 1000, maxSkipMs: 50 });
  const video = (isKeyFrame: boolean, behind: number, now = 0): string =>
    gate.decide(isKeyFrame, roleOf(9, isKeyFrame ? keyFrame(1) : interFrame(1)), behind, now);
  expect(video(false, 0)).toBe("skip");
  expect(video(true, 0)).toBe("send");
  expect(video(false, 100)).toBe("send");
  expect(video(false, 101)).toBe("skip");
  expect(video(false, 0)).toBe("skip");
  expect(video(true, 0)).toBe("resume");
  expect(video(false, 0)).toBe("send");
  expect(video(true, 101, 10)).toBe("skip");
  expect(video(false, 101, 60)).toBe("skip");
  expect(video(false, 101, 61)).toBe("disconnect");
  expect(video(false, 1001)).toBe("disconnect");
});

test("what a viewer got at once is forgiven until its Acknowledgements show that it has arrived", () => {
  const gate = new SubscriberGate({ skipAboveBytes: 100, dropAboveBytes: 1000, maxSkipMs: 50 });
  gate.open(400);
  expect(gate.isBehind(500)).toBe(false);
  expect(gate.isBehind(501)).toBe(true);
  expect(gate.isForgiving).toBe(true);
  gate.forgiveUntil(101);
  expect(gate.isBehind(500)).toBe(false);
  gate.forgiveUntil(100);
  expect(gate.isForgiving).toBe(false);
  expect(gate.isBehind(101)).toBe(true);
});

test("a late joiner that acknowledges a big burst bit by bit is not cut", () => {
  const server = new TestServer({ subscriber });
  const publisher = startPublisher(server);
  publisher.video(0, big(keyFrame(0)));
  for (let n = 1; n < 15; n++) publisher.video(n * 40, big(interFrame(n)));
  const viewer = server.client();
  const { session } = viewer;
  const takeOutput = session.takeOutput.bind(session);
  viewer.play("s");
  session.takeOutput = () => undefined; // the burst is on its way: the socket has taken it, the viewer has not
  for (let n = 15; n < 20; n++) publisher.video(n * 40, interFrame(n));
  session.takeOutput = takeOutput;
  viewer.flush();
  for (let n = 20; n < 25; n++) publisher.video(n * 40, interFrame(n));
  expect(server.report.counters.skips).toBe(0);
  expect(viewer.media.filter((line) => line.startsWith("video"))).toHaveLength(26);
});

test("play after play on stream ids of the client's choice makes the server keep nothing more", () => {
  const server = new TestServer();
  const publisher = startPublisher(server);
  publisher.video(0, big(keyFrame(0)));
  for (let n = 1; n < 20; n++) publisher.video(n * 40, big(interFrame(n)));
  const forms = new Set<Uint8Array>();
  const subscribe = (): (() => void) =>
    server.subscribe(
      "live/s",
      plainTransport({ format: server.core.rtmpFormat, send: (bytes) => void forms.add(bytes) }),
    );
  subscribe();
  for (let n = 0; n < 2; n++) server.client().play("s"); // the stream is everywhere now
  const before = server.stream()?.cachedBytes;
  for (let id = 1; id <= 30; id++) {
    const viewer = server.client();
    viewer.connect();
    viewer.session.play(id * 1000, "s");
    viewer.pump();
    expect(viewer.media.filter((line) => line.startsWith("video"))).toHaveLength(21);
  }
  subscribe();
  expect(server.stream()?.cachedBytes).toBe(before);
  expect(forms.size).toBe(23);
});
