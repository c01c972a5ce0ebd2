import assert from "node:assert/strict";
import { ascii, concat, hex, toHex, u16, u32, u8 } from "@rtmp/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Amf0Object, type Amf0Value, decode, EcmaArray, encode, propertiesOf, TypedObject } from "../src/index.ts";

const END = hex("000009");

/** Keys in this order, each with a null. */
function nulls(keys: readonly string[]): Uint8Array {
  return concat(...keys.map((key) => concat(u16(key.length), ascii(key), u8(5))));
}

function asObject(value: Amf0Value): Amf0Object {
  const properties = propertiesOf(value);
  if (properties === undefined) throw new TypeError("not an object");
  return properties;
}

describe("the order of keys", () => {
  test("keys that JavaScript would sort are written in the order they were read", () => {
    const keys = ["2", "b", "1", "10", "a", "0", "4294967295", "01"];
    for (const head of [hex("03"), concat(u8(8), u32(keys.length)), hex("10 0001 41")]) {
      const bytes = concat(head, nulls(keys), END);
      expect(toHex(encode(decode(bytes)))).toBe(toHex(bytes));
    }
  });

  test("any keys in any order are written as they were read", () => {
    const key = fc
      .oneof(fc.nat({ max: 40 }).map(String), fc.stringMatching(/^[ -~]{0,6}$/))
      .filter((k) => k !== "__proto__");
    const law = fc.property(fc.uniqueArray(key, { maxLength: 12 }), (keys) => {
      const bytes = concat(hex("03"), nulls(keys), END);
      expect(toHex(encode(decode(bytes)))).toBe(toHex(bytes));
    });
    fc.assert(law, { seed: 1, numRuns: 500 });
  });

  test("changing an object keeps the order of the keys that stay and puts new keys last", () => {
    const object = asObject(decode(concat(hex("03"), nulls(["9", "b", "1", "c"]), END)));
    delete object.b;
    object["3"] = null;
    object.c = true;
    expect(toHex(encode(object))).toBe(
      toHex(concat(hex("03"), nulls(["9", "1"]), hex("0001 63 01 01"), nulls(["3"]), END)),
    );
  });

  test("an ECMA array made from an object that was read keeps that object's order", () => {
    const object = asObject(decode(concat(hex("03"), nulls(["2", "1"]), END)));
    const entries = concat(nulls(["2", "1"]), END);
    expect(toHex(encode(new EcmaArray(object)))).toBe(toHex(concat(hex("08 00000002"), entries)));
  });

  test("a key that comes twice has its last value in its first place", () => {
    const object = decode(hex("03 0001 61 01 00 0001 62 05 0001 61 01 01 000009"));
    assert.deepStrictEqual(Object.entries(asObject(object)), [
      ["a", true],
      ["b", null],
    ]);
    const numbered = decode(hex("03 0001 32 01 00 0001 31 05 0001 32 01 01 000009"));
    expect(toHex(encode(numbered))).toBe("03" + "0001320101" + "00013105" + "000009");
  });
});

describe("keys that name something on Object.prototype", () => {
  const names = Object.getOwnPropertyNames(Object.prototype).filter((name) => name !== "__proto__");

  test.each(names)("%s is an own property like any other", (name) => {
    const before = Object.getOwnPropertyDescriptors(Object.prototype);
    for (const head of ["03", "08 00000000", "10 0001 41"]) {
      const object = asObject(decode(concat(hex(head), nulls([name]), END)));
      const expected = { value: null, writable: true, enumerable: true, configurable: true };
      expect(Object.getOwnPropertyDescriptor(object, name)).toEqual(expected);
      expect(Object.keys(object)).toEqual([name]);
    }
    expect(Object.getOwnPropertyDescriptors(Object.prototype)).toEqual(before);
  });

  test("there are at least ten such names, constructor and toString among them", () => {
    expect(names.length).toBeGreaterThan(9);
    expect(names).toEqual(expect.arrayContaining(["constructor", "toString", "hasOwnProperty"]));
  });
});

describe("an ECMA array in use", () => {
  test("its entries are plain properties: read, set, listed, copied and turned into JSON", () => {
    const metadata = decode(hex("08 00000001 0005 7769647468 00 409e000000000000 000009")) as EcmaArray;
    expect(metadata).toBeInstanceOf(EcmaArray);
    expect(metadata.width).toBe(1920);
    metadata.height = 1080;
    expect(Object.entries(metadata)).toEqual([
      ["width", 1920],
      ["height", 1080],
    ]);
    expect(Object.assign({}, metadata)).toEqual({ width: 1920, height: 1080 });
    expect(JSON.stringify(metadata)).toBe('{"width":1920,"height":1080}');
    expect(toHex(encode(metadata)).slice(0, 10)).toBe("0800000002");
  });

  test("it copies the properties it is made from", () => {
    const source = { a: 1 };
    const array = new EcmaArray(source);
    source.a = 2;
    expect(array.a).toBe(1);
  });

  test("one made by another copy of this package is written as what it is", () => {
    class Foreign {
      readonly a: number = 1;
      get [Symbol.toStringTag](): string {
        return "EcmaArray";
      }
    }
    expect(toHex(encode(new Foreign() as unknown as EcmaArray)).slice(0, 10)).toBe("0800000001");
  });
});

test("objects, ECMA arrays and typed objects have properties, other values have none", () => {
  const fields = { a: 1 };
  expect(propertiesOf(fields)).toBe(fields);
  expect(propertiesOf(new EcmaArray(fields))).toEqual(new EcmaArray(fields));
  expect(propertiesOf(new TypedObject("A", fields))).toBe(fields);
  const others = ["0d", "0f 00000000", "0a 00000000", "0b 0000000000000000 0000", "11 0c 01", "05", "06", "02 0000"];
  for (const bytes of others) expect(propertiesOf(decode(hex(bytes)))).toBeUndefined();
});
