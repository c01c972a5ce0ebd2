import { describe, expect, test } from "vitest";
import { ManualClock, memoryConnectionPair } from "../src/testing.ts";

describe("a pair in memory", () => {
  test.each(["highWaterMark", "maxUnsentBytes", "endTimeoutMs"])(
    "a negative %s is a RangeError that names it",
    (name) => {
      expect(() => memoryConnectionPair({ [name]: -1 })).toThrow(new RegExp(name));
    },
  );

  test("a piece size of 0 is a RangeError", () => {
    expect(() => memoryConnectionPair({ pieceSize: 0 })).toThrow(RangeError);
  });

  test("the two ends know each other's address and port", () => {
    const { client, server } = memoryConnectionPair({ clientAddress: "192.0.2.7" });
    expect(server.remoteAddress).toBe("192.0.2.7");
    expect(server.remotePort).toBe(client.localPort);
    expect(client.remotePort).toBe(server.localPort);
    expect(client.id).not.toBe(server.id);
  });
});

describe("the manual clock", () => {
  test("tasks that schedule each other for the same moment for ever are an error, not a hang", () => {
    const clock = new ManualClock();
    const again = (): void => void clock.schedule(0, again);
    clock.schedule(0, again);
    expect(() => clock.advance(0)).toThrow(/circles/);
  });

  test("each task sees its own moment as now", () => {
    const clock = new ManualClock();
    const at: number[] = [];
    for (const ms of [30, 10, 20]) clock.schedule(ms, () => at.push(clock.now()));
    clock.advance(100);
    expect(at).toEqual([10, 20, 30]);
    expect(clock.now()).toBe(100);
  });
});
