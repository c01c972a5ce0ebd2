import { seededRandom, toHex } from "@rtmp/testkit";
import { describe, expect, test } from "vitest";
import { mutate, mutated } from "../src/mutate.ts";
import { MAX_INPUT_SIZE } from "../src/target.ts";

const corpus = [Uint8Array.of(0, 0, 0, 4, 1, 2, 3, 4, 9), new Uint8Array(0), new Uint8Array(300).fill(7)];

describe("a mutation", () => {
  test("is the same for the same random numbers and another for others", () => {
    const run = (seed: number): string[] => {
      const random = seededRandom(seed);
      return Array.from({ length: 50 }, () => toHex(mutated(corpus, random)));
    };
    expect(run(5)).toEqual(run(5));
    expect(run(5)).not.toEqual(run(6));
  });

  test("leaves the corpus as it was", () => {
    const before = corpus.map(toHex);
    const random = seededRandom(1);
    for (let i = 0; i < 2000; i++) mutated(corpus, random);
    expect(corpus.map(toHex)).toEqual(before);
  });

  test("never exceeds the largest input, and takes an empty one", () => {
    const random = seededRandom(2);
    let largest = 0;
    let bytes: Uint8Array = new Uint8Array(0);
    for (let i = 0; i < 5000; i++) {
      bytes = mutate(i % 50 === 0 ? new Uint8Array(0) : bytes, random, corpus);
      largest = Math.max(largest, bytes.length);
    }
    expect(largest).toBeGreaterThan(MAX_INPUT_SIZE / 2);
    expect(largest).toBeLessThanOrEqual(MAX_INPUT_SIZE);
  });

  test("makes a length field lie by one", () => {
    const random = seededRandom(3);
    const found = new Set<number | undefined>();
    for (let i = 0; i < 5000; i++) found.add(mutate(corpus[0]!, random, corpus)[3]);
    for (const length of [0, 3, 5, 8, 255]) expect(found).toContain(length);
  });
});
