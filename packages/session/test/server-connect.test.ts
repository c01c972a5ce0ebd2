import { concat, hex, toHex, u8 } from "@rtmp/testkit";
import { describe, expect, test } from "vitest";
import { CapsEx, ServerSession } from "../src/index.ts";
import type { ConnectRequest } from "../src/index.ts";
import { codeOf, connectedServer, noChance, ServerSide } from "./server-side.ts";
import { amf, command, commandAmf3, connect, createStream, handshake, message, publish, video } from "./wire.ts";
import type { Written } from "./wire.ts";

const success = "status NetConnection.Connect.Success";
const plainAnswer = `@0 _result 1 {"fmsVer":"FMS/4,5,0,297","capabilities":255,"mode":1} ${success} {"objectEncoding":0}`;

function connectWith(commandObject: Written, transactionId = 1): Uint8Array {
  return command(0, "connect", transactionId, commandObject);
}

function requestOf(server: ServerSide): ConnectRequest {
  const event = server.seen.find((one) => one.type === "connect");
  if (event?.type !== "connect") throw new Error("no connect was seen");
  return event.request;
}

describe("connect", () => {
  test("is answered by window, bandwidth, chunk size, StreamBegin 0 and _result, in this order and in one piece", () => {
    const server = new ServerSide();
    expect(server.send(handshake, connect)).toEqual([
      "window-acknowledgement-size 5000000",
      "set-peer-bandwidth 5000000 dynamic",
      "set-chunk-size 60000",
      "stream-begin 0",
      plainAnswer,
    ]);
    expect(server.takeEvents()).toEqual(["handshake simple", "connect live"]);
    expect(server.session.takeOutput()).toBeUndefined();
  });

  test("has this answer, byte for byte", () => {
    const session = new ServerSession({
      now: () => 0,
      onEvent: (event) => "decision" in event && event.decision.accept(),
      random: noChance,
    });
    session.push(handshake);
    expect(session.takeOutput()?.length).toBe(3073);
    session.push(connect);
    const result = amf(
      "_result",
      1,
      { fmsVer: "FMS/4,5,0,297", capabilities: 255, mode: 1 },
      {
        level: "status",
        code: "NetConnection.Connect.Success",
        description: "Connection succeeded.",
        objectEncoding: 0,
      },
    );
    const expected = concat(
      hex("02 000000 000004 05 00000000 004c4b40"),
      hex("42 000000 000005 06 004c4b40 02"),
      hex("42 000000 000004 01 0000ea60"),
      hex("42 000000 000006 04 0000 00000000"),
      message(20, result, { chunkSize: 60_000 }),
    );
    expect(toHex(session.takeOutput() ?? u8())).toBe(toHex(expected));
  });

  test("that comes in one segment with the end of the handshake is heard", () => {
    const server = new ServerSide();
    server.send(handshake.subarray(0, 3000));
    expect(server.send(handshake.subarray(3000), connect)).toContain(plainAnswer);
  });

  test("may be followed by createStream before its answer has been read", () => {
    const answers = new ServerSide().send(handshake, connect, createStream);
    expect(answers.slice(-2)).toEqual([plainAnswer, "@0 _result 2 null 1"]);
  });

  test("with transaction 0 is answered all the same, with 0", () => {
    const commandObject = { app: "live", tcUrl: "rtmp://h/live" };
    expect(new ServerSide().send(handshake, connectWith(commandObject, 0)).at(-1)).toMatch(/^@0 _result 0 /);
    const refusing = new ServerSide({ decide: "later" });
    refusing.send(handshake, connectWith(commandObject, 0));
    refusing.decision.reject("NetConnection.Connect.Rejected", "no");
    expect(refusing.takeAnswers()).toEqual(["@0 _error 0 null error NetConnection.Connect.Rejected"]);
  });

  test("without tcUrl is taken", () => {
    const server = new ServerSide();
    expect(server.send(handshake, connectWith({ app: "live" })).at(-1)).toBe(plainAnswer);
    expect(requestOf(server)).toMatchObject({ app: "live", tcUrl: "", flashVer: "" });
  });

  test.each<[string, Written]>([
    ["null", null],
    ["missing", u8()],
    ["a number", 5],
    ["an array", ["live"]],
    ["an object without app", { tcUrl: "rtmp://h/live" }],
    ["an object with an app that is no text", { app: 7 }],
    ["an object with an empty app", { app: "" }],
    ["an object with slashes for an app", { app: "//" }],
    ["an object with nothing but a query for an app", { app: "/?a=1\nb" }],
  ])("whose command object is %s is refused as InvalidApp without asking the host", (_, commandObject) => {
    const server = new ServerSide();
    expect(server.send(handshake, connectWith(commandObject))).toEqual([
      "@0 _error 1 null error NetConnection.Connect.InvalidApp",
    ]);
    expect(server.takeEvents()).toEqual(["handshake simple", "refused connect NetConnection.Connect.InvalidApp"]);
  });

  test("as AMF3 with objectEncoding 3 is answered with objectEncoding 3, in AMF0", () => {
    const server = new ServerSide();
    const answers = server.send(handshake, commandAmf3(0, "connect", 1, { app: "live", objectEncoding: 3 }));
    expect(answers.at(-1)).toContain(`${success} {"objectEncoding":3}`);
  });

  test("with a typed object is read like any other", () => {
    const typed = concat(u8(16), amf("C").subarray(1), amf({ app: "live" }).subarray(1));
    const server = new ServerSide();
    server.send(handshake, connectWith(typed));
    expect(server.takeEvents()).toContain("connect live");
  });

  test("hands everything the client said to the host", () => {
    const server = new ServerSide();
    server.send(handshake, connectWith({ app: "live/x?a=1", tcUrl: "rtmp://h/live", flashVer: "F", pageUrl: "p" }));
    expect(requestOf(server)).toEqual({
      app: "live/x?a=1",
      tcUrl: "rtmp://h/live",
      flashVer: "F",
      objectEncoding: 0,
      commandObject: { app: "live/x?a=1", tcUrl: "rtmp://h/live", flashVer: "F", pageUrl: "p" },
      capabilities: undefined,
    });
  });

  test("announces the sizes of the options", () => {
    const server = new ServerSide({ chunkSize: 4096, windowAcknowledgementSize: 10_000 });
    expect(server.send(handshake, connect).slice(0, 3)).toEqual([
      "window-acknowledgement-size 10000",
      "set-peer-bandwidth 10000 dynamic",
      "set-chunk-size 4096",
    ]);
  });
});

describe("a refused connect", () => {
  function refusedServer(): ServerSide {
    const server = new ServerSide({ decide: "later" });
    server.send(handshake, connect, createStream);
    server.decision.reject("NetConnection.Connect.Rejected", "not you");
    return server;
  }

  test("is answered with _error, and what came behind it with nothing", () => {
    const server = refusedServer();
    expect(server.takeAnswers()).toEqual(["@0 _error 1 null error NetConnection.Connect.Rejected"]);
    expect(server.session.ignoredMessages).toBe(1);
  });

  test("leaves a client that nobody hears, whatever it says", () => {
    const server = refusedServer();
    server.takeAnswers();
    server.takeEvents();
    expect(server.send(connect, createStream, publish(1, "camera"), video(1, 0, 0x17, 1))).toEqual([]);
    expect(server.takeEvents()).toEqual([]);
    expect(server.session.ignoredMessages).toBe(5);
  });

  test("leaves the client as much time to go as it had to connect", () => {
    const server = new ServerSide({ decide: "later" });
    server.send(handshake, connect);
    server.now += 30_000;
    server.decision.reject("NetConnection.Connect.Rejected", "not you");
    expect(server.session.nextDeadline).toBe(41_000);
    server.now = 40_999;
    server.session.tick();
    server.now = 41_000;
    expect(codeOf(() => server.session.tick())).toBe("SESSION_CONNECT_REJECTED");
  });

  test("gets no shutdown notice and no reconnect request", () => {
    const server = refusedServer();
    server.takeAnswers();
    server.session.notifyShutdown("over");
    expect(server.session.requestReconnect()).toBe(false);
    expect(server.takeAnswers()).toEqual([]);
  });
});

describe("Enhanced RTMP", () => {
  const answered = { capsEx: 15, videoFourCcInfoMap: { "*": 4 }, audioFourCcInfoMap: { "*": 4 } };

  test.each<[string, Record<string, Written>]>([
    ["fourCcList", { fourCcList: ["av01", "hvc1"] }],
    ["videoFourCcInfoMap", { videoFourCcInfoMap: { hvc1: 1 } }],
    ["audioFourCcInfoMap", { audioFourCcInfoMap: { Opus: 1 } }],
    ["capsEx", { capsEx: 2 }],
  ])("is answered to a client that names %s, in both objects of the answer", (_, fields) => {
    const session = new ServerSide();
    const answer = session.send(handshake, connectWith({ app: "live", ...fields })).at(-1) ?? "";
    const text = JSON.stringify(answered).slice(1, -1);
    expect(answer).toContain(`"mode":1,${text}} status`);
    expect(answer).toContain(`{"objectEncoding":0,${text}}`);
  });

  test("is not answered to a client that does not speak it, though it names videoFunction as Flash did", () => {
    const server = new ServerSide();
    expect(server.send(handshake, connectWith({ app: "live", videoFunction: 1 })).at(-1)).toBe(plainAnswer);
    expect(server.session.capabilities).toBeUndefined();
  });

  test("capabilities are read, and what has the wrong type is left out", () => {
    const server = new ServerSide();
    const fields = {
      fourCcList: ["*", 5],
      videoFourCcInfoMap: { hvc1: 1, av01: "x" },
      audioFourCcInfoMap: "Opus",
      capsEx: 6,
      videoFunction: 2,
    };
    server.send(handshake, connectWith({ app: "live", ...fields }));
    expect(server.session.capabilities).toEqual({
      fourCcList: ["*"],
      videoFourCcInfoMap: new Map([["hvc1", 1]]),
      audioFourCcInfoMap: new Map(),
      capsEx: 6,
      videoFunction: 2,
    });
    const strange = new ServerSide();
    strange.send(handshake, connectWith({ app: "live", fourCcList: "av01", capsEx: "1", videoFunction: true }));
    expect(strange.session.capabilities).toMatchObject({ fourCcList: [], capsEx: 0, videoFunction: 0 });
  });

  test("a client is asked to reconnect only if it has set the bit", () => {
    for (const capsEx of [undefined, 0, CapsEx.Multitrack | CapsEx.ModEx]) {
      const deaf = new ServerSide();
      deaf.send(
        handshake,
        connectWith({ app: "live", fourCcList: ["*"], ...(capsEx === undefined ? {} : { capsEx }) }),
      );
      expect(deaf.session.requestReconnect({ tcUrl: "rtmp://b/live" })).toBe(false);
      expect(deaf.takeAnswers()).toEqual([]);
    }
    const server = new ServerSide();
    server.send(handshake, connectWith({ app: "live", capsEx: CapsEx.Reconnect }));
    expect(server.session.requestReconnect({ tcUrl: "rtmp://b/live", description: "moving" })).toBe(true);
    expect(server.session.requestReconnect()).toBe(true);
    expect(server.takeAnswers()).toEqual([
      '@0 onStatus 0 null status NetConnection.Connect.ReconnectRequest {"tcUrl":"rtmp://b/live"}',
      "@0 onStatus 0 null status NetConnection.Connect.ReconnectRequest",
    ]);
  });

  test("a client is not asked to reconnect before its connect is accepted", () => {
    const server = new ServerSide({ decide: "later" });
    server.send(handshake, connectWith({ app: "live", capsEx: CapsEx.Reconnect }));
    expect(server.session.requestReconnect()).toBe(false);
    expect(server.takeAnswers()).toEqual([]);
  });
});

test("a shutdown is told to the connection, not to a stream", () => {
  const server = connectedServer();
  server.session.notifyShutdown("over");
  expect(server.takeAnswers()).toEqual(["@0 onStatus 0 null error NetConnection.Connect.AppShutdown"]);
});

test.each([
  ["chunkSize", { chunkSize: 0 }],
  ["chunkSize", { chunkSize: 0x8000_0000 }],
  ["windowAcknowledgementSize", { windowAcknowledgementSize: 1.5 }],
  ["playerWindowAcknowledgementSize", { playerWindowAcknowledgementSize: 2 ** 32 }],
  ["idleMs", { timeouts: { idleMs: -1 } }],
  ["maxStreams", { limits: { maxStreams: NaN } }],
  ["maxMessageSize", { limits: { maxMessageSize: 0 } }],
])("an option out of its range is a RangeError that names %s", (name, options) => {
  const make = (): ServerSide => new ServerSide(options);
  expect(make).toThrow(RangeError);
  expect(make).toThrow(name);
});
