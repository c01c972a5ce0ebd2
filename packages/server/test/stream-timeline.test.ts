import { timestampDistance } from "@rtmp/chunk";
import { seededRandom } from "@rtmp/testkit";
import { expect, test } from "vitest";
import { StreamTimeline } from "../src/stream-timeline.ts";

test("of one publisher the stream's time is the publisher's, unchanged, wrap and all", () => {
  const timeline = new StreamTimeline();
  timeline.start();
  const timestamps = [0xffff_ff00, 0xffff_ffff, 10, 5, 0, 40];
  expect(timestamps.map((timestamp) => timeline.ofFrame(timestamp))).toEqual(timestamps);
  expect(timeline.ofHeader(0)).toBe(0);
  expect(timeline.present).toBe(40);
});

test("the present is the latest time, not the last message's", () => {
  const timeline = new StreamTimeline();
  timeline.start();
  timeline.ofFrame(5000);
  timeline.ofFrame(4700);
  timeline.resume(50);
  expect(timeline.ofFrame(0)).toBe(5050);
});

test("an encoder that begins its clock anew takes the present with it", () => {
  const timeline = new StreamTimeline();
  timeline.start();
  timeline.ofFrame(3_000_000);
  expect(timeline.ofFrame(0)).toBe(0);
  expect(timeline.present).toBe(0);
});

test("a stream that nobody has seen begins at its publisher's time, whoever published before", () => {
  const timeline = new StreamTimeline();
  timeline.start();
  timeline.ofFrame(500_000);
  timeline.start();
  expect(timeline.ofFrame(0)).toBe(0);
  expect(timeline.present).toBe(0);
});

test("time never goes back for those who stay, whatever the next publisher's clock says and wherever its headers come", () => {
  const random = seededRandom(11);
  for (let round = 0; round < 300; round++) {
    const timeline = new StreamTimeline();
    timeline.start();
    let latest = random.int(0, 0xffff_ffff);
    timeline.ofFrame(latest);
    for (let publisher = 0; publisher < 4; publisher++) {
      const before = latest;
      timeline.resume(random.int(0, 5000));
      let own = random.pick([0, 1, 0xffff_ff00, random.int(0, 0xffff_ffff)]);
      for (let n = 0; n < 40; n++) {
        const isHeader = random.next() < 0.2;
        const jitter = n === 0 ? 0 : random.int(-30, 0); // the other track lags a little
        const seen = isHeader ? timeline.ofHeader(random.pick([0, own])) : timeline.ofFrame((own + jitter) >>> 0);
        expect(timestampDistance(before, seen)).toBeGreaterThan(0);
        expect(timestampDistance(latest, seen)).toBeGreaterThan(-31);
        expect(timestampDistance(latest, seen)).toBeLessThan(41 * 900);
        if (timestampDistance(latest, seen) > 0) latest = seen;
        own = (own + random.int(1, 900)) >>> 0;
      }
    }
  }
});
