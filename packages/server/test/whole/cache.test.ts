import { concat } from "@rtmp/testkit";
import { expect, test } from "vitest";
import { CacheBudget } from "../../src/cache-budget.ts";
import { GopCache } from "../../src/gop-cache.ts";
import { roleOf } from "../../src/message-role.ts";
import { PayloadArena } from "../../src/payload-arena.ts";
import { SharedMessage } from "../../src/shared-message.ts";
import { interFrame, keyFrame, startPublisher } from "../media.ts";
import { TestServer } from "../test-server.ts";

const video = (sequence: number, payload: Uint8Array): SharedMessage =>
  new SharedMessage({ typeId: 9, timestamp: sequence * 40, payload }, sequence, roleOf(9, payload));

test("what a stream keeps of a connection's memory is its own and no more", () => {
  const arena = new PayloadArena();
  const shared = new Uint8Array(4096).fill(1);
  const kept = Array.from({ length: 1000 }, (_, n) => arena.own(shared.subarray(n, n + 65)));
  const blocks = new Set(kept.map((payload) => payload.buffer));
  expect([...blocks].reduce((bytes, block) => bytes + block.byteLength, 0)).toBeLessThan(1000 * 65 + 16_384);
  shared.fill(2);
  expect(kept.every((payload) => payload.length === 65 && payload.every((byte) => byte === 1))).toBe(true);
  const alone = new Uint8Array(70);
  expect(arena.own(alone)).toBe(alone);
  const large = new Uint8Array(100_000).subarray(5, 20_005);
  expect(arena.own(large).buffer.byteLength).toBe(20_000);
});

test("all caches together hold no more than their budget: whoever would go beyond lets go of what it has", () => {
  const budget = new CacheBudget(300_000);
  const limits = { maxBytes: 1_000_000, maxDurationMs: 60_000 };
  const caches = [new GopCache(limits, budget), new GopCache(limits, budget)];
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
