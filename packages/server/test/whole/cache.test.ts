import { concat } from "@rtmp/testkit";
import { expect, test } from "vitest";
import { CacheBudget } from "../../src/cache-budget.ts";
import { GopCache } from "../../src/gop-cache.ts";
import { roleOf } from "../../src/message-role.ts";
import { SharedMessage } from "../../src/shared-message.ts";
import { WireMemory } from "../../src/wire-memory.ts";
import { createRtmpFormat } from "../../src/wire-format.ts";
import { interFrame, keyFrame, startPublisher } from "../media.ts";
import { TestServer } from "../test-server.ts";

const format = createRtmpFormat(60_000);

const video = (sequence: number, payload: Uint8Array): SharedMessage =>
  new SharedMessage({ typeId: 9, timestamp: sequence * 40, sequence, role: roleOf(9, payload) }, payload);

test("what a stream keeps lies in memory that holds nothing but its own messages", () => {
  const memory = new WireMemory(format);
  const received = new Uint8Array(4096).fill(1); // much that came on a connection, of which little is kept
  const kept = Array.from({ length: 1000 }, (_, n) =>
    memory.encode({ typeId: 9, timestamp: n, payload: received.subarray(n, n + 65) }),
  );
  const blocks = new Set(kept.map((bytes) => bytes.buffer));
  expect([...blocks].reduce((bytes, block) => bytes + block.byteLength, 0)).toBeLessThan(1000 * (65 + 12) + 2 * 16_384);
  received.fill(2);
  for (const bytes of kept) expect(format.payloadOf(bytes)).toEqual(new Uint8Array(65).fill(1));
  memory.startBlock();
  expect(blocks).not.toContain(memory.encode({ typeId: 9, timestamp: 0, payload: new Uint8Array(5) }).buffer);
  const large = memory.encode({ typeId: 9, timestamp: 0, payload: new Uint8Array(20_000) });
  expect(large.buffer.byteLength).toBe(20_012);
});

test("a payload is the same after it was kept as it is sent, at every edge of size and time", () => {
  const small = createRtmpFormat(128);
  for (const size of [0, 1, 127, 128, 129, 255, 256, 257, 1000]) {
    for (const timestamp of [0, 0xff_fffe, 0xff_ffff, 0x100_0000, 0xffff_ffff]) {
      const payload = Uint8Array.from({ length: size }, (_, n) => (n * 7) & 0xff);
      expect(small.payloadOf(small.encode({ typeId: 9, timestamp, payload }))).toEqual(payload);
    }
  }
});

test("all caches together hold no more than their budget: whoever would go beyond lets go of what it has", () => {
  const budget = new CacheBudget(300_000);
  const limits = { maxBytes: 1_000_000, maxDurationMs: 60_000 };
  const caches = [new GopCache(limits, budget, format), new GopCache(limits, budget, format)];
  let most = 0;
  for (let n = 0; n < 100; n++) {
    for (const cache of caches) {
      cache.add(video(n, concat(n % 50 === 0 ? keyFrame(n) : interFrame(n), new Uint8Array(5000))));
      most = Math.max(most, budget.usedBytes);
    }
  }
  expect(most).toBeGreaterThan(290_000);
  expect(most).toBeLessThan(311_000);
  for (const cache of caches) cache.clear();
  expect(budget.usedBytes).toBe(0);
});

test("a message of a million tracks costs a look at a few and is no header", () => {
  const bomb = new Uint8Array(4_000_006);
  bomb.set([0x96, 0x10, 0x61, 0x76, 0x63, 0x31]);
  expect(roleOf(9, bomb)).toMatchObject({ isHeader: false, isKeyFrame: false, isInterFrame: false, headerNames: [] });
});

test("a client that asks and never reads the answers is not read from any more, and is read again when it does", () => {
  const server = new TestServer();
  const publisher = startPublisher(server);
  const client = server.client();
  client.connect();
  client.connection.stalled = true;
  let asked = 0;
  for (let n = 0; n < 3000; n++) {
    for (let m = 0; m < 100; m++) client.command(0, "getStreamLength", 9, null, "x".repeat(4000)); // a cost of 1 each
    server.clock.advance(1000);
    asked += 100;
    if (server.report.connections === 1) break;
  }
  expect(asked).toBeGreaterThan(1000);
  expect(server.mostUnsentBytes).toBeLessThan(1.2 * 1024 * 1024);
  publisher.video(0, keyFrame(1));
  expect(server.errors).toEqual([]);
});
