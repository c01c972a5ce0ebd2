import { describe, expect, test } from "vitest";
import { AckWindow, CapsEx, parseStatus, PeerLag, relayCapabilities, statusObject } from "../src/index.ts";
import { RateLimit } from "../src/rate-limit.ts";
import { codeOf, connectedServer } from "./server-side.ts";
import { message } from "./wire.ts";

describe("an acknowledgement window", () => {
  test("is due at half its size and not a byte before", () => {
    const window = new AckWindow(1000);
    expect([window.receive(499), window.receive(1), window.receive(499), window.receive(1)]).toEqual([
      undefined,
      500,
      undefined,
      1000,
    ]);
  });

  test("never is if there is none, and keeps its size when the peer says 0", () => {
    expect(new AckWindow().receive(0xffffffff)).toBeUndefined();
    const window = new AckWindow(1000);
    window.setWindowSize(0);
    expect(window.receive(500)).toBe(500);
  });

  test("counts on across 2^32", () => {
    const window = new AckWindow(0xffff_ffff);
    expect(window.receive(0x7fff_ffff)).toBeUndefined();
    expect(window.receive(0x4000_0000)).toBe(0xbfff_ffff);
    expect(window.receive(0x4000_0000)).toBeUndefined();
    expect(window.receive(0x4000_0001)).toBe(0x4000_0000);
    window.setWindowSize(20);
    expect([window.receive(9), window.receive(1)]).toEqual([undefined, 0x4000_000a]);
  });
});

describe("a peer's lag", () => {
  test("is 0 until it has acknowledged twice, since one says nothing of its habit", () => {
    const lag = new PeerLag();
    expect(lag.bytesBehind(1e6)).toBe(0);
    lag.acknowledge(1000);
    expect(lag.bytesBehind(1e6)).toBe(0);
    lag.acknowledge(2000);
    expect(lag.bytesBehind(1e6)).toBe(1e6 - 2000 - 1000);
  });

  test("is 0 for a peer that acknowledges more than was sent", () => {
    const lag = new PeerLag();
    for (const sequenceNumber of [100, 200, 5000]) lag.acknowledge(sequenceNumber);
    expect(lag.bytesBehind(1000)).toBe(0);
  });

  test("does not vanish when a peer starts to count anew", () => {
    const lag = new PeerLag();
    for (const sequenceNumber of [1000, 2000, 0]) lag.acknowledge(sequenceNumber);
    expect(lag.bytesBehind(10_000)).toBe(9000);
  });
});

describe("a rate limit", () => {
  test("allows twice its rate at once, then its rate", () => {
    const limit = new RateLimit(2, 0);
    expect(Array.from({ length: 5 }, () => limit.take(0))).toEqual([true, true, true, true, false]);
    expect([limit.take(499), limit.take(500), limit.take(500), limit.take(1000)]).toEqual([false, true, false, true]);
  });

  test("saves up no more than the burst", () => {
    const limit = new RateLimit(1, 0);
    expect([1e9, 1e9, 1e9].map((now) => limit.take(now))).toEqual([true, true, false]);
  });
});

describe("a status", () => {
  test("keeps its extra fields behind level, code and description", () => {
    const status = statusObject("status", "NetStream.Play.Start", "go", { clientid: 1 });
    expect(Object.keys(status)).toEqual(["level", "code", "description", "clientid"]);
  });

  test.each([
    [
      { level: "error", code: "x", description: "y" },
      { level: "error", code: "x", description: "y" },
    ],
    [{ level: "warning" }, { level: "warning", code: "", description: "" }],
    [
      { level: "fatal", code: 7, description: null },
      { level: "status", code: "", description: "" },
    ],
    [null, { level: "status", code: "", description: "" }],
    ["NetStream.Play.Start", { level: "status", code: "", description: "" }],
    [["error"], { level: "status", code: "", description: "" }],
  ])("of %j is read as %j", (value, status) => {
    expect(parseStatus(value)).toEqual(status);
  });
});

test("a relay says that it forwards everything and reads every extension", () => {
  expect(relayCapabilities["capsEx"]).toBe(
    CapsEx.Reconnect | CapsEx.Multitrack | CapsEx.ModEx | CapsEx.TimestampNanoOffset,
  );
  expect(relayCapabilities["videoFourCcInfoMap"]).toEqual({ "*": 4 });
  expect(relayCapabilities["audioFourCcInfoMap"]).toEqual({ "*": 4 });
});

test("the chunk layer's limits are the session's", () => {
  const server = connectedServer({ limits: { maxMessageSize: 500, maxChunkStreams: 2 } });
  expect(codeOf(() => server.send(message(9, new Uint8Array(501), { chunkStreamId: 3 })))).toBe(
    "CHUNK_MESSAGE_TOO_LARGE",
  );
  const other = connectedServer({ limits: { maxChunkStreams: 2 } });
  other.send(message(9, new Uint8Array(1), { chunkStreamId: 4 }));
  expect(codeOf(() => other.send(message(9, new Uint8Array(1), { chunkStreamId: 5 })))).toBe("CHUNK_TOO_MANY_STREAMS");
});
