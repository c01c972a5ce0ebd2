import { concat } from "@rtmp/testkit";
import { expect, test } from "vitest";
import { audio, audioHeader, interFrame, keyFrame, sound, startPublisher, video, videoHeader } from "./media.ts";
import { plainTransport } from "./plain-transport.ts";
import { TestServer } from "./test-server.ts";
import type { TestClient } from "./test-server.ts";

// Connections are dealt in turn: the first client is on loop 1, the second on loop 2, and so on.

/** A viewer on each of `count` loops. */
function viewers(server: TestServer, count: number): TestClient[] {
  return Array.from({ length: count }, () => {
    const viewer = server.client();
    viewer.play("s");
    return viewer;
  });
}

/** Lets a turn pass for somebody who is not there. */
function skipTurn(server: TestServer): void {
  server.connection().destroy("nobody");
  server.pump();
}

test("viewers of every loop get the same, whichever loop they and the publisher are on", () => {
  const server = new TestServer({}, 3);
  const early = viewers(server, 3);
  const publisher = startPublisher(server);
  publisher.video(0, keyFrame(1));
  publisher.audio(23, sound(1));
  publisher.video(40, interFrame(2));
  const late = viewers(server, 3);
  publisher.video(80, interFrame(3));
  const all = [
    "onMetaData 0",
    video(0, videoHeader),
    audio(0, audioHeader),
    video(0, keyFrame(1)),
    audio(23, sound(1)),
    video(40, interFrame(2)),
    video(80, interFrame(3)),
  ];
  for (const viewer of [...early, ...late]) expect(viewer.media).toEqual(all);
});

test("a stream goes once to each loop that has viewers of it, and to no other", () => {
  const server = new TestServer({}, 3);
  const publisher = startPublisher(server);
  for (let n = 0; n < 2; n++) {
    viewers(server, 1); // loop 2, then loop 2 again
    skipTurn(server);
    skipTurn(server);
  }
  const before = server.report.counters.messagesRelayed;
  for (let n = 0; n < 10; n++) publisher.video(n * 40, keyFrame(n));
  expect(server.report.counters.messagesRelayed - before).toBe(10);
  expect(server.cluster.loop(3).core.registry.size).toBe(0);
});

test("when the last viewer of a loop leaves, the stream goes there no more, and comes back with the next", () => {
  const server = new TestServer({}, 2);
  const publisher = startPublisher(server);
  const [viewer] = viewers(server, 1);
  viewer?.connection.destroy("gone");
  server.pump();
  const before = server.report.counters.messagesRelayed;
  publisher.video(0, keyFrame(1));
  expect(server.report.counters.messagesRelayed).toBe(before);
  expect(server.cluster.loop(2).core.registry.size).toBe(0);
  skipTurn(server);
  const [next] = viewers(server, 1);
  publisher.video(40, interFrame(2));
  expect(next?.media.slice(-2)).toEqual([video(0, keyFrame(1)), video(40, interFrame(2))]);
});

test("a second publisher on another loop is refused with BadName, and the first is not disturbed", () => {
  const server = new TestServer({}, 2);
  const first = startPublisher(server);
  const second = server.client();
  expect(second.publish("s")).toBe("NetStream.Publish.BadName");
  const [viewer] = viewers(server, 1);
  first.video(0, keyFrame(1));
  expect(viewer?.media.at(-1)).toBe(video(0, keyFrame(1)));
  expect(server.events).toContainEqual(["refuse", "publish live/s NetStream.Publish.BadName"]);
});

test("a silent publisher is replaced by one of another loop: viewers of all loops go on, and no time goes back", () => {
  const server = new TestServer({ timeouts: { replaceSilentPublisherMs: 1000 } }, 3);
  const watching = viewers(server, 3);
  const first = startPublisher(server); // loop 1
  first.video(5000, keyFrame(1));
  server.clock.advance(1000);
  for (const viewer of watching) viewer.takeMedia();
  const second = server.client(); // loop 2
  expect(second.publish("s")).toBe("NetStream.Publish.Start");
  second.video(0, videoHeader);
  second.video(0, keyFrame(2));
  second.video(40, interFrame(3));
  expect(first.codes.at(-1)).toBe("NetStream.Publish.BadName");
  for (const viewer of watching) {
    expect(viewer.codes.filter((code) => code.startsWith("NetStream.Play."))).toEqual([
      "NetStream.Play.Reset",
      "NetStream.Play.Start",
      "NetStream.Play.PublishNotify",
    ]);
    expect(viewer.media).toEqual([video(6000, videoHeader), video(6000, keyFrame(2)), video(6040, interFrame(3))]);
  }
  expect(server.events.filter(([name]) => name.endsWith("publish"))).toEqual([
    ["publish", "live/s"],
    ["unpublish", "live/s replaced"],
    ["publish", "live/s"],
  ]);
});

test("a publisher who leaves and comes back on another loop finds its viewers waiting", () => {
  const server = new TestServer({}, 3);
  const watching = viewers(server, 3);
  const first = startPublisher(server);
  first.video(5000, keyFrame(1));
  first.connection.destroy("gone");
  server.clock.advance(300);
  for (const viewer of watching) viewer.takeMedia();
  const second = startPublisher(server);
  second.video(0, keyFrame(2));
  for (const viewer of watching) {
    expect(viewer.codes.slice(-2)).toEqual(["NetStream.Play.UnpublishNotify", "NetStream.Play.PublishNotify"]);
    expect(viewer.media.at(-1)).toBe(video(5300, keyFrame(2)));
  }
});

test("a publisher who was granted a name and has gone before it could begin leaves the name free", async () => {
  let allow: (() => void) | undefined;
  const onPublish = (): Promise<void> => new Promise((resolve) => (allow = resolve));
  const server = new TestServer({ hooks: { onPublish } }, 2);
  const publisher = server.client();
  publisher.publish("s");
  allow?.();
  publisher.connection.destroy("gone"); // the answer is on its way
  await server.settle();
  expect(server.cluster.names).toBe(0);
  const next = server.client();
  next.publish("s");
  allow?.();
  await server.settle();
  expect(next.codes).toEqual(["NetStream.Publish.Start"]);
});

test("a hook's signal aborts when its client leaves another loop", async () => {
  let signal: AbortSignal | undefined;
  const onPlay = (request: { readonly signal: AbortSignal }): Promise<void> => {
    signal = request.signal;
    return new Promise(() => undefined);
  };
  const server = new TestServer({ hooks: { onPlay } }, 2);
  const viewer = server.client();
  viewer.play("s");
  expect(signal?.aborted).toBe(false);
  viewer.connection.destroy("gone");
  await server.settle();
  expect(signal?.aborted).toBe(true);
  expect(server.events).not.toContainEqual(["play", "live/s"]);
});

test("when a loop dies, viewers elsewhere hear that its stream has ended, and its clients' ends are told", () => {
  const server = new TestServer({}, 2);
  const publisher = startPublisher(server); // loop 1
  const [there, here] = viewers(server, 2); // loop 2, loop 1
  publisher.video(0, keyFrame(1));
  server.cluster.kill(1);
  server.pump();
  expect(there?.codes.at(-1)).toBe("NetStream.Play.UnpublishNotify");
  expect(here?.codes.at(-1)).toBe("NetStream.Play.Start"); // it was on the loop: its socket is closed with it
  expect(server.events.slice(-4)).toEqual([
    ["unpublish", "live/s error"],
    ["disconnect", "loop-died"],
    ["stop", "live/s error"],
    ["disconnect", "loop-died"],
  ]);
  expect(server.cluster.hub.isLive("live/s")).toBe(false);
  expect(server.report.counters.publishes).toBe(1); // what it counted is not lost
  const next = startPublisher(server); // on loop 2, which is the only one left
  next.video(0, keyFrame(2));
  expect(there?.codes.at(-1)).toBe("NetStream.Play.PublishNotify");
});

test("viewers of the loops that live lose nothing when another loop dies", () => {
  const server = new TestServer({}, 3);
  const publisher = startPublisher(server); // loop 1
  const [onSecond, onThird] = viewers(server, 2);
  for (let n = 0; n < 20; n++) {
    if (n === 10) server.cluster.kill(3);
    publisher.video(n * 40, n === 0 ? keyFrame(0) : interFrame(n));
  }
  expect(onSecond?.media).toHaveLength(3 + 20);
  expect(onThird?.media).toHaveLength(3 + 10);
});

test("a loop that starts later serves streams that are live already", () => {
  const server = new TestServer({}, 1);
  const publisher = startPublisher(server);
  publisher.video(0, keyFrame(1));
  server.cluster.addLoop();
  const [, onNewLoop] = viewers(server, 2);
  publisher.video(40, interFrame(2));
  expect(onNewLoop?.media.slice(-2)).toEqual([video(0, keyFrame(1)), video(40, interFrame(2))]);
});

test("a link that breaks and comes back brings the stream back, from its newest key frame", () => {
  const server = new TestServer({}, 2);
  const publisher = startPublisher(server);
  const [viewer] = viewers(server, 1);
  publisher.video(0, keyFrame(1));
  viewer?.takeMedia();
  server.cluster.relink(1, 2);
  publisher.video(40, interFrame(2));
  publisher.video(80, keyFrame(3));
  expect(viewer?.codes.slice(-2)).toEqual(["NetStream.Play.UnpublishNotify", "NetStream.Play.PublishNotify"]);
  const frames = viewer?.media.filter((line) => line.startsWith("video")).map((line) => line.split(" ")[2]);
  expect(frames).toEqual(
    [videoHeader, keyFrame(1), interFrame(2), keyFrame(3)].map((bytes) => video(0, bytes).split(" ")[2]),
  );
});

test("metadata that the publisher takes back is not given to those who join on another loop", () => {
  const server = new TestServer({}, 2);
  const publisher = startPublisher(server);
  const [first] = viewers(server, 1);
  publisher.clearMetadata();
  skipTurn(server);
  const [second] = viewers(server, 1);
  expect(first?.media).toContain("onMetaData 0");
  expect(second?.media).not.toContain("onMetaData 0");
});

test("figures are those of the whole server", () => {
  const server = new TestServer({}, 2);
  const publisher = startPublisher(server);
  viewers(server, 3);
  publisher.video(0, keyFrame(1));
  const { connections, counters, streams } = server.report;
  expect({ connections, streams: streams.length }).toEqual({ connections: 4, streams: 1 });
  expect(server.stream()).toMatchObject({ isLive: true, subscribers: 3, messagesIn: 4, messagesOut: 12 });
  expect(server.stream()?.metadata).toMatchObject({ width: 640 });
  expect(counters).toMatchObject({ publishes: 1, plays: 3, connections: 4, messagesIn: 4, messagesOut: 12 });
});

test("the first process can watch a stream of any loop", () => {
  const server = new TestServer({}, 2);
  const publisher = startPublisher(server);
  publisher.video(0, keyFrame(1));
  const seen: number[] = [];
  const unsubscribe = server.subscribe("live/s", plainTransport({ send: (bytes) => void seen.push(bytes.length) }));
  publisher.video(40, interFrame(2));
  expect(seen.slice(-2)).toEqual([keyFrame(1).length, interFrame(2).length]);
  unsubscribe();
  expect(server.core.registry.size).toBe(0);
});

test("viewers who wait on another loop get everything from the publisher's first message on, however fast it is", () => {
  const server = new TestServer({}, 2);
  skipTurn(server);
  const [viewer] = viewers(server, 1); // loop 2
  const publisher = server.client(); // loop 1
  publisher.connect();
  const id = publisher.createStream();
  publisher.session.publish(id, "s");
  for (let n = 0; n < 5; n++) publisher.session.sendMedia(id, 9, n * 40, keyFrame(n)); // without waiting for the answer
  publisher.session.deleteStream(id);
  publisher.pump();
  expect(viewer?.media).toEqual([0, 1, 2, 3, 4].map((n) => video(n * 40, keyFrame(n))));
  expect(viewer?.codes.at(-1)).toBe("NetStream.Play.UnpublishNotify");
});

test("a loop that does not read loses the tail of the GOP and goes on at a key frame, and little waits for it", () => {
  const subscriber = { skipAboveBytes: 64 * 1024 * 1024, dropAboveBytes: 128 * 1024 * 1024 }; // not the viewers' limit, but the loops'
  const server = new TestServer({ subscriber }, 2);
  const publisher = startPublisher(server); // loop 1
  const [there, here] = viewers(server, 2); // loop 2, loop 1
  const big = (frame: Uint8Array): Uint8Array => concat(frame, new Uint8Array(1024 * 1024));
  publisher.video(0, keyFrame(0));
  server.cluster.stall(2, 1, true);
  for (let n = 1; n < 60; n++) publisher.video(n * 40, big(interFrame(n)));
  expect(server.cluster.mostUnsentBytes).toBeLessThan(34 * 1024 * 1024);
  server.cluster.stall(2, 1, false);
  server.pump();
  publisher.video(2400, interFrame(60)); // of a GOP with a hole: not for them
  publisher.video(2440, keyFrame(61));
  publisher.video(2480, interFrame(62));
  const frames = (viewer: TestClient | undefined): number =>
    viewer?.media.filter((line) => line.startsWith("video")).length ?? 0;
  expect(frames(here)).toBe(1 + 63);
  expect(frames(there)).toBeGreaterThan(30);
  expect(frames(there)).toBeLessThan(40);
  expect(there?.media.slice(-4)).toEqual([
    video(2440, videoHeader),
    audio(2440, audioHeader),
    video(2440, keyFrame(61)),
    video(2480, interFrame(62)),
  ]);
  expect(there?.codes.at(-1)).toBe("NetStream.Play.Start");
});

test("who watches in the first process and leaves when the stream ends leaves nothing behind", () => {
  const server = new TestServer({}, 2);
  const publisher = startPublisher(server);
  const unsubscribe = server.subscribe("live/s", plainTransport({ unpublished: () => unsubscribe() }));
  publisher.video(0, keyFrame(1));
  publisher.connection.destroy("gone");
  server.pump();
  expect(server.streamPaths).toEqual([]);
  expect(server.cluster.names).toBe(0);
});
