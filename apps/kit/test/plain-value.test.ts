import { describe, expect, test } from "vitest";
import { plainValue } from "../src/plain-value.ts";

describe("a plain value", () => {
  test.each([
    [5n, "5"],
    [Number.POSITIVE_INFINITY, null],
    [undefined, null],
    [Symbol("x"), null],
    [new Uint8Array(3), "3 bytes"],
    [
      [1, undefined],
      [1, null],
    ],
    [{ toJSON: "not a function" }, { toJSON: "not a function" }],
  ])("of %o is something that JSON can say", (value, expected) => {
    expect(plainValue(value)).toEqual(expected);
  });

  test("of an object whose class is unknown is its own properties, __proto__ like any other", () => {
    class Named {
      readonly [key: string]: unknown;
      readonly width: number = 5;
    }
    expect(JSON.stringify(plainValue(new Named()))).toBe('{"width":5}');
    expect(JSON.stringify(plainValue(JSON.parse('{"__proto__":{"a":1}}')))).toBe('{"__proto__":{"a":1}}');
  });

  test("of a circle ends", () => {
    const circle: Record<string, unknown> = { name: "c" };
    circle.self = circle;
    expect(JSON.stringify(plainValue(circle)).length).toBeLessThan(1000);
  });

  test("of what unfolds without end is cut", () => {
    let doubled: unknown = "x";
    for (let i = 0; i < 30; i++) doubled = [doubled, doubled];
    expect(JSON.stringify(plainValue(doubled)).length).toBeLessThan(1_000_000);
  });
});
