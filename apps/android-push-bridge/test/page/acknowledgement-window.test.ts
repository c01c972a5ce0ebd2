import { expect, test } from "vitest";
import { AcknowledgementWindow } from "../../src/page/acknowledgement-window.ts";

function windowWith(count: number): AcknowledgementWindow {
  const window = new AcknowledgementWindow();
  for (let index = 0; index < count; index += 1) window.sent(100, index * 10);
  return window;
}

test("the oldest frame that is not acknowledged says how far the network is behind", () => {
  const window = windowWith(10);
  expect(window.oldestAgeMs(95)).toBe(95);
  window.acknowledge(4, 0, 95);
  expect(window.oldestAgeMs(100)).toBe(60);
  window.acknowledge(10, 0, 100);
  expect(window.oldestAgeMs(5000)).toBe(0);
});

test("the time that the bridge held the newest frame is no part of the round trip", () => {
  expect(windowWith(5).acknowledge(3, 120, 200)).toEqual({ roundTripMs: 60, byteCount: 300 });
});

test("a bridge that claims to have held a frame longer than the round trip took makes it 0, not less", () => {
  expect(windowWith(1).acknowledge(1, 500, 100)?.roundTripMs).toBe(0);
});

test("counts are of the whole connection: each acknowledgement adds what is new", () => {
  const window = windowWith(10);
  expect(window.acknowledge(2, 0, 100)?.byteCount).toBe(200);
  expect(window.acknowledge(7, 0, 100)?.byteCount).toBe(500);
  expect(window.unacknowledgedBytes).toBe(300);
});

test("an acknowledgement that says nothing new is none", () => {
  const window = windowWith(3);
  window.acknowledge(2, 0, 50);
  expect(window.acknowledge(2, 0, 60)).toBeUndefined();
});

test.for([4, 0x7fff_ffff, 0xffff_ffff])("an acknowledgement of %i of 3 frames changes nothing", (claim) => {
  const window = windowWith(3);
  expect(window.acknowledge(claim, 0, 100)).toBeUndefined();
  expect(window.unacknowledgedBytes).toBe(300);
  expect(window.acknowledge(3, 0, 100)?.byteCount).toBe(300);
});

test("a long broadcast keeps only what is not acknowledged", () => {
  const window = new AcknowledgementWindow();
  for (let count = 1; count <= 100_000; count += 1) {
    window.sent(count, count);
    expect(window.acknowledge(count, 0, count + 5)).toEqual({ roundTripMs: 5, byteCount: count });
  }
  expect(window.unacknowledgedBytes).toBe(0);
});
