import { concat, hex, u24, u8 } from "@rtmp/testkit";
import { describe, expect, test } from "vitest";
import { codeOf, connectedServer, playingServer, publishingServer, ServerSide } from "./server-side.ts";
import {
  amf,
  audio,
  command,
  connect,
  createStream,
  data,
  handshake,
  message,
  play,
  publish,
  setChunkSize,
  video,
} from "./wire.ts";

const media = [video(1, 0, 0x17, 1), audio(0, 0, 0xaf, 1), data(1, "onMetaData", { width: 1 })];

describe("media is ignored", () => {
  test.each<[string, () => ServerSide]>([
    ["before connect", () => withHandshake()],
    ["before publish", () => connectedServer()],
    ["from a player", () => playingServer()],
    ["after deleteStream", () => publishingThen(command(0, "deleteStream", 0, null, 1))],
    ["after closeStream", () => publishingThen(command(1, "closeStream", 0, null))],
    ["after FCUnpublish", () => publishingThen(command(0, "FCUnpublish", 0, null, "camera"))],
    ["after publish was refused", () => refusedPublisher()],
  ])("%s", (_, make) => {
    const server = make();
    expect(server.send(...media)).toEqual([]);
    expect(server.takeEvents()).toEqual([]);
    expect(server.session.ignoredMessages).toBe(3);
  });

  test.each([2, 0xffffffff])("on stream %d when the publisher is on 1", (id) => {
    const server = publishingServer();
    server.send(video(id, 0, 0x17, 1), data(id, "onMetaData", {}));
    expect(server.takeEvents()).toEqual([]);
    expect(server.session.ignoredMessages).toBe(2);
  });

  test("on stream 0 when there are two publishers it could be of", () => {
    const server = publishingServer();
    server.send(createStream, publish(2, "other"));
    server.takeEvents();
    server.send(video(0, 0, 0x17, 1), data(0, "onMetaData", {}));
    expect(server.takeEvents()).toEqual([]);
    expect(server.session.ignoredMessages).toBe(2);
  });

  test("on stream 0 while the only publish is being decided, if the host says no", () => {
    const server = connectedServer({ decide: "later" });
    server.send(publish(1, "camera"), video(0, 0, 0x17, 1));
    server.takeEvents();
    server.decision.reject("NetStream.Publish.Denied", "no");
    expect(server.takeEvents()).toEqual([]);
    expect(server.session.ignoredMessages).toBe(1);
  });

  function withHandshake(): ServerSide {
    const server = new ServerSide();
    server.send(handshake);
    server.takeEvents();
    return server;
  }

  function publishingThen(bytes: Uint8Array): ServerSide {
    const server = publishingServer();
    server.send(bytes);
    server.takeEvents();
    return server;
  }

  function refusedPublisher(): ServerSide {
    const server = connectedServer({ decide: "later" });
    server.send(publish(1, "camera"));
    server.takeEvents();
    server.decision.reject("NetStream.Publish.Denied", "no");
    server.takeAnswers();
    return server;
  }
});

describe("media of a publisher", () => {
  test("on stream 0 is of the connection's only publisher, data too", () => {
    const server = publishingServer();
    server.send(createStream, play(2, "other"));
    server.takeEvents();
    server.send(video(0, 0, 0x17, 0), data(0, "onMetaData", {}));
    expect(server.seen.map((event) => ("messageStreamId" in event ? event.messageStreamId : undefined))).toEqual([
      1, 1,
    ]);
    expect(server.session.ignoredMessages).toBe(0);
  });

  test("in format 1 first on its chunk stream, as librtmp opens one, is heard with its absolute time", () => {
    const server = publishingServer();
    const first = hex("4a 0003e8 000005 09 1700000000");
    const second = hex("4a 0007d0 000005 09 1700000001");
    server.send(first, second, video(1, 3000, 0x27, 1));
    expect(server.takeEvents()).toEqual([
      "media @0 9 1000 1700000000",
      "media @0 9 3000 1700000001",
      "media @1 9 3000 2701",
    ]);
  });

  test("is reported in wire order, empty messages included", () => {
    const server = publishingServer();
    server.send(audio(1, 0), video(1, 0, 0x17, 0), audio(1, 10, 0xaf, 1, 2), video(1, 40, 0x27, 1));
    expect(server.takeEvents()).toEqual([
      "media @1 8 0 ",
      "media @1 9 0 1700",
      "media @1 8 10 af0102",
      "media @1 9 40 2701",
    ]);
  });

  test("keeps timestamps across 0xFFFFFF and up to the last", () => {
    const server = publishingServer();
    for (const timestamp of [0xfffffe, 0xffffff, 0x1000000, 0xffffffff, 0]) server.send(video(1, timestamp, 1));
    expect(server.takeEvents()).toEqual(
      ["16777214", "16777215", "16777216", "4294967295", "0"].map((timestamp) => `media @1 9 ${timestamp} 01`),
    );
  });

  test("is read with the client's chunk size, whether that comes before or after publish", () => {
    const frame = message(9, new Uint8Array(5000).fill(1), { messageStreamId: 1, chunkStreamId: 6, chunkSize: 4096 });
    const after = publishingServer();
    after.send(setChunkSize(4096), frame);
    expect(after.takeEvents()).toEqual([`media @1 9 0 ${"01".repeat(5000)}`]);
    const before = connectedServer();
    before.send(setChunkSize(4096), publish(1, "camera"), frame);
    expect(before.takeEvents().slice(1)).toEqual([`media @1 9 0 ${"01".repeat(5000)}`]);
  });

  test("inside an aggregate is reported piece by piece on the aggregate's clock", () => {
    const tag = (typeId: number, timestamp: number, ...payload: readonly number[]): Uint8Array =>
      concat(u8(typeId), u24(payload.length), u24(timestamp), u8(0), u24(0), u8(...payload), hex("00000000"));
    const aggregate = concat(tag(8, 500, 0xaf), tag(9, 520, 0x27, 1));
    const server = publishingServer();
    server.send(message(22, aggregate, { messageStreamId: 1, timestamp: 9000 }));
    expect(server.takeEvents()).toEqual(["media @1 8 9000 af", "media @1 9 9020 2701"]);
    const player = playingServer();
    player.send(message(22, aggregate, { messageStreamId: 1 }));
    expect(player.takeEvents()).toEqual([]);
  });

  test("inside a broken aggregate ends the session with the chunk layer's error", () => {
    const server = publishingServer();
    expect(codeOf(() => server.send(message(22, hex("09 000005 000000 00"), { messageStreamId: 1 })))).toBe(
      "CHUNK_BAD_AGGREGATE",
    );
  });

  test("of types nobody has defined, and shared objects, are ignored", () => {
    const server = publishingServer();
    for (const typeId of [0, 7, 10, 16, 19, 21, 23, 255]) server.send(message(typeId, u8(1), { messageStreamId: 1 }));
    expect(server.takeEvents()).toEqual([]);
    expect(server.session.ignoredMessages).toBe(8);
  });
});

describe("a data message of a publisher", () => {
  function dataEvent(...parts: readonly Uint8Array[]): unknown {
    const server = publishingServer();
    server.send(...parts);
    const event = server.seen.at(-1);
    if (event?.type !== "data") return event;
    const { name, values, body, timestamp, messageStreamId } = event;
    return { name, values, body, timestamp, messageStreamId };
  }

  test("loses @setDataFrame and nothing else", () => {
    const values = { duration: 0, width: 1920 };
    const bytes = message(18, amf("@setDataFrame", "onMetaData", values), { messageStreamId: 1, timestamp: 33 });
    expect(dataEvent(bytes)).toEqual({
      name: "onMetaData",
      values: [values],
      body: amf("onMetaData", values),
      timestamp: 33,
      messageStreamId: 1,
    });
  });

  test("without @setDataFrame is reported as it is", () => {
    expect(dataEvent(data(1, "onTextData", "hi", 5))).toMatchObject({
      name: "onTextData",
      values: ["hi", 5],
      body: amf("onTextData", "hi", 5),
    });
  });

  test("of type 15 loses its format byte", () => {
    const bytes = message(15, concat(u8(0), amf("@setDataFrame", "onMetaData", { a: 1 })), { messageStreamId: 1 });
    expect(dataEvent(bytes)).toMatchObject({ name: "onMetaData", body: amf("onMetaData", { a: 1 }) });
  });

  test.each([
    ["begins with a number, as ffmpeg's timecodes do", amf(5, "onMetaData")],
    ["begins with a number and is no AMF behind it", concat(amf(5), hex("ff ff"))],
    ["is empty", u8()],
    ["says @setDataFrame and no more", amf("@setDataFrame")],
    ["says @setDataFrame of a number", amf("@setDataFrame", 5)],
  ])("that %s is ignored, and the stream goes on", (_, payload) => {
    const server = publishingServer();
    server.send(message(18, payload, { messageStreamId: 1 }), video(1, 5, 1));
    expect(server.takeEvents()).toEqual(["media @1 9 5 01"]);
    expect(server.session.ignoredMessages).toBe(1);
  });

  test("that is malformed ends the session with the AMF error", () => {
    const server = publishingServer();
    expect(codeOf(() => server.send(message(18, hex("02 0001 61 03 00"), { messageStreamId: 1 })))).toBe(
      "AMF0_TRUNCATED",
    );
  });

  test("that is malformed costs a player nothing: nobody reads it", () => {
    const server = playingServer();
    server.send(message(18, hex("02 0001 61 03 00"), { messageStreamId: 1 }));
    expect(server.session.ignoredMessages).toBe(1);
  });
});

test("what was reported does not change when the pushed bytes do", () => {
  const server = new ServerSide();
  const bytes = concat(handshake, connect, publish(1, "camera"), video(1, 7, 1, 2, 3), data(1, "onMetaData", "abc"));
  server.session.push(bytes);
  bytes.fill(0xee);
  expect(server.takeEvents().slice(-2)).toEqual(["media @1 9 7 010203", "data @1 0 onMetaData abc"]);
  expect(server.takeAnswers().length).toBe(6);
});
