import { describe, expect, test } from "vitest";
import { codeOf, connectedServer, ServerSide } from "./server-side.ts";
import { audio, command, connect, createStream, data, handshake, play, publish, video } from "./wire.ts";

describe("behind a pending decision", () => {
  test("media waits and is reported in order once the publisher is accepted", () => {
    const server = connectedServer({ decide: "later" });
    expect(
      server.send(publish(1, "camera"), data(1, "onMetaData", 1), video(1, 0, 0x17, 0), audio(1, 3, 0xaf)),
    ).toEqual([]);
    server.send(video(1, 40, 0x27));
    expect(server.takeEvents()).toEqual(["publish @1 live/camera live"]);
    server.decision.accept();
    expect(server.takeAnswers()).toEqual(["@1 onStatus 0 null status NetStream.Publish.Start"]);
    expect(server.takeEvents()).toEqual([
      "data @1 0 onMetaData 1",
      "media @1 9 0 1700",
      "media @1 8 3 af",
      "media @1 9 40 27",
    ]);
  });

  test("media waits and is ignored once the publisher is refused", () => {
    const server = connectedServer({ decide: "later" });
    server.send(publish(1, "camera"), video(1, 0, 0x17, 0));
    server.takeEvents();
    server.decision.reject("NetStream.Publish.Denied", "no");
    expect(server.takeEvents()).toEqual([]);
    expect(server.session.ignoredMessages).toBe(1);
  });

  test("commands wait, and each decision they ask for waits in its turn", () => {
    const server = new ServerSide({ decide: "later" });
    server.send(handshake, connect, createStream, publish(1, "a"), createStream, play(2, "b"), video(1, 0, 1));
    expect(server.takeEvents()).toEqual(["handshake simple", "connect live"]);
    server.decision.accept();
    expect(server.takeAnswers().slice(-1)).toEqual(["@0 _result 2 null 1"]);
    expect(server.takeEvents()).toEqual(["publish @1 live/a live"]);
    server.decision.accept();
    expect(server.takeAnswers()).toEqual(["@1 onStatus 0 null status NetStream.Publish.Start", "@0 _result 2 null 2"]);
    expect(server.takeEvents()).toEqual(["play @2 live/b -2"]);
    server.decision.accept();
    expect(server.takeAnswers().length).toBe(5);
    expect(server.takeEvents()).toEqual(["media @1 9 0 01"]);
  });

  test("a thousand waiting publishes that are accepted at once come out in order", () => {
    const server = connectedServer({
      decide: "later",
      limits: { maxCommandsPerSecond: 3000, maxStreamRequestsPerSecond: 3000, maxStreams: 2000 },
    });
    server.send(...Array.from({ length: 1000 }, (_, i) => publish(i + 1, `s${i}`)));
    server.takeEvents();
    server.decide = "accept";
    server.decision.accept();
    const expected = Array.from({ length: 999 }, (_, i) => `publish @${i + 2} live/s${i + 1} live`);
    expect(server.takeEvents()).toEqual(expected);
    expect(server.takeAnswers().length).toBe(1000);
    expect(server.session.nextDeadline).toBeDefined();
  });

  test("the host is asked to stop reading above 64 KiB, not before, and until the answer", () => {
    const server = connectedServer({ decide: "later" });
    const payload = new Array<number>(30_000).fill(1);
    server.send(publish(1, "camera"), video(1, 0, ...payload), video(1, 40, ...payload));
    expect(server.session.paused).toBe(false);
    server.send(video(1, 80, ...payload));
    expect(server.session.paused).toBe(true);
    server.decision.accept();
    expect(server.session.paused).toBe(false);
    expect(server.takeEvents().length).toBe(4);
  });

  test("pings are answered and acknowledgements taken at once", () => {
    const server = connectedServer({ decide: "later" });
    const ping = Uint8Array.of(2, 0, 0, 0, 0, 0, 6, 4, 0, 0, 0, 0, 0, 6, 0, 0, 0, 9);
    expect(server.send(publish(1, "camera"), ping)).toEqual(["ping-response 9"]);
  });

  test("more than is kept ends the session, and the decision leads to nothing then", () => {
    const server = connectedServer({ decide: "later", limits: { maxPendingBytes: 300 } });
    server.send(publish(1, "camera"), video(1, 0, ...new Array<number>(100).fill(1)));
    const error = codeOf(() => server.send(video(1, 0, ...new Array<number>(100).fill(2))));
    expect(error).toBe("SESSION_TOO_MUCH_PENDING");
    server.takeEvents();
    server.decision.accept();
    expect(server.takeAnswers()).toEqual([]);
    expect(server.takeEvents()).toEqual([]);
  });

  test("many empty messages cost something too", () => {
    const server = connectedServer({ decide: "later", limits: { maxPendingBytes: 640 } });
    server.send(publish(1, "camera"), ...Array.from({ length: 10 }, () => audio(1, 0)));
    expect(codeOf(() => server.send(audio(1, 0)))).toBe("SESSION_TOO_MUCH_PENDING");
  });

  test("room is given back once what waited has been taken", () => {
    const server = connectedServer({ decide: "later", limits: { maxPendingBytes: 640 } });
    for (let round = 1; round <= 5; round++) {
      server.send(publish(round, `s${round}`), ...Array.from({ length: 9 }, () => audio(round, 0, 1, 2, 3)));
      server.decision.accept();
    }
    expect(server.takeEvents().length).toBe(50);
  });

  test("a fault that waited is thrown by the answer, and again by every later push and tick", () => {
    const server = connectedServer({ decide: "later" });
    server.send(publish(1, "camera"), connect);
    expect(codeOf(() => server.decision.accept())).toBe("SESSION_CONNECT_TWICE");
    expect(server.takeAnswers()).toEqual(["@1 onStatus 0 null status NetStream.Publish.Start"]);
    expect(codeOf(() => server.send(video(1, 0, 1)))).toBe("SESSION_CONNECT_TWICE");
    expect(codeOf(() => server.session.tick())).toBe("SESSION_CONNECT_TWICE");
    expect(server.takeEvents()).toEqual(["publish @1 live/camera live"]);
  });
});

describe("a decision", () => {
  test("settled twice counts once, whatever the second answer is", () => {
    const server = connectedServer({ decide: "later" });
    server.send(publish(1, "camera"));
    const { decision } = server;
    decision.accept();
    decision.accept();
    decision.reject("NetStream.Publish.Denied", "no");
    expect(server.takeAnswers()).toEqual(["@1 onStatus 0 null status NetStream.Publish.Start"]);
    server.takeEvents();
    server.send(video(1, 0, 1));
    expect(server.takeEvents()).toEqual(["media @1 9 0 01"]);
  });

  test("settled twice does not settle the one after it", () => {
    const server = connectedServer({ decide: "later" });
    server.send(publish(1, "a"), publish(2, "b"));
    const { decision } = server;
    decision.accept();
    server.takeAnswers();
    decision.accept();
    expect(server.takeAnswers()).toEqual([]);
    expect(server.session.nextDeadline).toBeUndefined();
  });

  test("may take an hour: no deadline passes while it is pending, and all time begins anew behind it", () => {
    const server = new ServerSide({ decide: "later" });
    server.send(handshake, connect);
    expect(server.session.nextDeadline).toBeUndefined();
    server.now += 3_600_000;
    server.session.tick();
    server.decision.accept();
    server.takeAnswers();
    server.send(publish(1, "camera"));
    expect(server.session.nextDeadline).toBeUndefined();
    server.now += 3_600_000;
    server.session.tick();
    server.decision.accept();
    expect(server.takeAnswers()).toEqual(["@1 onStatus 0 null status NetStream.Publish.Start"]);
    expect(server.session.nextDeadline).toBe(server.now + 20_000);
    server.session.tick();
    expect(server.takeAnswers()).toEqual([]);
  });

  test("of a play is answered before the media: the answers are there when accept returns", () => {
    const server = connectedServer({ decide: "later" });
    server.send(play(1, "camera"));
    server.decision.accept();
    expect(server.takeAnswers().at(-1)).toBe("@1 |RtmpSampleAccess true true");
  });

  test("is not asked for a name nobody should have", () => {
    const server = connectedServer({ decide: "later" });
    server.send(publish(1, "../x"), play(1, ".."), command(1, "publish", 0, null));
    expect(server.decisions).toEqual([]);
    expect(server.session.nextDeadline).toBeDefined();
  });
});
