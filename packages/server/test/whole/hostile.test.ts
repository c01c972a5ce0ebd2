import { encode } from "@rtmp/amf0";
import type { Amf0Value } from "@rtmp/amf0";
import { encodeMessage, MessageTypeId } from "@rtmp/chunk";
import { ascii, concat, hex, seededRandom, u8, u24, u32 } from "@rtmp/testkit";
import { describe, expect, test } from "vitest";
import { interFrame, keyFrame, startPublisher } from "../media.ts";
import { TestServer } from "../test-server.ts";
import type { TestClient } from "../test-server.ts";

const c0c1c2 = concat(u8(3), new Uint8Array(1536), new Uint8Array(1536));
const message = (typeId: number, payload: Uint8Array, chunkStreamId = 3, messageStreamId = 0): Uint8Array =>
  encodeMessage({ chunkStreamId, messageStreamId, typeId, timestamp: 0, payload }, 128);
const command = (...values: readonly Amf0Value[]): Uint8Array => message(MessageTypeId.CommandAmf0, encode(...values));
const connect = command("connect", 1, { app: "live", tcUrl: "rtmp://127.0.0.1/live" });
const header = (chunkStreamId: number, size: number, typeId = 9): Uint8Array =>
  concat(u8(chunkStreamId), u24(0), u24(size), u8(typeId), u32(0));

function deepObject(levels: number): Uint8Array {
  const open = hex("03 0001 61");
  return concat(encode("connect", 1), ...Array.from({ length: levels }, () => open), hex("05"));
}

/** What a client sends, and the code it is closed with. */
const attacks: readonly [string, Uint8Array, string][] = [
  ["TLS on the plain port", hex("16 03 01 02 00 01 00 01 fc 03 03"), "HANDSHAKE_UNSUPPORTED_VERSION"],
  ["an HTTP request", ascii("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), "HANDSHAKE_UNSUPPORTED_VERSION"],
  ["Set Chunk Size 0", concat(c0c1c2, message(1, u32(0), 2)), "CHUNK_BAD_CHUNK_SIZE"],
  ["Set Chunk Size with the top bit", concat(c0c1c2, message(1, u32(0x8000_0001), 2)), "CHUNK_BAD_CHUNK_SIZE"],
  ["Set Chunk Size with a body of 3 bytes", concat(c0c1c2, message(1, hex("000080"), 2)), "CHUNK_BAD_CONTROL_MESSAGE"],
  ["a message of 16 MiB", concat(c0c1c2, header(4, 0xff_ffff)), "CHUNK_MESSAGE_TOO_LARGE"],
  ["format 3 on a chunk stream never opened", concat(c0c1c2, u8(0xc5)), "CHUNK_UNKNOWN_PREVIOUS_HEADER"],
  [
    "65 chunk streams",
    concat(
      c0c1c2,
      ...Array.from({ length: 65 }, (_, n) => concat(u8(0x00, n), header(0, 200).subarray(1), new Uint8Array(128))),
    ),
    "CHUNK_TOO_MANY_STREAMS",
  ],
  ["a command before connect", concat(c0c1c2, command("createStream", 1, null)), "SESSION_COMMAND_BEFORE_CONNECT"],
  ["connect twice", concat(c0c1c2, connect, connect), "SESSION_CONNECT_TWICE"],
  ["a command cut short", concat(c0c1c2, message(20, encode("connect", 1).subarray(0, 12))), "AMF0_TRUNCATED"],
  ["a command object 20 000 levels deep", concat(c0c1c2, message(20, deepObject(15_000))), "AMF0_TOO_DEEP"],
  [
    "the key __proto__",
    concat(c0c1c2, message(20, concat(encode("connect", 1), hex("03 0009 5f5f70726f746f5f5f 05 000009")))),
    "AMF0_FORBIDDEN_KEY",
  ],
  ["a command without a name", concat(c0c1c2, command(1, 2, 3)), "SESSION_BAD_COMMAND"],
  ["a command of 65 KiB", concat(c0c1c2, command("x", 1, "y".repeat(65_536))), "SESSION_MESSAGE_TOO_LARGE"],
  [
    "33 streams",
    concat(c0c1c2, connect, ...Array.from({ length: 33 }, (_, n) => command("createStream", n + 2, null))),
    "SESSION_TOO_MANY_STREAMS",
  ],
  [
    "500 commands at once",
    concat(c0c1c2, connect, ...Array.from({ length: 500 }, () => command("releaseStream", 2, null, "s"))),
    "SESSION_TOO_MANY_COMMANDS",
  ],
];

describe("a client that breaks the protocol is closed with one error and nobody else notices:", () => {
  test.each(attacks)("%s", (_name, bytes, code) => {
    const server = new TestServer();
    const viewer = server.client();
    viewer.play("s");
    const publisher = startPublisher(server);
    const attacker = server.connection();
    let isClosed = false;
    attacker.open({ data: () => undefined, close: () => (isClosed = true) });
    attacker.send(bytes);
    server.pump();
    expect(server.events.filter(([name]) => name === "clientError")).toEqual([["clientError", code]]);
    expect(isClosed).toBe(true);
    expect(server.report.counters.clientErrors).toEqual({ [code]: 1 });
    expect(server.errors).toEqual([]);
    publisher.video(0, keyFrame(1));
    expect(viewer.media).toHaveLength(4);
  });
});

test("a handshake that is never finished ends when its time is up", () => {
  const server = new TestServer({ timeouts: { handshakeMs: 5000 } });
  const slow = server.connection();
  let reason = "";
  slow.open({ data: () => undefined, close: (why) => (reason = why) });
  for (let n = 0; n < 49; n++) {
    slow.send(n === 0 ? u8(3) : u8(0));
    server.clock.advance(100);
  }
  expect(reason).toBe("");
  server.clock.advance(100);
  expect(reason).not.toBe("");
  expect(server.report.counters.clientErrors).toEqual({ SESSION_HANDSHAKE_TIMEOUT: 1 });
});

test("a client that says nothing for too long is pinged, then closed; one that answers pings stays", () => {
  const server = new TestServer({ timeouts: { idleMs: 60_000, pingIntervalMs: 20_000 } });
  const alive = server.client();
  alive.play("s");
  const dead = server.client();
  dead.connect();
  dead.connection.stalled = true;
  server.clock.advance(59_999);
  expect(server.report.connections).toBe(2);
  server.clock.advance(20_000);
  expect(server.report.connections).toBe(1);
  expect(server.report.counters.clientErrors).toEqual({ SESSION_IDLE_TIMEOUT: 1 });
  server.clock.advance(600_000);
  expect(alive.closeReason).toBeUndefined();
});

test("a publisher's metadata of 1 MB is refused however often it comes", () => {
  const server = new TestServer();
  const publisher = startPublisher(server);
  publisher.metadata({ x: "y".repeat(1_000_000) });
  expect(server.report.counters.clientErrors).toEqual({ SESSION_MESSAGE_TOO_LARGE: 1 });
});

test("a publisher can make the server keep only so much: headers of many tracks are bounded", () => {
  const server = new TestServer();
  const publisher = startPublisher(server);
  for (let track = 0; track < 255; track++) {
    publisher.video(0, concat(hex("96 00 61766331"), u8(track), new Uint8Array(30_000)));
  }
  expect(server.stream()?.cachedBytes).toBeLessThan(1.2 * 1024 * 1024);
});

test("a GOP without end is bounded in bytes, tiny messages counted with what they cost", () => {
  const server = new TestServer({ gopCache: { maxBytes: 100_000 } });
  const publisher = startPublisher(server);
  publisher.video(0, keyFrame(0));
  let most = 0;
  for (let n = 0; n < 1000; n++) {
    publisher.video(1, interFrame(1));
    most = Math.max(most, server.stream()?.cachedBytes ?? 0);
  }
  expect(most).toBeGreaterThan(50_000);
  expect(most).toBeLessThanOrEqual(101_000);
});

test("players of a thousand names leave nothing behind", () => {
  const server = new TestServer();
  const clients: TestClient[] = [];
  for (let n = 0; n < 1000; n++) {
    const client = server.client();
    client.play(`name${n}`);
    clients.push(client);
  }
  expect(server.streamPaths).toHaveLength(1000);
  for (const client of clients) client.connection.destroy("gone");
  server.pump();
  expect(server.streamPaths).toHaveLength(0);
});

test("a connection that is reset in any state ends its own streams and nothing else", () => {
  const states: ((server: TestServer) => TestClient)[] = [
    (server) => server.client(),
    (server) => {
      const client = server.client();
      client.connect();
      return client;
    },
    (server) => startPublisher(server, "r"),
    (server) => {
      const client = server.client();
      client.play("r");
      return client;
    },
  ];
  for (const reach of states) {
    const server = new TestServer();
    const publisher = startPublisher(server);
    reach(server).connection.reset();
    server.pump();
    expect(server.report.connections).toBe(1);
    expect(server.streamPaths).toEqual(["live/s"]);
    publisher.video(0, keyFrame(1));
    expect(server.errors).toEqual([]);
  }
});

test("random damage to a good session ends in a typed error or in nothing, never in an internal one", () => {
  const random = seededRandom(20261122);
  const good = concat(
    c0c1c2,
    connect,
    command("createStream", 2, null),
    message(20, encode("publish", 3, null, "fuzz", "live"), 3, 1),
    message(18, encode("@setDataFrame", "onMetaData", { width: 1, nested: { a: [1, "b", null] } }), 5, 1),
    message(9, concat(keyFrame(1), new Uint8Array(300)), 6, 1),
    message(22, concat(u8(9), u24(3), u24(0), u8(0), u24(0), hex("270101"), u32(14)), 6, 1),
    message(20, encode("deleteStream", 4, null, 1), 3, 0),
  );
  const server = new TestServer();
  const publisher = startPublisher(server);
  const viewer = server.client();
  viewer.play("s");
  for (let round = 0; round < 400; round++) {
    const bytes = good.slice();
    for (let n = random.int(1, 6); n > 0; n--) bytes[random.int(3073, bytes.length - 1)] = random.int(0, 255);
    const attacker = server.connection({ pieceSize: random.pick([1, 50, 5000]) });
    attacker.open({ data: () => undefined, close: () => undefined });
    attacker.send(bytes);
    server.pump();
    attacker.destroy("done");
    server.pump();
  }
  expect(server.errors).toEqual([]);
  expect(server.report.counters.clientErrors).not.toHaveProperty("INTERNAL");
  expect(Object.keys(server.report.counters.clientErrors).length).toBeGreaterThan(3);
  expect(server.streamPaths).toHaveLength(1);
  viewer.takeMedia();
  publisher.video(0, keyFrame(1));
  expect(viewer.media).toHaveLength(1);
});
