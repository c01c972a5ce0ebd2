import { concat, ascii, hex } from "@rtmp/testkit";
import { describe, expect, test } from "vitest";
import { deferred } from "../src/deferred.ts";
import { publish } from "../src/index.ts";
import { FakeServer, turns } from "./fake-server.ts";
import { rejection } from "./outcome.ts";
import { aacHeader, avcHeader, interFrame, keyFrame, metadata, sound } from "./tags.ts";

const someTags = [
  metadata,
  avcHeader,
  aacHeader,
  keyFrame(0),
  sound(0),
  interFrame(40),
  sound(23),
  keyFrame(0xffffffff),
];

describe("what the server sees", () => {
  test("every tag arrives with its type, timestamp and bytes, and then the end of the stream", async () => {
    await using server = await FakeServer.listen();
    const publisher = await publish(server.url());
    for (const tag of someTags) await publisher.write(tag);
    await publisher.close();
    const peer = await server.nextPeer();
    await peer.closed;
    expect(peer.tags).toEqual(someTags);
    expect(peer.log.slice(0, 3)).toEqual(["handshake", "connect", "publish"]);
    expect(peer.log.at(-1)).toBe("unpublish");
  });

  test("the commands come in the order of real encoders", async () => {
    await using server = await FakeServer.listen();
    const publisher = await publish(server.url());
    await publisher.close();
    const peer = await server.nextPeer();
    await peer.closed;
    const words = ["connect", "releaseStream", "FCPublish", "createStream", "publish", "FCUnpublish", "deleteStream"];
    const places = words.map((word) => peer.wire.indexOf(String.fromCharCode(2, 0, word.length) + word)); // AMF0 strings
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((left, right) => left - right));
  });

  test("metadata goes out as @setDataFrame, once, and other script data as it is", async () => {
    await using server = await FakeServer.listen();
    const publisher = await publish(server.url());
    const marked = { ...metadata, payload: concat(hex("02 000d"), ascii("@setDataFrame"), metadata.payload) };
    const cuePoint = { ...metadata, payload: concat(hex("02 000a"), ascii("onCuePoint"), hex("05")) };
    for (const tag of [metadata, marked, cuePoint]) await publisher.write(tag);
    await publisher.close();
    const peer = await server.nextPeer();
    await peer.closed;
    expect(peer.wire.split("@setDataFrame\u0002\u0000\u000aonMetaData")).toHaveLength(3);
    expect(peer.wire.split("@setDataFrame")).toHaveLength(3);
    expect(peer.tags).toEqual([metadata, metadata, cuePoint]);
  });

  test("the URL's path and query become the application and the stream's name", async () => {
    await using server = await FakeServer.listen();
    await using publisher = await publish(`rtmp://127.0.0.1:${server.port}/live/room/key?token=a%20b`, {
      publishType: "record",
    });
    expect(publisher.bytesSent).toBeGreaterThan(3073);
    const peer = await server.nextPeer();
    expect(peer.requests[0]).toMatchObject({
      request: { app: "live/room", tcUrl: `rtmp://127.0.0.1:${server.port}/live/room` },
    });
    expect(peer.requests[1]).toMatchObject({ address: { app: "live", streamKey: "room/key" }, publishType: "record" });
    expect(peer.wire).toContain("key?token=a%20b");
  });

  test("Enhanced RTMP is announced, reconnection only to who listens, and nothing if it is turned off", async () => {
    await using server = await FakeServer.listen();
    const capabilities = async (options: Parameters<typeof publish>[1]): Promise<unknown> => {
      await (await publish(server.url(), options)).close();
      const [request] = (await server.nextPeer()).requests;
      return request?.type === "connect" ? request.request.capabilities : undefined;
    };
    const everyCodec = new Map([["*", 6]]);
    expect(await capabilities({})).toMatchObject({
      fourCcList: ["*"],
      videoFourCcInfoMap: everyCodec,
      audioFourCcInfoMap: everyCodec,
      capsEx: 2 + 4 + 8,
    });
    expect(await capabilities({ onStatus: () => undefined })).toMatchObject({ capsEx: 1 + 2 + 4 + 8 });
    expect(await capabilities({ enhanced: false })).toBeUndefined();
  });

  test("both handshakes lead to a stream", async () => {
    await using server = await FakeServer.listen();
    for (const handshake of ["simple", "digest"] as const) {
      await using publisher = await publish(server.url(), { handshake });
      await publisher.write(avcHeader);
    }
    expect(server.peers).toHaveLength(2);
  });
});

describe("backpressure", () => {
  test("a write waits while the server does not read, and goes on when it does", async () => {
    await using server = await FakeServer.listen();
    const publisher = await publish(server.url());
    const peer = await server.nextPeer();
    peer.socket.pause();
    const frame = keyFrame(1, 1_000_000);
    let frames = 0;
    let waiting: Promise<void> | undefined;
    while (waiting === undefined && frames < 100) {
      const write = publisher.write(frame);
      frames += 1;
      const isWritten = await Promise.race([write.then(() => true), turns(50).then(() => false)]);
      if (!isWritten) waiting = write;
    }
    expect(frames).toBeLessThan(100);
    peer.socket.resume();
    await waiting;
    await publisher.close();
    await peer.closed;
    expect(peer.tags).toHaveLength(frames);
  });

  test("a close while a write waits ends the wait, and what was written before arrives", async () => {
    await using server = await FakeServer.listen();
    const publisher = await publish(server.url());
    const frame = keyFrame(1, 4_000_000);
    const write = publisher.write(frame);
    const closing = publisher.close();
    expect(await rejection(write)).toEqual({ name: "ClientError", code: "CLIENT_CLOSED" });
    await closing;
    const peer = await server.nextPeer();
    await peer.closed;
    expect(peer.tags).toEqual([frame]);
    expect(peer.log.at(-1)).toBe("unpublish");
  });

  test("a server that takes nothing for idleTimeoutMs is given up", async () => {
    await using server = await FakeServer.listen();
    const publisher = await publish(server.url(), { idleTimeoutMs: 50 });
    (await server.nextPeer()).socket.pause();
    const writeOn = async (): Promise<never> => {
      for (;;) await publisher.write(keyFrame(1, 1_000_000));
    };
    expect(await rejection(writeOn())).toEqual({ name: "ClientError", code: "CLIENT_IDLE_TIMEOUT" });
  });
});

describe("the end", () => {
  test("after close a write rejects, and closing again does nothing", async () => {
    await using server = await FakeServer.listen();
    const publisher = await publish(server.url());
    await publisher.close();
    await publisher.close();
    expect(await rejection(publisher.write(avcHeader))).toEqual({ name: "ClientError", code: "CLIENT_CLOSED" });
  });

  test("a tag that RTMP cannot carry is refused and the stream goes on", async () => {
    await using server = await FakeServer.listen();
    const publisher = await publish(server.url());
    expect(await rejection(publisher.write({ ...avcHeader, isEncrypted: true }))).toMatchObject({ name: "TypeError" });
    const tooLong = { ...avcHeader, payload: new Uint8Array(0x1000000) };
    expect(await rejection(publisher.write(tooLong))).toMatchObject({ name: "RangeError" });
    await publisher.write(avcHeader);
    await publisher.close();
    const peer = await server.nextPeer();
    await peer.closed;
    expect(peer.tags).toEqual([avcHeader]);
  });

  test("a server that vanishes rejects the writes", async () => {
    await using server = await FakeServer.listen();
    const publisher = await publish(server.url());
    const peer = await server.nextPeer();
    peer.socket.resetAndDestroy();
    const writeOn = async (): Promise<never> => {
      for (;;) await publisher.write(keyFrame(1, 1_000_000));
    };
    expect(await rejection(writeOn())).toMatchObject({ name: "ClientError", code: "CLIENT_DISCONNECTED" });
    expect(await rejection(publisher.write(avcHeader))).toMatchObject({ code: "CLIENT_DISCONNECTED" });
    await publisher.close();
  });

  test.each([
    ["shuts down", 0, { level: "error", code: "NetConnection.Connect.AppShutdown", description: "maintenance" }],
    ["ends the stream", 1, { level: "status", code: "NetStream.Unpublish.Success", description: "maintenance" }],
  ] as const)("a server that %s rejects the writes with its words", async (_, messageStreamId, info) => {
    await using server = await FakeServer.listen();
    const publisher = await publish(server.url());
    const peer = await server.nextPeer();
    peer.sendCommand(messageStreamId, "onStatus", 0, null, info);
    await peer.closed;
    expect(await rejection(publisher.write(avcHeader))).toEqual({
      name: "RejectedError",
      code: info.code,
      command: "publish",
      description: "maintenance",
    });
  });

  test("an abort cuts the connection and rejects the writes with its reason", async () => {
    await using server = await FakeServer.listen();
    const abort = new AbortController();
    const publisher = await publish(server.url(), { signal: abort.signal });
    abort.abort("enough");
    expect(await rejection(publisher.write(avcHeader))).toEqual({ error: "enough" });
    await (
      await server.nextPeer()
    ).closed;
  });
});

describe("the web stream", () => {
  test("tags piped into writable arrive, and its end ends the stream", async () => {
    await using server = await FakeServer.listen();
    const publisher = await publish(server.url());
    await ReadableStream.from(someTags).pipeTo(publisher.writable);
    const peer = await server.nextPeer();
    await peer.closed;
    expect(peer.tags).toEqual(someTags);
    expect(peer.log.at(-1)).toBe("unpublish");
  });

  test("a writer hears at once that the server is gone", async () => {
    await using server = await FakeServer.listen();
    const publisher = await publish(server.url());
    const writer = publisher.writable.getWriter();
    (await server.nextPeer()).socket.destroy();
    expect(await rejection(writer.closed)).toMatchObject({ code: "CLIENT_DISCONNECTED" });
  });
});

test("onStatus hears everything the server says, a request to connect elsewhere included", async () => {
  await using server = await FakeServer.listen();
  const heard: unknown[] = [];
  const moved = deferred<undefined>();
  await using publisher = await publish(server.url(), {
    onStatus: ({ code, messageStreamId, fields }) => {
      heard.push([code, messageStreamId, fields["tcUrl"]]);
      if (code === "NetConnection.Connect.ReconnectRequest") moved.resolve(undefined);
    },
  });
  const peer = await server.nextPeer();
  expect(peer.session.requestReconnect({ tcUrl: "rtmp://elsewhere/live" })).toBe(true);
  peer.flush();
  await moved.promise;
  expect(heard).toEqual([
    ["NetStream.Publish.Start", 1, undefined],
    ["NetConnection.Connect.ReconnectRequest", 0, "rtmp://elsewhere/live"],
  ]);
  await publisher.write(avcHeader);
});
