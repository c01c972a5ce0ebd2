import { expect, test } from "vitest";
import { Rejection } from "../../src/index.ts";
import type { ServerHooks } from "../../src/index.ts";
import { resolveOptions } from "../../src/options.ts";
import { interFrame, keyFrame, sound, startPublisher, videoHeader } from "../media.ts";
import { TestServer } from "../test-server.ts";

test("a second publisher on a live name is refused with BadName and the first is not disturbed", () => {
  const server = new TestServer();
  const viewer = server.client();
  viewer.play("s");
  const first = startPublisher(server);
  const second = server.client();
  expect(second.publish("s")).toBe("NetStream.Publish.BadName");
  first.video(0, keyFrame(1));
  expect(viewer.media).toHaveLength(4);
  expect(second.closeReason).toBe("closed-by-peer");
  expect(server.events).toContainEqual(["refuse", "publish live/s NetStream.Publish.BadName"]);
});

test("the same connection cannot publish one name twice, and keeps the first", () => {
  const server = new TestServer();
  const publisher = startPublisher(server);
  expect(publisher.publishOn(publisher.createStream(), "s")).toBe("NetStream.Publish.BadName");
  const viewer = server.client();
  viewer.play("s");
  publisher.video(0, keyFrame(1));
  expect(viewer.media.at(-1)).toMatch(/^video 0 1701/);
  expect(publisher.closeReason).toBeUndefined();
});

test("a publisher silent for long enough is replaced, and viewers go on without being sent away", () => {
  const server = new TestServer({ timeouts: { replaceSilentPublisherMs: 3000 } });
  const viewer = server.client();
  viewer.play("s");
  const first = startPublisher(server);
  first.video(0, keyFrame(1));
  server.clock.advance(2999);
  expect(server.client().publish("s")).toBe("NetStream.Publish.BadName");
  server.clock.advance(1);
  viewer.takeMedia();
  const second = server.client();
  expect(second.publish("s")).toBe("NetStream.Publish.Start");
  second.video(0, videoHeader);
  second.video(0, keyFrame(2));
  first.video(3040, interFrame(3));
  expect(viewer.codes).not.toContain("NetStream.Play.UnpublishNotify");
  expect(viewer.media).toHaveLength(2);
  expect(viewer.media.at(-1)).toMatch(/^video 1000 1701.*02$/);
  expect(first.closeReason).toBe("closed-by-peer");
  expect(server.events).toContainEqual(["unpublish", "live/s replaced"]);
});

test("media counts only from the accepted publisher on its own stream id", () => {
  const server = new TestServer();
  const viewer = server.client();
  viewer.play("s");
  const publisher = startPublisher(server);
  viewer.takeMedia();
  publisher.video(0, keyFrame(1), 2);
  publisher.video(0, keyFrame(1), 0xffff_ffff);
  viewer.video(0, keyFrame(1), 1); // a player that sends
  const unasked = server.client();
  unasked.connect();
  unasked.createStream();
  unasked.video(0, keyFrame(1), 1); // before publish
  unasked.video(0, keyFrame(1), 0);
  const refused = server.client();
  refused.publish("s");
  refused.video(0, keyFrame(1), 1); // after a refusal
  publisher.session.deleteStream(1);
  publisher.video(0, keyFrame(1), 1); // after deleteStream
  publisher.video(0, keyFrame(1), 0);
  publisher.metadata({}, 1);
  expect(viewer.media).toEqual([]);
});

test("a publisher may end its stream and publish again on the same connection", () => {
  const server = new TestServer();
  const publisher = startPublisher(server);
  publisher.session.deleteStream(1);
  publisher.pump();
  const id = publisher.createStream();
  expect(id).toBe(1);
  expect(publisher.publishOn(id, "s")).toBe("NetStream.Publish.Start");
  expect(publisher.codes).toEqual([
    "NetStream.Publish.Start",
    "NetStream.Unpublish.Success",
    "NetStream.Publish.Start",
  ]);
});

test("one connection publishes two streams and plays a third", () => {
  const server = new TestServer();
  const other = startPublisher(server, "other");
  const client = server.client();
  client.publish("a");
  const b = client.createStream();
  expect(client.publishOn(b, "b")).toBe("NetStream.Publish.Start");
  client.session.play(client.createStream(), "other");
  client.pump();
  other.video(0, keyFrame(7));
  expect(client.media.at(-1)).toMatch(/07$/);
  const viewers = ["a", "b"].map((name) => {
    const viewer = server.client();
    viewer.play(name);
    return viewer;
  });
  client.video(0, keyFrame(1), 1);
  client.video(0, keyFrame(2), b);
  expect(viewers.map((viewer) => viewer.media)).toEqual([["video 0 170100000001"], ["video 0 170100000002"]]);
});

test("the path is the same however the URL was cut, and the query reaches the hook", () => {
  const seen: [string, string | null][] = [];
  const server = new TestServer({
    hooks: { onPublish: ({ streamPath, query }) => void seen.push([streamPath, query.get("token")]) },
  });
  server.client().publish("b/c?token=1", "a");
  server.client().publish("c?token=2", "a/b/");
  server.client().publish("d", "a/b?token=3");
  expect(seen).toEqual([
    ["a/b/c", "1"],
    ["a/b/c", "2"],
    ["a/b/d", "3"],
  ]);
});

test("names that lead out of the application are refused", () => {
  const server = new TestServer();
  for (const name of ["../x", "a/../../x", "a\\b", "a\u0000b", "a\nb", ".", "x".repeat(2000)]) {
    const client = server.client();
    expect(client.publish(name), JSON.stringify(name.slice(0, 20))).toBe("NetStream.Publish.BadName");
  }
  expect(server.streamPaths).toHaveLength(0);
});

test("a hook that throws a Rejection refuses with its code; anything else it throws is not told to the client", async () => {
  const server = new TestServer({
    hooks: {
      onPublish({ streamKey }) {
        if (streamKey === "known") return;
        if (streamKey === "denied") throw new Rejection("NetStream.Publish.Denied", "not you");
        throw new Error("database password is hunter2");
      },
    },
  });
  const denied = server.client();
  expect(denied.publish("denied")).toBe("NetStream.Publish.Denied");
  const broken = server.client();
  broken.publish("broken");
  await server.settle();
  expect(denied.statuses).toMatchObject([{ code: "NetStream.Publish.Denied", description: "not you", level: "error" }]);
  expect(broken.codes).toEqual(["NetStream.Failed"]);
  expect(JSON.stringify(broken.statuses)).not.toContain("hunter2");
  expect(server.client().publish("known")).toBe("NetStream.Publish.Start");
  expect(server.errors).toHaveLength(1);
});

test("while an async hook decides nothing is heard; what was sent behind it counts once it has accepted", async () => {
  let allow = (): void => undefined;
  const asked = new Promise<void>((resolve) => (allow = resolve));
  const server = new TestServer({ hooks: { onPublish: () => asked } });
  const viewer = server.client();
  viewer.play("s");
  const publisher = server.client();
  publisher.connect();
  const id = publisher.createStream();
  publisher.session.publish(id, "s"); // as cameras do: all in one go
  publisher.session.sendMedia(id, 9, 0, videoHeader);
  publisher.session.sendMedia(id, 9, 0, keyFrame(1));
  publisher.pump();
  expect(publisher.codes).toEqual([]);
  expect(viewer.media).toEqual([]);
  allow();
  await server.settle();
  expect(publisher.codes).toEqual(["NetStream.Publish.Start"]);
  expect(viewer.media).toHaveLength(2);
});

test("a hook that never answers counts as a refusal when its time is up", () => {
  let signal: AbortSignal | undefined;
  const server = new TestServer({
    timeouts: { hookMs: 4000 },
    hooks: {
      onPublish: (request) => {
        signal = request.signal;
        return new Promise<void>(() => undefined);
      },
    },
  });
  const publisher = server.client();
  publisher.publish("s");
  server.clock.advance(3999);
  expect(publisher.codes).toEqual([]);
  server.clock.advance(1);
  expect(publisher.codes).toEqual(["NetStream.Failed"]);
  expect(signal?.aborted).toBe(true);
});

test("a hook is told by its signal that the client has left, and its answer is too late to matter", async () => {
  let signal: AbortSignal | undefined;
  let allow = (): void => undefined;
  const asked = new Promise<void>((resolve) => (allow = resolve));
  const server = new TestServer({
    hooks: {
      onPublish: (request) => {
        signal = request.signal;
        return asked;
      },
    },
  });
  const publisher = server.client();
  publisher.publish("s");
  publisher.connection.destroy("gone");
  server.pump();
  expect(signal?.aborted).toBe(true);
  allow();
  await server.settle();
  expect(server.streamPaths).toHaveLength(0);
  expect(server.events.map(([name]) => name)).toEqual(["connect", "disconnect"]);
});

test("a connection refused by onConnect hears why and is closed", async () => {
  const server = new TestServer({
    hooks: {
      onConnect({ app }) {
        if (app !== "live") throw new Rejection("NetConnection.Connect.InvalidApp", "no such application");
      },
    },
  });
  const client = server.client();
  let code = "";
  client.session.connect({ app: "other", tcUrl: "" }, (reply) => (code = reply.status.code));
  client.pump();
  await server.settle();
  expect(code).toBe("NetConnection.Connect.InvalidApp");
  expect(client.closeReason).toBe("closed-by-peer");
  expect(server.client().connect("live")).toBe("NetConnection.Connect.Success");
});

test("onPlay decides who watches", async () => {
  const server = new TestServer({
    hooks: {
      onPlay({ query }) {
        if (query.get("token") !== "yes") throw new Rejection("NetStream.Play.Failed", "no token");
      },
    },
  });
  const publisher = startPublisher(server);
  const refused = server.client();
  refused.play("s");
  const accepted = server.client();
  accepted.play("s?token=yes");
  await server.settle();
  publisher.audio(0, sound(1));
  expect(refused.codes).toEqual(["NetStream.Play.Failed"]);
  expect(refused.media).toEqual([]);
  expect(accepted.media.length).toBeGreaterThan(0);
});

test("an event listener that throws is logged and stops neither the stream nor other listeners' events", () => {
  const server = new TestServer();
  server.emitter.on("publish", () => {
    throw new Error("listener");
  });
  const viewer = server.client();
  viewer.play("s");
  startPublisher(server);
  expect(viewer.media).toHaveLength(3);
  expect(server.errors).toMatchObject([{ message: "event listener failed", event: "publish" }]);
});

test("a player that closes its stream while a hook decides leaves no subscription behind", async () => {
  const server = new TestServer({ hooks: { onPlay: () => Promise.resolve() } });
  const publisher = startPublisher(server);
  const player = server.client();
  player.connect();
  const id = player.createStream();
  player.session.play(id, "s");
  player.session.deleteStream(id);
  player.pump();
  await server.settle();
  expect(server.events.slice(-2)).toEqual([
    ["play", "live/s"],
    ["stop", "live/s closed"],
  ]);
  expect(server.stream()?.subscribers).toBe(0);
  publisher.video(0, keyFrame(1));
  expect(server.errors).toEqual([]);
});

test("events come in the order of what they report, however much waited behind a hook", async () => {
  const server = new TestServer({ hooks: { onConnect: () => Promise.resolve() } });
  const publisher = server.client();
  publisher.session.connect({ app: "live", tcUrl: "" }, () => undefined);
  publisher.session.createStream(() => undefined);
  publisher.session.publish(1, "s");
  publisher.session.deleteStream(1);
  publisher.pump();
  await server.settle();
  expect(server.events.map(([name]) => name)).toEqual(["connect", "publish", "unpublish"]);
  expect(server.streamPaths).toHaveLength(0);
});

test("a hook that returns anything but nothing refuses: whoever returns false means no", async () => {
  const returned: unknown[] = [];
  const hooks = { onPublish: () => returned.shift() } as ServerHooks;
  const server = new TestServer({ hooks });
  for (const value of [false, true, Promise.resolve(false), null]) {
    returned.push(value);
    const publisher = server.client();
    publisher.publish("s");
    await server.settle();
    expect(publisher.codes).toEqual(["NetStream.Failed"]);
  }
  expect(server.errors).toHaveLength(4);
  returned.push(Promise.resolve());
  const publisher = server.client();
  publisher.publish("s");
  await server.settle();
  expect(publisher.codes).toEqual(["NetStream.Publish.Start"]);
});

test("a client that leaves while a hook decides is no failure of the hook", async () => {
  const server = new TestServer({
    hooks: {
      onPublish: ({ signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error))),
    },
  });
  const publisher = server.client();
  publisher.publish("s");
  publisher.connection.destroy("gone");
  server.pump();
  await server.settle();
  expect(server.errors).toEqual([]);
});

test("the stream that is replaced ends and its publisher is told; others of its connection go on", () => {
  const server = new TestServer({ timeouts: { replaceSilentPublisherMs: 1000 } });
  const first = startPublisher(server, "a");
  const b = first.createStream();
  first.publishOn(b, "b");
  server.clock.advance(1000);
  first.video(0, keyFrame(1), b);
  expect(server.client().publish("a")).toBe("NetStream.Publish.Start");
  expect(first.statuses.at(-1)).toMatchObject({ level: "error", code: "NetStream.Publish.BadName" });
  first.video(40, keyFrame(2), 1); // counts no more
  const viewer = server.client();
  viewer.play("b");
  first.video(40, interFrame(3), b);
  expect(viewer.media).toHaveLength(2);
  expect(first.closeReason).toBeUndefined();
});

test("an unusable name is reported as a refusal and the client is closed", () => {
  const server = new TestServer();
  const publisher = server.client();
  publisher.publish("../x?token=secret");
  const nowhere = server.client();
  nowhere.connect("");
  expect(server.events.filter(([name]) => name === "refuse")).toEqual([
    ["refuse", "publish ../x NetStream.Publish.BadName"],
    ["refuse", "connect  NetConnection.Connect.InvalidApp"],
  ]);
  expect(server.report.counters.publishesRefused).toBe(1);
  expect([publisher.closeReason, nowhere.closeReason]).toEqual(["closed-by-peer", "closed-by-peer"]);
});

test("at the end publishers go first: every viewer hears that its stream has ended, whoever came first", () => {
  const server = new TestServer();
  const early = server.client();
  early.play("s");
  startPublisher(server);
  const late = server.client();
  late.play("s");
  server.shutdown("over");
  server.pump();
  for (const viewer of [early, late]) {
    expect(viewer.codes.slice(-2)).toEqual(["NetStream.Play.UnpublishNotify", "NetConnection.Connect.AppShutdown"]);
    expect(viewer.userControl.at(-1)).toBe("stream-eof 1");
    expect(viewer.closeReason).toBe("closed-by-peer");
  }
});

test("an option that is undefined means its default", () => {
  const resolved = resolveOptions({ gopCache: { maxBytes: undefined }, timeouts: { hookMs: undefined } } as object);
  expect(resolved.gopCache.maxBytes).toBe(16 * 1024 * 1024);
  expect(resolved.timeouts.hookMs).toBe(10_000);
  expect(() => resolveOptions({ chunkSize: 4096.5 })).toThrow(/chunkSize/);
});
