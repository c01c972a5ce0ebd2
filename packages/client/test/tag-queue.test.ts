import { seededRandom } from "@rtmp/testkit";
import { describe, expect, test } from "vitest";
import { TagQueue } from "../src/tag-queue.ts";
import { avcHeader, keyFrame } from "./tags.ts";

describe("TagQueue", () => {
  test("tags come out in the order they went in, whatever the turns of giving and taking", async () => {
    const random = seededRandom(1);
    const queue = new TagQueue();
    const taken: number[] = [];
    let given = 0;
    for (let turn = 0; turn < 200; turn++) {
      for (let i = random.int(0, 20); i > 0; i--) queue.push(keyFrame(given++));
      for (let i = random.int(0, 20); i > 0 && taken.length < given; i--) {
        taken.push((await queue.next()).value?.timestamp ?? -1);
      }
    }
    while (taken.length < given) taken.push((await queue.next()).value?.timestamp ?? -1);
    expect(taken).toEqual(Array.from({ length: given }, (_, index) => index));
    expect(queue.bytes).toBe(0);
  });

  test("empty tags cost memory too", () => {
    const queue = new TagQueue();
    for (let i = 0; i < 10; i++) queue.push({ type: "audio", timestamp: i, payload: new Uint8Array(0) });
    expect(queue.bytes).toBeGreaterThanOrEqual(1000);
  });

  test("who waits gets the next tag, in turn, and it is not counted as held", async () => {
    const queue = new TagQueue();
    const waiting = [queue.next(), queue.next()];
    queue.push(keyFrame(1));
    queue.push(keyFrame(2));
    expect((await Promise.all(waiting)).map(({ value }) => value?.timestamp)).toEqual([1, 2]);
    expect(queue.bytes).toBe(0);
  });

  test("the end comes behind what waits, to everybody, and the first end counts", async () => {
    const queue = new TagQueue();
    queue.push(avcHeader);
    queue.end();
    queue.end({ error: new Error("too late") });
    queue.push(avcHeader);
    expect(await queue.next()).toEqual({ done: false, value: avcHeader });
    expect(await queue.next()).toEqual({ done: true, value: undefined });
    expect(await queue.next()).toEqual({ done: true, value: undefined });
  });

  test("an error comes behind what waits, and to those who wait", async () => {
    const reason = new Error("lost");
    const queue = new TagQueue();
    const waiting = queue.next();
    queue.end({ error: reason });
    await expect(waiting).rejects.toBe(reason);
    await expect(queue.next()).rejects.toBe(reason);
  });
});
