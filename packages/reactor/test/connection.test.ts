import { concat, seededRandom, u8 } from "@rtmp/testkit";
import { describe, expect, test } from "vitest";
import { FlushQueue } from "../src/index.ts";
import { ManualClock, memoryConnectionPair } from "../src/testing.ts";
import { openPair } from "./open-pair.ts";
import { Recorder } from "./recorder.ts";

describe("sending", () => {
  test("all that is sent in a turn arrives as one piece, in order", () => {
    const { server, atClient, pump } = openPair();
    server.send(u8(1, 2));
    server.send(u8());
    server.send(u8(3));
    expect(server.unsentBytes).toBe(3);
    pump();
    expect(atClient.pieces).toEqual([u8(1, 2, 3)]);
    expect(server.unsentBytes).toBe(0);
    expect(server.bytesWritten).toBe(3);
  });

  test("lots above 64 KiB arrive whole and in order too", () => {
    const { server, atClient, pump } = openPair();
    const random = seededRandom(1);
    const parts = [10, 70_000, 0, 200, 130_000].map((size) => random.bytes(size));
    for (const part of parts) server.send(part);
    pump();
    expect(atClient.bytes).toEqual(concat(...parts));
  });

  test("many small parts in one turn, and again in the next, arrive in order", () => {
    const { server, atClient, pump } = openPair();
    const parts = Array.from({ length: 300 }, (_, i) => u8(i & 255));
    for (let round = 0; round < 2; round++) {
      for (const part of parts) server.send(part);
      pump();
    }
    expect(atClient.bytes).toEqual(concat(...parts, ...parts));
  });

  test("send says false above the high-water mark, and drain is told once when the bytes are gone", () => {
    const { server, atServer, atClient, pump } = openPair({ highWaterMark: 4 });
    expect(server.send(u8(1, 2, 3, 4))).toBe(true);
    expect(server.send(u8(5))).toBe(false);
    expect(server.send(u8(6))).toBe(false);
    pump();
    expect(atClient.bytes).toEqual(u8(1, 2, 3, 4, 5, 6));
    expect(atServer.drains).toBe(1);
    expect(server.send(u8(7))).toBe(true);
    pump();
    expect(atServer.drains).toBe(1);
  });

  test("bytes for a peer that never reads gather in unsentBytes, and drain waits until it reads again", () => {
    const { client, server, atServer, atClient, pump } = openPair({ highWaterMark: 100_000 });
    client.stalled = true;
    for (let i = 0; i < 3; i++) {
      server.send(new Uint8Array(50_000));
      pump();
    }
    expect(server.unsentBytes).toBe(150_000);
    expect(server.bytesWritten).toBe(150_000);
    expect(atServer.drains).toBe(0);
    client.stalled = false;
    pump();
    expect(server.unsentBytes).toBe(0);
    expect(atServer.drains).toBe(1);
    expect(atClient.bytes).toHaveLength(150_000);
  });

  test("a handler that sends from drain is served by the next flush", () => {
    const { client, server, pump } = memoryConnectionPair({ highWaterMark: 1 });
    const atClient = new Recorder();
    let drains = 0;
    client.open(atClient);
    server.open({
      data: () => undefined,
      close: () => undefined,
      drain() {
        drains += 1;
        if (drains < 5) server.send(u8(drains, drains));
      },
    });
    server.send(u8(0, 0));
    pump();
    expect(atClient.bytes).toEqual(u8(0, 0, 1, 1, 2, 2, 3, 3, 4, 4));
    expect(drains).toBe(5);
  });

  test("maxUnsentBytes holds also where it is below the high-water mark", () => {
    const { client, server } = openPair({ maxUnsentBytes: 200_000 });
    client.stalled = true;
    for (let n = 0; n < 4 && !server.closed; n++) server.send(new Uint8Array(60_000));
    expect(server.closed).toBe(true);
  });

  test("more than maxUnsentBytes for a peer that does not read destroys the connection", () => {
    const { client, server, atServer, atClient, pump } = openPair({ highWaterMark: 10, maxUnsentBytes: 20 });
    client.stalled = true;
    server.send(new Uint8Array(20));
    pump();
    expect(server.closed).toBe(false);
    expect(server.send(u8(1))).toBe(false);
    expect(server.closed).toBe(true);
    expect(server.unsentBytes).toBe(0);
    pump();
    expect(atServer.closeReasons).toEqual(["unsent-limit"]);
    client.stalled = false;
    pump();
    expect(atClient.closeReasons).toEqual(["connection-reset"]);
  });

  test("a buffer sent to many is handed to each transport as it is", () => {
    const clock = new ManualClock();
    const flushQueue = new FlushQueue({ clock });
    const pairs = Array.from({ length: 3 }, () => openPair({ clock, flushQueue }));
    const shared = Uint8Array.of(1, 2, 3);
    for (const { server } of pairs) server.send(shared);
    flushQueue.flush();
    shared[0] = 9; // forbidden, and here the proof that nobody made a copy
    clock.advance(0);
    for (const { atClient } of pairs) expect(atClient.bytes).toEqual(u8(9, 2, 3));
  });

  test("send after the end is false and sends nothing", () => {
    const { server, atClient, pump } = openPair();
    server.end("bye");
    expect(server.send(u8(1))).toBe(false);
    pump();
    expect(atClient.bytes).toHaveLength(0);
  });
});

describe("receiving", () => {
  test("nothing arrives before open, and nothing is lost", () => {
    const { client, server, pump } = memoryConnectionPair();
    client.send(u8(1, 2, 3));
    pump();
    const atServer = new Recorder();
    server.open(atServer);
    expect(atServer.pieces).toEqual([]);
    pump();
    expect(atServer.pieces).toEqual([u8(1, 2, 3)]);
    expect(server.bytesRead).toBe(3);
  });

  test("a paused end receives nothing until it resumes, even when paused between two pieces", () => {
    const { client, server, pump } = memoryConnectionPair({ pieceSize: 2 });
    const pieces: Uint8Array[] = [];
    server.open({
      data(bytes) {
        pieces.push(Uint8Array.from(bytes));
        server.pause();
      },
      close: () => undefined,
    });
    client.send(u8(1, 2, 3));
    pump();
    expect(pieces).toEqual([u8(1, 2)]);
    expect(client.unsentBytes).toBe(1);
    server.resume();
    pump();
    expect(pieces).toEqual([u8(1, 2), u8(3)]);
  });

  test("paused before open, it stays paused", () => {
    const { client, server, pump } = memoryConnectionPair();
    const atServer = new Recorder();
    server.pause();
    server.open(atServer);
    client.send(u8(1));
    pump();
    expect(atServer.pieces).toEqual([]);
    server.resume();
    pump();
    expect(atServer.pieces).toEqual([u8(1)]);
  });

  test.each([1, 2, 3, 7])("pieces of at most %i bytes carry the same bytes", (pieceSize) => {
    const { client, atServer, pump } = openPair({ pieceSize });
    const bytes = seededRandom(2).bytes(20);
    client.send(bytes);
    pump();
    expect(atServer.bytes).toEqual(bytes);
    expect(atServer.pieces).toHaveLength(Math.ceil(20 / pieceSize));
  });

  test("a second open is a TypeError", () => {
    const { server } = openPair();
    expect(() => server.open(new Recorder())).toThrow(TypeError);
  });

  test("an exchange of many answers goes on within one pump", () => {
    const { client, server, pump } = memoryConnectionPair();
    let last = 0;
    client.open({ data: (bytes) => client.send(u8(bytes[0]! + 1)), close: () => undefined });
    server.open({
      data(bytes) {
        last = bytes[0]!;
        if (last < 100) server.send(bytes);
      },
      close: () => undefined,
    });
    client.send(u8(1));
    pump();
    expect(last).toBe(100);
  });
});

describe("ending", () => {
  test("end sends what waits, then closes both sides; each hears of it once", () => {
    const { client, server, atClient, atServer, clock, pump } = openPair();
    server.send(u8(1, 2, 3));
    server.end("done");
    expect(server.closed).toBe(true);
    expect(atServer.closeReasons).toEqual([]);
    pump();
    expect(atClient.bytes).toEqual(u8(1, 2, 3));
    expect(atServer.closeReasons).toEqual(["done"]);
    expect(atClient.closeReasons).toEqual(["closed-by-peer"]);
    expect(client.closed).toBe(true);
    expect(clock.size).toBe(0);
  });

  test("both sides may end at once", () => {
    const { client, server, atClient, atServer, pump } = openPair();
    client.end("client done");
    server.end("server done");
    pump();
    expect(atClient.closeReasons).toEqual(["client done"]);
    expect(atServer.closeReasons).toEqual(["server done"]);
  });

  test("after end nothing more is received, though the peer still sends", () => {
    const { client, server, atServer, pump } = openPair();
    client.send(u8(1, 2));
    server.end("done");
    pump();
    expect(atServer.pieces).toEqual([]);
    expect(atServer.closeReasons).toEqual(["done"]);
  });

  test("what waits to be sent when the peer closes is sent before we answer", () => {
    const { client, server, atClient, atServer, pump } = openPair();
    client.end("bye");
    server.send(u8(7));
    pump();
    expect(atServer.closeReasons).toEqual(["closed-by-peer"]);
    expect(server.bytesWritten).toBe(1);
    expect(atClient.pieces).toEqual([]); // it had ended
  });

  test("a peer that never reads is cut off two seconds after end, not sooner, and for the reason of end", () => {
    const { client, server, atServer, clock, pump } = openPair();
    client.stalled = true;
    server.send(new Uint8Array(1000));
    server.end("kicked");
    clock.advance(1999);
    expect(atServer.closeReasons).toEqual([]);
    expect(server.unsentBytes).toBe(1000);
    clock.advance(1);
    pump();
    expect(atServer.closeReasons).toEqual(["kicked"]);
    expect(server.unsentBytes).toBe(0);
  });

  test("a peer that reads but never closes is cut off too", () => {
    const { client, server, pump, clock } = memoryConnectionPair({ endTimeoutMs: 50 });
    const atServer = new Recorder();
    server.open(atServer);
    client.pause();
    server.end("done");
    clock.advance(49);
    expect(atServer.closeReasons).toEqual([]);
    clock.advance(1);
    pump();
    expect(atServer.closeReasons).toEqual(["done"]);
  });

  test("a peer that closed its side but never reads what waits is cut off as well", () => {
    const { client, server, atServer, clock } = openPair();
    server.send(new Uint8Array(1000));
    client.end("bye");
    client.stalled = true;
    clock.advance(1999);
    expect(server.closed).toBe(true);
    expect(atServer.closeReasons).toEqual([]);
    clock.advance(1);
    expect(atServer.closeReasons).toEqual(["closed-by-peer"]);
  });

  test("ended before it was opened, close is told to whoever opens it later", () => {
    const { client, server, pump } = memoryConnectionPair();
    client.open(new Recorder());
    server.end("full");
    pump();
    const atServer = new Recorder();
    server.open(atServer);
    expect(atServer.closeReasons).toEqual([]);
    pump();
    expect(atServer.closeReasons).toEqual(["full"]);
  });
});

describe("destroying", () => {
  test("with nothing unsent the peer sees an orderly close", () => {
    const { server, atClient, atServer, pump } = openPair();
    server.destroy("kicked");
    expect(atServer.closeReasons).toEqual([]);
    pump();
    expect(atServer.closeReasons).toEqual(["kicked"]);
    expect(atClient.closeReasons).toEqual(["closed-by-peer"]);
  });

  test("with bytes unsent the peer sees a reset, so that it knows of the loss", () => {
    const { server, atClient, atServer, pump } = openPair();
    server.send(u8(1));
    server.destroy("kicked");
    pump();
    expect(atServer.closeReasons).toEqual(["kicked"]);
    expect(atClient.pieces).toEqual([]);
    expect(atClient.closeReasons).toEqual(["connection-reset"]);
    expect(atClient.errors).toEqual([expect.objectContaining({ code: "ECONNRESET" })]);
  });

  test("of many ends and destroys the first gives the reason, and close is told once", () => {
    const { server, atServer, clock, pump } = openPair();
    server.end("first");
    server.end("second");
    server.destroy("third");
    server.destroy("fourth");
    pump();
    server.destroy("fifth");
    clock.advance(10_000);
    expect(atServer.closeReasons).toEqual(["first"]);
    expect(clock.size).toBe(0);
  });

  test("destroyed within data, it receives nothing more", () => {
    const { client, server, pump } = memoryConnectionPair({ pieceSize: 1 });
    const pieces: Uint8Array[] = [];
    const reasons: string[] = [];
    server.open({
      data(bytes) {
        pieces.push(Uint8Array.from(bytes));
        server.destroy("enough");
        expect(reasons).toEqual([]);
      },
      close: (reason) => reasons.push(reason),
    });
    client.open(new Recorder());
    client.send(u8(1, 2, 3));
    pump();
    expect(pieces).toEqual([u8(1)]);
    expect(reasons).toEqual(["enough"]);
  });

  test("a reset by the peer is told as Node's error, then as close", () => {
    const { client, server, atClient, atServer, pump } = openPair();
    client.send(u8(1));
    client.reset();
    expect(server.closed).toBe(false);
    pump();
    expect(atServer.pieces).toEqual([]);
    expect(atServer.errors).toEqual([expect.objectContaining({ code: "ECONNRESET" })]);
    expect(atServer.closeReasons).toEqual(["connection-reset"]);
    expect(atClient.closeReasons).toEqual(["reset"]);
    expect(server.send(u8(1))).toBe(false);
  });

  test("a reset of a peer whose owner does not ask for errors is only a reason", () => {
    const { client, server, pump } = memoryConnectionPair();
    const reasons: string[] = [];
    server.open({ data: () => undefined, close: (reason) => reasons.push(reason) });
    client.reset();
    pump();
    expect(reasons).toEqual(["connection-reset"]);
  });
});
