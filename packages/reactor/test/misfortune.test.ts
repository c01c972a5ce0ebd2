import { seededRandom, u8 } from "@rtmp/testkit";
import { describe, expect, test } from "vitest";
import { FlushQueue } from "../src/index.ts";
import { ManualClock, memoryConnectionPair } from "../src/testing.ts";
import { openPair } from "./open-pair.ts";
import { Recorder } from "./recorder.ts";

describe("a handler that throws", () => {
  const boom = new Error("boom");
  const fail = (): never => {
    throw boom;
  };

  test("from data: its error is told it, and the connection is destroyed", () => {
    const { client, server, pump } = memoryConnectionPair();
    const atServer = new Recorder();
    atServer.data = fail;
    server.open(atServer);
    client.open(new Recorder());
    client.send(u8(1));
    pump();
    expect(atServer.errors).toEqual([boom]);
    expect(atServer.closeReasons).toEqual(["handler-error"]);
  });

  test("from drain: the same", () => {
    const { client, server, pump } = memoryConnectionPair({ highWaterMark: 0 });
    const atServer = new Recorder();
    atServer.drain = fail;
    server.open(atServer);
    client.open(new Recorder());
    server.send(u8(1));
    pump();
    expect(atServer.errors).toEqual([boom]);
    expect(atServer.closeReasons).toEqual(["handler-error"]);
  });

  test("without an error function of its own, it goes to onError, never up the stack", () => {
    const errors: unknown[] = [];
    const { client, server, pump } = memoryConnectionPair({ onError: (error) => errors.push(error) });
    const closed: string[] = [];
    server.open({ data: fail, close: (reason) => closed.push(reason) });
    client.open(new Recorder());
    client.send(u8(1));
    pump();
    expect(errors).toEqual([boom]);
    expect(closed).toEqual(["handler-error"]);
  });

  test("from close or from error: it goes to onError too", () => {
    const { client, server, pump, errors } = openPair();
    const other = memoryConnectionPair({ onError: (error) => errors.push(error) });
    other.server.open({ data: fail, close: fail, error: fail });
    other.client.send(u8(1));
    other.pump();
    expect(errors).toEqual([boom, boom]);
    client.send(u8(1)); // other connections go on
    pump();
    expect(server.bytesRead).toBe(1);
  });

  test("one of an audience that fails does not keep the bytes from the others", () => {
    const clock = new ManualClock();
    const errors: unknown[] = [];
    const onError = (error: unknown): number => errors.push(error);
    const flushQueue = new FlushQueue({ clock, onError });
    const pairs = Array.from({ length: 3 }, () =>
      memoryConnectionPair({ clock, flushQueue, onError, highWaterMark: 0 }),
    );
    const received = pairs.map(({ client, server }, i) => {
      const recorder = new Recorder();
      client.open(recorder);
      server.open({ data: () => undefined, close: () => undefined, drain: i === 0 ? fail : () => undefined });
      return recorder;
    });
    for (const { server } of pairs) server.send(u8(1));
    clock.advance(0);
    expect(received.slice(1).map(({ bytes }) => bytes)).toEqual([u8(1), u8(1)]);
    expect(errors).toEqual([boom]);
  });
});

test("random misfortunes: close is told exactly once on both ends, nothing follows it, no task remains", () => {
  for (let seed = 0; seed < 200; seed++) {
    const random = seededRandom(seed);
    const { client, server, atClient, atServer, clock } = openPair({
      pieceSize: random.int(1, 5),
      highWaterMark: random.int(0, 40),
      maxUnsentBytes: random.int(40, 400),
    });
    for (let step = 0; step < 30; step++) {
      const end = random.pick([client, server]);
      const act = random.pick([
        () => end.send(random.bytes(random.int(0, 30))),
        () => end.send(random.bytes(random.int(0, 30))),
        () => end.pause(),
        () => end.resume(),
        () => clock.advance(random.int(0, 300)),
        () => (end.stalled = !end.stalled),
        () => step > 20 && end.end("end"),
        () => step > 25 && end.destroy("destroy"),
        () => step > 28 && end.reset(),
      ]);
      act();
    }
    client.stalled = server.stalled = false;
    client.resume();
    server.resume();
    server.end("last");
    clock.advance(5000);
    expect(atClient.closeReasons, `client, seed ${seed}`).toHaveLength(1);
    expect(atServer.closeReasons, `server, seed ${seed}`).toHaveLength(1);
    expect(clock.size, `seed ${seed}`).toBe(0);
    expect(atServer.bytes.length).toBeLessThanOrEqual(client.bytesWritten);
  }
});
