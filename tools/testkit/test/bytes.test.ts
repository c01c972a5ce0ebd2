import { expect, test } from "vitest";
import { concat, f64, hex, randomSplits, seededRandom, splits, toHex, u16, u24, u32, u32le } from "../src/index.ts";

test("hex and toHex are each other's inverse", () => {
  expect([...hex("00 fF\n10")]).toEqual([0, 255, 16]);
  expect(toHex(hex("00ff10"))).toBe("00ff10");
  expect(() => hex("0g")).toThrow(TypeError);
  expect(() => hex("123")).toThrow(TypeError);
});

test("wire integers are laid out byte by byte", () => {
  expect(toHex(concat(u16(0x0102), u24(0x030405), u32(0xfffefdfc), u32le(1)))).toBe("0102030405fffefdfc01000000");
  expect(toHex(f64(1))).toBe("3ff0000000000000");
});

test("whatever the cut, the pieces join to the same bytes", () => {
  const random = seededRandom(7);
  const bytes = random.bytes(500);
  expect(concat(...splits(bytes, 7))).toEqual(bytes);
  for (let i = 0; i < 50; i++) expect(concat(...randomSplits(bytes, random))).toEqual(bytes);
});

test("the same seed gives the same numbers", () => {
  expect(seededRandom(1).bytes(32)).toEqual(seededRandom(1).bytes(32));
  expect(seededRandom(1).bytes(32)).not.toEqual(seededRandom(2).bytes(32));
});
