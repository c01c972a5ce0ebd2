import { ascii, concat, hex, u16, u32, u8 } from "@rtmp/testkit";
import { describe, expect, test } from "vitest";
import { type Amf0Value, decode, decodeAll, DEFAULT_DECODE_OPTIONS, EcmaArray, encode } from "../src/index.ts";
import { faultOf } from "./faults.ts";

function repeat(bytes: Uint8Array, count: number): Uint8Array {
  const whole = new Uint8Array(bytes.length * count);
  for (let i = 0; i < count; i++) whole.set(bytes, i * bytes.length);
  return whole;
}

describe("each fault has its code and its place", () => {
  test.each([
    ["no value at all", "", "AMF0_TRUNCATED", 0],
    ["a number without its last byte", "00 00000000000000", "AMF0_TRUNCATED", 0],
    ["a key cut short", "03 0001 61 05 0003 6161", "AMF0_TRUNCATED", 5],
    ["a key without a value", "03 0001 61", "AMF0_TRUNCATED", 4],
    ["an object without its end marker", "03 0001 61 05", "AMF0_TRUNCATED", 5],
    ["an empty key and nothing more", "03 0000", "AMF0_TRUNCATED", 3],
    ["an ECMA array without its count", "08 000000", "AMF0_TRUNCATED", 0],
    ["a date without its time zone", "0b 0000000000000000", "AMF0_TRUNCATED", 0],
    ["a strict array with one value too few", "0a 00000002 05", "AMF0_TRUNCATED", 0],
    ["a strict array whose last value is cut", "0a 00000002 05 01", "AMF0_TRUNCATED", 6],
    ["2^32 - 1 strict values of which none came", "0a ffffffff", "AMF0_TRUNCATED", 0],
    ["a second value", "05 06", "AMF0_TRAILING_BYTES", 1],
    ["a marker without a type", "12", "AMF0_UNKNOWN_MARKER", 0],
    ["marker 255 inside an array", "0a 00000002 05 ff", "AMF0_UNKNOWN_MARKER", 6],
    ["an object end in the place of a value", "03 0001 61 09", "AMF0_UNKNOWN_MARKER", 4],
    ["a movie clip", "04", "AMF0_UNSUPPORTED_TYPE", 0],
    ["a record set", "0e", "AMF0_UNSUPPORTED_TYPE", 0],
    ["the key __proto__", "03 0001 61 05 0009 5f5f70726f746f5f5f 03 000009 000009", "AMF0_FORBIDDEN_KEY", 5],
    ["the key __proto__ in an ECMA array", "08 00000001 0009 5f5f70726f746f5f5f 05 000009", "AMF0_FORBIDDEN_KEY", 5],
    ["a reference to nothing", "07 0000", "AMF0_BAD_REFERENCE", 0],
    ["a reference one past the table", "0a 00000002 03 000009 07 0002", "AMF0_BAD_REFERENCE", 9],
    ["an object inside itself", "03 0001 61 07 0000 000009", "AMF0_CIRCULAR_REFERENCE", 4],
    ["an array inside its member", "0a 00000001 03 0001 61 07 0000 000009", "AMF0_CIRCULAR_REFERENCE", 9],
  ])("%s", (_, bytes, code, offset) => {
    expect(faultOf(() => decode(hex(bytes)))).toEqual({ code, offset });
  });

  test("a class name or key that grows past 65535 bytes when its bad bytes are replaced", () => {
    const bad = new Uint8Array(21_846).fill(0xff);
    const typed = concat(hex("10"), u16(bad.length), bad, hex("000009"));
    expect(faultOf(() => decode(typed))).toEqual({ code: "AMF0_STRINGS_TOO_LONG", offset: 0 });
    const keyed = concat(hex("03"), u16(bad.length), bad, hex("05 000009"));
    expect(faultOf(() => decode(keyed))).toEqual({ code: "AMF0_STRINGS_TOO_LONG", offset: 1 });
    const fitting = decode(concat(hex("03"), u16(21_845), bad.subarray(1), hex("05 000009")));
    expect(encode(fitting)).toHaveLength(1 + 2 + 65_535 + 1 + 3);
  });
});

describe("maxDepth", () => {
  const nestings: readonly (readonly [string, Uint8Array])[] = [
    ["objects", hex("03 0001 61")],
    ["ECMA arrays", hex("08 ffffffff 0001 61")],
    ["typed objects", hex("10 0001 41 0001 61")],
    ["strict arrays", hex("0a 00000001")],
    ["AMF3 values in strict arrays", hex("0a 00000001")],
  ];

  test.each(nestings)("%s nested 20000 deep stop at the level past the limit", (_, opening) => {
    const bomb = repeat(opening, 20_000);
    for (const maxDepth of [0, 1, 64, 512]) {
      const fault = { code: "AMF0_TOO_DEEP", offset: opening.length * maxDepth };
      expect(faultOf(() => decode(bomb, { maxDepth }))).toEqual(fault);
    }
    expect(faultOf(() => decode(bomb)).offset).toBe(opening.length * DEFAULT_DECODE_OPTIONS.maxDepth);
  });

  test.each([
    ["AMF3 arrays", "09 03 01"],
    ["AMF3 arrays with keys", "09 01 03 61"],
    ["AMF3 objects", "0a 0b 01 03 61"],
  ])("%s nested 20000 deep stop at the level past the limit", (_, opening) => {
    const bomb = concat(hex("11"), repeat(hex(opening), 20_000));
    const fault = { code: "AMF0_TOO_DEEP", offset: 1 + hex(opening).length * 64 };
    expect(faultOf(() => decode(bomb))).toEqual(fault);
  });

  test("exactly as many levels as allowed are read, 512 among them, and can be written again", () => {
    for (const maxDepth of [1, 2, 64, 512]) {
      const bytes = concat(repeat(hex("03 0001 61"), maxDepth), hex("05"), repeat(hex("000009"), maxDepth));
      expect(encode(decode(bytes, { maxDepth }))).toEqual(bytes);
    }
  });

  test("a chain of references counts as the depth it makes", () => {
    const link = (index: number): Uint8Array => concat(hex("03 0001 61 07"), u16(index), hex("000009"));
    const chain = (count: number): Uint8Array =>
      concat(hex("03 000009"), ...Array.from({ length: count }, (_, index) => link(index)));
    expect(decodeAll(chain(63))).toHaveLength(64);
    expect(faultOf(() => decodeAll(chain(64)))).toEqual({ code: "AMF0_TOO_DEEP", offset: 4 + 63 * 10 + 4 });
  });
});

test("a reference is as deep as the deepest member of what it names, not the last", () => {
  const threeLevels = hex("0a 00000002 0a 00000001 0a 00000000 0a 00000000");
  const inside = (levels: number): Uint8Array =>
    concat(threeLevels, repeat(hex("0a 00000001"), levels), hex("07 0000"));
  expect(decodeAll(inside(1), { maxDepth: 4 })).toEqual([[[[]], []], [[[[]], []]]]);
  expect(faultOf(() => decodeAll(inside(2), { maxDepth: 4 }))).toEqual({ code: "AMF0_TOO_DEEP", offset: 30 });
});

describe("maxNodes", () => {
  test("counts every value in the body, containers included", () => {
    const bytes = hex("0a 00000003 05 03 0001 61 05 000009 11 09 03 01 01");
    expect(decodeAll(bytes, { maxNodes: 6 })).toHaveLength(1);
    expect(faultOf(() => decodeAll(bytes, { maxNodes: 5 }))).toEqual({ code: "AMF0_TOO_MANY_NODES", offset: 18 });
    expect(faultOf(() => decodeAll(bytes, { maxNodes: 2 }))).toEqual({ code: "AMF0_TOO_MANY_NODES", offset: 6 });
  });

  test("a million empty values are refused after 65536", () => {
    const many = new Uint8Array(1_000_000).fill(5);
    expect(faultOf(() => decodeAll(many))).toEqual({ code: "AMF0_TOO_MANY_NODES", offset: 65_536 });
    const bytes = concat(hex("0a"), u32(many.length), many);
    expect(faultOf(() => decode(bytes))).toEqual({ code: "AMF0_TOO_MANY_NODES", offset: 5 + 65_535 });
  });

  test("references that double a value thirty times are refused before they grow", () => {
    const doubled = (index: number): Uint8Array =>
      concat(hex("03 0001 61 07"), u16(index), hex("0001 62 07"), u16(index), hex("000009"));
    const bomb = concat(hex("03 000009"), ...Array.from({ length: 30 }, (_, index) => doubled(index)));
    expect(faultOf(() => decodeAll(bomb)).code).toBe("AMF0_TOO_MANY_NODES");
    const [first, second, third] = decodeAll(bomb.subarray(0, 4 + 16 * 2), { maxNodes: 1 + 3 + 7 });
    expect(third).toEqual({ a: { a: first, b: first }, b: second });
    expect(faultOf(() => decodeAll(bomb.subarray(0, 36), { maxNodes: 10 })).code).toBe("AMF0_TOO_MANY_NODES");
  });

  test("AMF3 references that double an array are refused before they grow", () => {
    const doubled = (index: number): Uint8Array =>
      concat(hex("11 09 05 01 09"), u8(index * 2), hex("09"), u8(index * 2));
    const bomb = concat(hex("11 09 01 01"), ...Array.from({ length: 30 }, (_, index) => doubled(index)));
    expect(faultOf(() => decodeAll(bomb)).code).toBe("AMF0_TOO_MANY_NODES");
  });
});

describe("maxStringBytes", () => {
  test("counts strings, keys, class names, XML documents and byte arrays together", () => {
    const bytes = hex("02 0002 6161 10 0001 41 0001 62 0c 00000003 616161 000009 0f 00000001 61 11 0c 05 0000");
    expect(decodeAll(bytes, { maxStringBytes: 10 })).toHaveLength(4);
    expect(faultOf(() => decodeAll(bytes, { maxStringBytes: 9 }))).toEqual({
      code: "AMF0_STRINGS_TOO_LONG",
      offset: 30,
    });
    expect(faultOf(() => decodeAll(bytes, { maxStringBytes: 2 }))).toEqual({
      code: "AMF0_STRINGS_TOO_LONG",
      offset: 5,
    });
  });

  test("a long string of 4 GiB is refused by its claim alone", () => {
    expect(faultOf(() => decode(hex("0c ffffffff")))).toEqual({ code: "AMF0_STRINGS_TOO_LONG", offset: 0 });
    expect(faultOf(() => decode(hex("0f ffffffff")))).toEqual({ code: "AMF0_STRINGS_TOO_LONG", offset: 0 });
    expect(faultOf(() => decode(hex("11 0c ffffffff")))).toEqual({ code: "AMF0_STRINGS_TOO_LONG", offset: 1 });
  });

  test("naming one long AMF3 string a thousand times costs it a thousand times", () => {
    const long = concat(hex("11 06 9001"), ascii("a".repeat(1024)));
    expect(decodeAll(concat(long, repeat(hex("11 06 00"), 1023)))).toHaveLength(1024);
    const bomb = concat(long, repeat(hex("11 06 00"), 1024));
    expect(faultOf(() => decodeAll(bomb))).toEqual({
      code: "AMF0_STRINGS_TOO_LONG",
      offset: long.length + 1023 * 3 + 1,
    });
  });

  test("naming an object costs the text inside it again", () => {
    const bytes = concat(hex("03 0001 61 02 0005 6161616161 000009"), hex("07 0000"));
    expect(decodeAll(bytes, { maxStringBytes: 12 })).toHaveLength(2);
    expect(faultOf(() => decodeAll(bytes, { maxStringBytes: 11 }))).toEqual({
      code: "AMF0_STRINGS_TOO_LONG",
      offset: 15,
    });
  });

  test("naming traits costs their keys again", () => {
    const bytes = hex("11 0a 13 01 0b 6b6b6b6b6b 01  11 0a 01 01");
    expect(decodeAll(bytes, { maxStringBytes: 15 })).toHaveLength(2);
    expect(faultOf(() => decodeAll(bytes, { maxStringBytes: 14 })).code).toBe("AMF0_STRINGS_TOO_LONG");
  });
});

describe("allowMissingEnd", () => {
  const options = { allowMissingEnd: true };

  test("an ECMA array or object may end with the body", () => {
    expect(decode(hex("08 00000001 0001 61 0101"), options)).toEqual(new EcmaArray({ a: true }));
    expect(decode(hex("03"), options)).toEqual({});
    expect(decode(hex("0a 00000001 03 0001 61 08 00000000"), options)).toEqual([{ a: new EcmaArray() }]);
  });

  test("nothing else may be missing", () => {
    expect(faultOf(() => decode(hex("03 00"), options))).toEqual({ code: "AMF0_TRUNCATED", offset: 1 });
    expect(faultOf(() => decode(hex("03 0001 61"), options))).toEqual({ code: "AMF0_TRUNCATED", offset: 4 });
    expect(faultOf(() => decode(hex("0a 00000002 03 000009"), options)).code).toBe("AMF0_TRUNCATED");
    expect(faultOf(() => decode(hex("0a 00000002 03"), options)).code).toBe("AMF0_TRUNCATED");
  });
});

describe("options out of their range are the caller's fault", () => {
  test.each([
    ["maxDepth", -1],
    ["maxDepth", 513],
    ["maxDepth", 1.5],
    ["maxNodes", NaN],
    ["maxNodes", 2 ** 24 + 1],
    ["maxStringBytes", Infinity],
    ["maxStringBytes", 2 ** 28 + 1],
  ])("%s %d", (option, value) => {
    expect(() => decode(hex("05"), { [option]: value })).toThrow(RangeError);
    expect(() => decode(hex("05"), { [option]: value })).toThrow(option);
  });
});

describe("what cannot be written is the caller's fault", () => {
  const refused: readonly (readonly [string, unknown, string])[] = [
    ["a bigint", 1n, "bigint"],
    ["a symbol", Symbol("s"), "symbol"],
    ["a function", () => 1, "function"],
    ["a Map", new Map(), "Map"],
    ["a URL", new URL("rtmp://127.0.0.1/live"), "URL"],
    [
      "an object of a foreign class",
      new (class Camera {
        readonly width: number = 1;
      })(),
      "Camera",
    ],
    ["an own key __proto__", JSON.parse('{"__proto__":1}'), "__proto__"],
    ["an own key __proto__ in an ECMA array", new EcmaArray(JSON.parse('{"__proto__":1}') as EcmaArray), "__proto__"],
  ];

  test.each(refused)("%s is a TypeError", (_, value, word) => {
    expect(() => encode("before", { a: [value as Amf0Value] })).toThrow(TypeError);
    expect(() => encode(value as Amf0Value)).toThrow(word);
    expect(encode(null)).toEqual(hex("05"));
  });

  test("a value that contains itself is a TypeError, however far down", () => {
    const object: Record<string, Amf0Value> = {};
    object.a = [new EcmaArray({ b: 1 }), { c: object }];
    expect(() => encode(object)).toThrow(TypeError);
    const array: Amf0Value[] = [];
    array.push(array);
    expect(() => encode(array)).toThrow("contains itself");
    const ecmaArray = new EcmaArray();
    ecmaArray.self = ecmaArray;
    expect(() => encode(ecmaArray)).toThrow("contains itself");
  });

  test("512 levels are written, 513 are a RangeError, and so are 100000", () => {
    const nested = (levels: number): Amf0Value => {
      let value: Amf0Value = null;
      for (let i = 0; i < levels; i++) value = [value];
      return value;
    };
    expect(encode(nested(512))).toEqual(concat(repeat(hex("0a 00000001"), 512), hex("05")));
    expect(() => encode(nested(513))).toThrow(RangeError);
    expect(() => encode(nested(100_000))).toThrow("512 levels");
  });

  test("a key or class name of 65536 bytes is a RangeError, of 65535 bytes it is written", () => {
    const key = "\u00e9".repeat(32_767) + "a";
    expect(decode(encode({ [key]: null }))).toEqual({ [key]: null });
    expect(() => encode({ [key + "a"]: null })).toThrow(RangeError);
    expect(() => encode({ ["a".repeat(65_536)]: null })).toThrow("65535");
  });
});
