import { seededRandom } from "@rtmp/testkit";
import { expect, test } from "vitest";
import { minimise } from "../src/minimise.ts";

const budget = { attempts: 5000, isOver: () => false };
const holds = (predicate: (input: Uint8Array) => boolean) => (input: Uint8Array) => Promise.resolve(predicate(input));

test("a fault that needs two bytes in order is shrunk to these two", async () => {
  const input = seededRandom(1)
    .bytes(2000)
    .map((byte) => byte % 100);
  input[700] = 201;
  input[1500] = 202;
  const isFaulty = (bytes: Uint8Array): boolean => {
    const first = bytes.indexOf(201);
    return first >= 0 && bytes.indexOf(202, first) > 0;
  };
  expect(await minimise(input, holds(isFaulty), budget)).toEqual(Uint8Array.of(201, 202));
});

test("bytes that do not matter but must be there become zero", async () => {
  const input = seededRandom(2).bytes(9).fill(5);
  const isFaulty = (bytes: Uint8Array): boolean => bytes.length >= 4 && bytes[2] === 5;
  expect(await minimise(input, holds(isFaulty), budget)).toEqual(Uint8Array.of(0, 0, 5, 0));
});

test("a fault of the empty input is shrunk to it", async () => {
  expect(
    await minimise(
      new Uint8Array(70),
      holds(() => true),
      budget,
    ),
  ).toEqual(new Uint8Array(0));
});

test("no more inputs are tried than the budget has, and the best so far is the result", async () => {
  let tried = 0;
  const input = new Uint8Array(1000).fill(1);
  const result = await minimise(
    input,
    holds((bytes) => (tried++, bytes.length > 100)),
    { ...budget, attempts: 3 },
  );
  expect(tried).toBe(3);
  expect(result.length).toBeLessThan(1000);
  expect(result.length).toBeGreaterThan(100);
});
