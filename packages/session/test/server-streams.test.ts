import { describe, expect, test } from "vitest";
import { codeOf, connectedServer, playingServer, publishingServer, ServerSide } from "./server-side.ts";
import { command, connect, createStream, handshake, play, publish, video } from "./wire.ts";
import type { Written } from "./wire.ts";

const unpublished = "@1 onStatus 0 null status NetStream.Unpublish.Success";
const published = "@1 onStatus 0 null status NetStream.Publish.Start";
const playAnswers = [
  "window-acknowledgement-size 500000",
  "stream-begin 1",
  "@1 onStatus 0 null status NetStream.Play.Reset",
  "@1 onStatus 0 null status NetStream.Play.Start",
  "@1 |RtmpSampleAccess true true",
];

describe("createStream", () => {
  test("gives 1, 2, 3, and a deleted id again", () => {
    const server = connectedServer();
    expect(server.send(createStream, createStream, createStream)).toEqual([
      "@0 _result 2 null 1",
      "@0 _result 2 null 2",
      "@0 _result 2 null 3",
    ]);
    expect(server.send(command(0, "deleteStream", 0, null, 2), createStream)).toEqual(["@0 _result 2 null 2"]);
  });

  test("with transaction 0 is answered all the same", () => {
    expect(connectedServer().send(command(0, "createStream", 0, null))).toEqual(["@0 _result 0 null 1"]);
  });
});

describe("publish", () => {
  test("is answered with Publish.Start on its stream, and with no _result", () => {
    const server = connectedServer();
    expect(server.send(createStream, publish(1, "camera"))).toEqual(["@0 _result 2 null 1", published]);
    expect(server.takeEvents()).toEqual(["publish @1 live/camera live"]);
  });

  test("in the order of ffmpeg and OBS is answered at every step", () => {
    const server = connectedServer();
    const steps = [
      command(0, "releaseStream", 2, null, "camera"),
      command(0, "FCPublish", 3, null, "camera"),
      command(0, "createStream", 4, null),
      publish(1, "camera"),
    ];
    expect(server.send(...steps)).toEqual([
      "@0 _result 2 null undefined",
      "@0 onFCPublish 0 null status NetStream.Publish.Start",
      "@0 _result 3 null undefined",
      "@0 _result 4 null 1",
      published,
    ]);
    expect(server.takeEvents()).toEqual(["publish @1 live/camera live"]);
  });

  test("on stream 1 that nobody created is taken: some cameras do not ask", () => {
    const server = connectedServer();
    expect(server.send(publish(1, "camera"), createStream)).toEqual([published, "@0 _result 2 null 2"]);
  });

  test("says record or append to the host, and live where the client says nothing", () => {
    const server = connectedServer();
    server.send(publish(1, "a", "record"), publish(2, "b", "append"), command(3, "publish", 0, null, "c"));
    expect(server.takeEvents()).toEqual([
      "publish @1 live/a record",
      "publish @2 live/b append",
      "publish @3 live/c live",
    ]);
  });

  test.each<[string, Written]>([
    ["null", null],
    ["a number", 5],
    ["..", ".."],
    ["../../etc/passwd", "../../etc/passwd"],
    ["a/../b", "a/../b"],
    ["a\\b", "a\\b"],
    ["with a line feed", "a\nb"],
    ["with a NUL", "a\0b"],
    ["with a C1 control", "a\u0085b"],
    ["of 1020 characters, 1025 with the application", "x".repeat(1020)],
    ["of 60 000 characters", "x".repeat(60_000)],
  ])("with a name that is %s is BadName, and the host is not asked", (_, name) => {
    const server = connectedServer();
    expect(server.send(publish(1, name))).toEqual(["@1 onStatus 0 null error NetStream.Publish.BadName"]);
    expect(server.takeEvents()).toEqual(["refused publish NetStream.Publish.BadName"]);
    expect(server.send(publish(1, "camera"))).toEqual([published]);
  });

  test("without a name is BadName", () => {
    const server = connectedServer();
    expect(server.send(command(1, "publish", 5, null), command(1, "publish"))).toEqual([
      "@1 onStatus 0 null error NetStream.Publish.BadName",
      "@1 onStatus 0 null error NetStream.Publish.BadName",
    ]);
  });

  test.each<[string, string]>([
    ["empty, as of rtmp://host/app", ""],
    ["a slash", "/"],
    ["nothing but a query", "?token=1"],
  ])("with a name that is %s is of the application itself", (_, name) => {
    const server = connectedServer();
    expect(server.send(publish(1, name))).toEqual([published]);
    expect(server.takeEvents()).toEqual(["publish @1 live live"]);
    const player = connectedServer();
    player.send(play(1, name));
    expect(player.takeEvents()).toEqual(["play @1 live -2"]);
  });

  test("with an empty name ends with FCUnpublish of the empty name, and not with one of no name", () => {
    const server = connectedServer();
    server.send(publish(1, ""));
    server.takeEvents();
    server.send(command(0, "FCUnpublish", 0, null), command(0, "FCUnpublish", 0, null, "other"));
    expect(server.takeEvents()).toEqual([]);
    server.send(command(0, "FCUnpublish", 0, null, ""));
    expect(server.takeEvents()).toEqual(["unpublish @1 FCUnpublish"]);
  });

  test("on a stream in use is BadConnection and changes nothing", () => {
    const refusal = "@1 onStatus 0 null error NetStream.Publish.BadConnection";
    const server = publishingServer();
    expect(server.send(publish(1, "other"), video(1, 5, 1))).toEqual([refusal]);
    const refused = "refused publish NetStream.Publish.BadConnection";
    expect(server.takeEvents()).toEqual([refused, "media @1 9 5 01"]);
    const player = playingServer();
    expect(player.send(publish(1, "other"))).toEqual([refusal]);
    expect(player.takeEvents()).toEqual([refused]);
  });

  test("refused by the host is told with the host's code, and may be tried again", () => {
    const server = connectedServer({ decide: "later" });
    server.send(publish(1, "camera"));
    server.decision.reject("NetStream.Publish.BadName", "taken");
    expect(server.takeAnswers()).toEqual(["@1 onStatus 0 null error NetStream.Publish.BadName"]);
    server.send(publish(1, "camera"));
    server.decision.accept();
    expect(server.takeAnswers()).toEqual([published]);
  });

  test("finds its query behind the application, the name or in tcUrl", () => {
    const server = new ServerSide();
    const commandObject = { app: "live/room?b=2", tcUrl: "rtmp://h/live?a=1" };
    server.send(handshake, command(0, "connect", 1, commandObject), publish(1, "camera?c=3?d=4"));
    const event = server.seen.at(-1);
    expect(event).toMatchObject({
      type: "publish",
      address: { app: "live", instance: "room", streamKey: "room/camera", streamPath: "live/room/camera" },
    });
    expect(event?.type === "publish" && [...event.address.query]).toEqual([
      ["a", "1"],
      ["b", "2"],
      ["c", "3"],
      ["d", "4"],
    ]);
  });
});

describe("a publication ends", () => {
  test.each([
    ["deleteStream that names it", command(0, "deleteStream", 7, null, 1), [unpublished], "deleteStream"],
    ["deleteStream that comes on it", command(1, "deleteStream", 7, null), [unpublished], "deleteStream"],
    ["closeStream", command(1, "closeStream", 7, null), [unpublished], "closeStream"],
    [
      "FCUnpublish",
      command(0, "FCUnpublish", 7, null, "camera"),
      [unpublished, "@0 onFCUnpublish 0 null status NetStream.Unpublish.Success", "@0 _result 7 null undefined"],
      "FCUnpublish",
    ],
  ])("with %s", (_, bytes, answers, reason) => {
    const server = publishingServer();
    expect(server.send(bytes)).toEqual(answers);
    expect(server.takeEvents()).toEqual([`unpublish @1 ${reason}`]);
  });

  test("once, though ffmpeg says FCUnpublish and then deleteStream", () => {
    const server = publishingServer();
    server.send(command(0, "FCUnpublish", 7, null, "camera"), command(0, "deleteStream", 8, null, 1));
    expect(server.takeEvents()).toEqual(["unpublish @1 FCUnpublish"]);
  });

  test("and begins again on the same stream after closeStream", () => {
    const server = publishingServer();
    server.send(command(1, "closeStream", 0, null));
    expect(server.send(publish(1, "second"))).toEqual([published]);
    expect(server.takeEvents()).toEqual(["unpublish @1 closeStream", "publish @1 live/second live"]);
  });

  test("not with what names something else", () => {
    const server = publishingServer();
    server.send(
      command(0, "FCUnpublish", 7, null, "other"),
      command(0, "FCUnpublish", 7, null),
      command(0, "deleteStream", 7, null, 2),
      command(0, "deleteStream", 7, null, -1),
      command(0, "deleteStream", 7, null, NaN),
      command(0, "deleteStream", 7, null, "1"),
      command(2, "closeStream", 7, null),
    );
    expect(server.takeEvents()).toEqual([]);
  });
});

describe("play", () => {
  test("is answered with StreamBegin, Reset, Start and |RtmpSampleAccess, behind the window for players", () => {
    const server = connectedServer();
    expect(server.send(createStream, play(1, "camera", -1))).toEqual(["@0 _result 2 null 1", ...playAnswers]);
    expect(server.takeEvents()).toEqual(["play @1 live/camera -1"]);
  });

  test("in the order of ffplay is answered at every step", () => {
    const server = connectedServer();
    const steps = [
      command(0, "createStream", 2, null),
      command(0, "getStreamLength", 3, null, "camera"),
      play(1, "camera", -2000),
      command(0, "_checkbw", 5, null),
    ];
    expect(server.send(...steps)).toEqual([
      "@0 _result 2 null 1",
      "@0 _result 3 null 0",
      ...playAnswers,
      "@0 _result 5 null undefined",
    ]);
  });

  test("with FCSubscribe before it, as for live streams of Flash servers, is answered", () => {
    expect(connectedServer().send(command(0, "FCSubscribe", 3, null, "camera"))).toEqual([
      "@0 onFCSubscribe 0 null status NetStream.Play.Start",
      "@0 _result 3 null undefined",
    ]);
  });

  test("on a playing stream ends what played and begins what is asked", () => {
    const server = playingServer();
    expect(server.send(play(1, "other"))).toEqual(playAnswers);
    expect(server.takeEvents()).toEqual(["stop @1 play", "play @1 live/other -2"]);
  });

  test("on a publishing stream is refused and changes nothing", () => {
    const server = publishingServer();
    expect(server.send(play(1, "camera"), video(1, 5, 1))).toEqual(["@1 onStatus 0 null error NetStream.Play.Failed"]);
    expect(server.takeEvents()).toEqual(["refused play NetStream.Play.Failed", "media @1 9 5 01"]);
  });

  test("of a name nobody should have is StreamNotFound", () => {
    expect(connectedServer().send(play(1, "../x"))).toEqual(["@1 onStatus 0 null error NetStream.Play.StreamNotFound"]);
  });

  test("refused by the host leaves a stream that hears no notices", () => {
    const server = connectedServer({ decide: "later" });
    server.send(play(1, "camera"));
    server.decision.reject("NetStream.Play.Failed", "no");
    expect(server.takeAnswers()).toEqual(["@1 onStatus 0 null error NetStream.Play.Failed"]);
    server.session.notifyUnpublish(1);
    server.session.notifyPublish(1);
    expect(server.takeAnswers()).toEqual([]);
  });

  test.each([
    ["closeStream", command(1, "closeStream", 0, null), ["@1 onStatus 0 null status NetStream.Play.Stop"]],
    ["deleteStream", command(0, "deleteStream", 0, null, 1), []],
  ])("ends with %s", (reason, bytes, answers) => {
    const server = playingServer();
    expect(server.send(bytes)).toEqual(answers);
    expect(server.takeEvents()).toEqual([`stop @1 ${reason}`]);
  });

  test("is told when the publisher leaves, UnpublishNotify then StreamEOF, and comes back, StreamBegin then PublishNotify", () => {
    const server = playingServer();
    server.session.notifyUnpublish(1);
    server.session.notifyPublish(1);
    expect(server.takeAnswers()).toEqual([
      "@1 onStatus 0 null status NetStream.Play.UnpublishNotify",
      "stream-eof 1",
      "stream-begin 1",
      "@1 onStatus 0 null status NetStream.Play.PublishNotify",
    ]);
  });

  test("alone hears notices: a publisher and a stream nobody opened do not", () => {
    const server = publishingServer();
    for (const id of [0, 1, 2]) {
      server.session.notifyUnpublish(id);
      server.session.notifyPublish(id);
    }
    expect(server.takeAnswers()).toEqual([]);
  });
});

describe("a player", () => {
  test("pauses and goes on", () => {
    const server = playingServer();
    expect(server.send(command(1, "pause", 0, null, true, 0), command(1, "pause", 0, null, false, 0))).toEqual([
      "@1 onStatus 0 null status NetStream.Pause.Notify",
      "@1 onStatus 0 null status NetStream.Unpause.Notify",
    ]);
    expect(server.takeEvents()).toEqual(["pause @1 true", "pause @1 false"]);
  });

  test("refuses sound or picture without an answer, and is answered when it wants them again", () => {
    const server = playingServer();
    expect(server.send(command(1, "receiveAudio", 0, null, false), command(1, "receiveVideo", 0, null, false))).toEqual(
      [],
    );
    expect(server.send(command(1, "receiveVideo", 0, null, true))).toEqual([
      "@1 onStatus 0 null status NetStream.Seek.Notify",
      "@1 onStatus 0 null status NetStream.Play.Start",
    ]);
    expect(server.takeEvents()).toEqual(["receive-audio @1 false", "receive-video @1 false", "receive-video @1 true"]);
  });

  test("cannot seek", () => {
    expect(playingServer().send(command(1, "seek", 0, null, 1000))).toEqual([
      "@1 onStatus 0 null error NetStream.Seek.Failed",
    ]);
  });

  test("alone can pause: where nothing plays the commands do nothing", () => {
    const server = publishingServer();
    const commands = [command(1, "pause", 0, null, true), command(1, "receiveAudio", 0, null, true)];
    expect(server.send(...commands, command(9, "receiveVideo", 0, null, true))).toEqual([]);
    expect(server.takeEvents()).toEqual([]);
  });
});

describe("several streams on one connection", () => {
  test("publish and play side by side, and end one by one", () => {
    const server = connectedServer();
    server.send(createStream, createStream, createStream, publish(1, "a"), publish(2, "b"), play(3, "a"));
    server.takeEvents();
    server.send(video(1, 10, 1), video(2, 10, 2), video(3, 10, 3), command(0, "deleteStream", 0, null, 1));
    server.send(video(1, 20, 4), video(2, 20, 5), command(3, "closeStream", 0, null));
    expect(server.takeEvents()).toEqual([
      "media @1 9 10 01",
      "media @2 9 10 02",
      "unpublish @1 deleteStream",
      "media @2 9 20 05",
      "stop @3 closeStream",
    ]);
    expect(server.session.ignoredMessages).toBe(2);
  });

  test("FCUnpublish ends the one it names", () => {
    const server = connectedServer();
    server.send(publish(1, "a"), publish(2, "b"), command(0, "FCUnpublish", 0, null, "/b?x=1"));
    expect(server.takeEvents().slice(2)).toEqual(["unpublish @2 FCUnpublish"]);
  });

  test("as many as the limit, and one more ends the session, however it was opened", () => {
    const server = connectedServer({ limits: { maxStreams: 3 } });
    server.send(createStream, createStream, publish(7, "camera"));
    expect(codeOf(() => server.send(createStream))).toBe("SESSION_TOO_MANY_STREAMS");
    const other = connectedServer({ limits: { maxStreams: 1 } });
    other.send(publish(7, "camera"));
    expect(codeOf(() => other.send(play(8, "camera")))).toBe("SESSION_TOO_MANY_STREAMS");
  });

  test("are not worn out by opening and deleting", () => {
    const server = connectedServer({ limits: { maxStreams: 1 } });
    for (let round = 0; round < 100; round++) {
      const answers = server.send(createStream, command(0, "deleteStream", 0, null, 1));
      expect(answers).toEqual(["@0 _result 2 null 1"]);
    }
  });
});

test("publish is answered the same whether or not connect came in the same piece", () => {
  const server = new ServerSide();
  expect(server.send(handshake, connect, createStream, publish(1, "camera")).slice(-1)).toEqual([published]);
});

test("a publication that the server ends is answered BadName, reports nothing, and its media counts no more", () => {
  const server = publishingServer();
  server.session.endPublication(1, "Replaced.");
  expect(server.takeAnswers()).toEqual(["@1 onStatus 0 null error NetStream.Publish.BadName"]);
  server.session.endPublication(1, "Replaced.");
  server.session.endPublication(7, "Replaced.");
  server.send(video(1, 5, 1));
  expect(server.takeAnswers()).toEqual([]);
  expect(server.takeEvents()).toEqual([]);
  expect(server.session.ignoredMessages).toBe(1);
});
