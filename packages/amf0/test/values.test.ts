import assert from "node:assert/strict";
import { ascii, concat, f64, hex, toHex, u16, u32, u8 } from "@rtmp/testkit";
import { describe, expect, test } from "vitest";
import {
  Amf0Date,
  Amf0Unsupported,
  type Amf0Value,
  Amf0Xml,
  decode,
  decodeAll,
  EcmaArray,
  encode,
  TypedObject,
} from "../src/index.ts";

const long = "a".repeat(65_536);

/** One value and the only bytes it is written as. */
const pairs: readonly (readonly [name: string, bytes: Uint8Array, value: Amf0Value])[] = [
  ["zero", hex("00 0000000000000000"), 0],
  ["minus zero", hex("00 8000000000000000"), -0],
  ["one", hex("00 3ff0000000000000"), 1],
  ["a fraction", hex("00 3fb999999999999a"), 0.1],
  ["minus infinity", hex("00 fff0000000000000"), -Infinity],
  ["not a number", hex("00 7ff8000000000000"), NaN],
  ["the smallest number", hex("00 0000000000000001"), Number.MIN_VALUE],
  ["true", hex("01 01"), true],
  ["false", hex("01 00"), false],
  ["an empty string", hex("02 0000"), ""],
  ["a short string", hex("02 0004 6c697665"), "live"],
  ["a string of two-, three- and four-byte characters", hex("02 0009 c3a9 e282ac f09f8eac"), "\u00e9\u20ac\u{1f3ac}"],
  ["a string with a byte order mark", hex("02 0004 efbbbf 61"), "\ufeffa"],
  ["a string with a zero character", hex("02 0003 610062"), "a\0b"],
  ["the longest short string", concat(hex("02 ffff"), ascii(long.slice(1))), long.slice(1)],
  ["the shortest long string", concat(hex("0c 00010000"), ascii(long)), long],
  ["null", hex("05"), null],
  ["undefined", hex("06"), undefined],
  ["unsupported", hex("0d"), new Amf0Unsupported()],
  ["an empty object", hex("03 000009"), {}],
  ["an object", hex("03 0003 617070 02 0004 6c697665 0001 6e 05 000009"), { app: "live", n: null }],
  ["an undefined property", hex("03 0001 61 06 000009"), { a: undefined }],
  ["a property with an empty key", hex("03 0000 01 01 000009"), { "": true }],
  ["an empty ECMA array", hex("08 00000000 000009"), new EcmaArray()],
  ["an ECMA array", hex("08 00000001 0005 7769647468 00 409e000000000000 000009"), new EcmaArray({ width: 1920 })],
  ["a typed object", hex("10 0003 612e42 0001 78 01 00 000009"), new TypedObject("a.B", { x: false })],
  ["an empty strict array", hex("0a 00000000"), []],
  ["a strict array", hex("0a 00000003 05 06 0a 00000001 01 01"), [null, undefined, [true]]],
  ["a date", hex("0b 42702b3621158000 0000"), new Date(1_111_111_111_000)],
  ["a date before 1970", hex("0b bff0000000000000 0000"), new Date(-1)],
  ["an invalid date", hex("0b 7ff8000000000000 0000"), new Date(NaN)],
  ["a date with a time zone", hex("0b 0000000000000000 ffc4"), new Amf0Date(0, -60)],
  ["a date with half a millisecond", hex("0b 3ff8000000000000 0000"), new Amf0Date(1.5)],
  ["a date after the year 275760", concat(hex("0b"), f64(1e20), hex("0000")), new Amf0Date(1e20)],
  ["an XML document", hex("0f 00000004 3c612f3e"), new Amf0Xml("<a/>")],
  ["an empty byte array", hex("11 0c 01"), new Uint8Array(0)],
  ["a byte array", hex("11 0c 07 00ff80"), hex("00ff80")],
  ["a byte array of 64 bytes", concat(hex("11 0c 8101"), new Uint8Array(64)), new Uint8Array(64)],
  ["a byte array of 8192 bytes", concat(hex("11 0c 818001"), new Uint8Array(8192)), new Uint8Array(8192)],
  ["a byte array of 2^20 bytes", concat(hex("11 0c 80c08001"), new Uint8Array(2 ** 20)), new Uint8Array(2 ** 20)],
];

describe("each type has one written form", () => {
  test.each(pairs)("%s is read", (_, bytes, value) => {
    assert.deepStrictEqual(decode(bytes), value);
  });

  test.each(pairs)("%s is written", (_, bytes, value) => {
    assert.deepStrictEqual(encode(value), bytes);
  });

  test("a body is its values one after the other", () => {
    const body = concat(...pairs.slice(0, 20).map(([, bytes]) => bytes));
    const values = pairs.slice(0, 20).map(([, , value]) => value);
    assert.deepStrictEqual(decodeAll(body), values);
    assert.deepStrictEqual(encode(...values), body);
  });

  test("an empty body has no values", () => {
    expect(decodeAll(hex(""))).toEqual([]);
    expect(encode()).toEqual(hex(""));
  });

  test.each(pairs)("%s is written whole wherever in the growing memory it falls", (_, bytes, value) => {
    for (const fill of [480, 495, 500, 503, 504, 505, 506, 507, 508, 509, 510, 511, 512]) {
      const before = "x".repeat(fill);
      assert.deepStrictEqual(encode(before, value), concat(hex("02"), u16(fill), ascii(before), bytes));
    }
  });
});

describe("other forms of the same value", () => {
  test("any byte but zero is true", () => {
    expect(decode(hex("01 80"))).toBe(true);
  });

  test("a long string may be short", () => {
    expect(decode(hex("0c 00000004 6c697665"))).toBe("live");
  });

  test.each([0, 1, 2, 3, 0xffff_ffff])(
    "an ECMA array that claims %d entries has those up to its end marker",
    (count) => {
      const bytes = concat(u8(8), u32(count), hex("0001 61 05 0001 62 06 000009"));
      assert.deepStrictEqual(decode(bytes), new EcmaArray({ a: null, b: undefined }));
    },
  );

  test("a reference is the very object it points at", () => {
    const values = decode(hex("0a 00000003 03 0001 61 05 000009 08 00000000 000009 07 0001")) as Amf0Value[];
    expect(values[2]).toBe(values[0]);
  });

  test("references count objects, typed objects and both kinds of array across the whole body", () => {
    const body = hex("03 000009 08 00000000 000009 0b 0000000000000000 0000 10 0001 41 000009 0a 00000000 02 0000");
    const values = decodeAll(concat(body, hex("07 0000 07 0001 07 0002 07 0003")));
    const [object, ecmaArray, , typedObject, strictArray, , ...references] = values;
    expect(references).toHaveLength(4);
    for (const [i, original] of [object, ecmaArray, typedObject, strictArray].entries()) {
      expect(references[i]).toBe(original);
    }
  });

  test("a value named twice is written twice: many readers know no references", () => {
    const shared = { a: null };
    expect(toHex(encode([shared, shared]))).toBe("0a00000002" + "030001610500" + "0009" + "030001610500" + "0009");
  });
});

describe("UTF-8", () => {
  test.each([
    ["a lone continuation byte", "02 0001 80", "\ufffd"],
    ["a byte that UTF-8 never has", "02 0003 61ff62", "a\ufffdb"],
    ["a cut character", "02 0002 e282", "\ufffd"],
    ["an encoded surrogate", "02 0003 eda080", "\ufffd\ufffd\ufffd"],
    ["bad bytes in a text too long for the short way", "02 001a ff" + "61".repeat(25), "\ufffd" + "a".repeat(25)],
  ])("%s reads as U+FFFD", (_, bytes, text) => {
    expect(decode(hex(bytes))).toBe(text);
  });

  test("a lone surrogate is written as U+FFFD", () => {
    expect(toHex(encode("a\ud800b"))).toBe("020005" + "61efbfbd62");
  });

  test("text of every length from 0 to 200 bytes is read and written alike, with and without a wide character", () => {
    for (let size = 0; size <= 200; size++) {
      const narrow = "abcdefghij".repeat(20).slice(0, size);
      const bytes = concat(u8(2), u16(size), ascii(narrow));
      expect(decode(bytes)).toBe(narrow);
      expect(encode(narrow)).toEqual(bytes);
      const wide = concat(u8(2), u16(size + 2), ascii(narrow), hex("c3a9"));
      expect(decode(wide)).toBe(narrow + "\u00e9");
      expect(encode(narrow + "\u00e9")).toEqual(wide);
    }
  });

  test("65535 characters of two bytes each make a long string", () => {
    const text = "\u00e9".repeat(65_535);
    const bytes = encode(text);
    expect(toHex(bytes.subarray(0, 5))).toBe("0c0001fffe");
    expect(decode(bytes)).toBe(text);
  });
});

describe("ownership", () => {
  test("overwriting the input changes no value that was read from it", () => {
    const bytes = hex("0a 00000003 02 0004 6c697665 11 0c 07 010203 0f 00000001 61");
    const value = decode(bytes);
    bytes.fill(0xee);
    assert.deepStrictEqual(value, ["live", hex("010203"), new Amf0Xml("a")]);
  });

  test("a byte array read from a Node.js Buffer is a plain Uint8Array of its own", () => {
    const buffer = Buffer.from(hex("11 0c 07 010203"));
    const bytes = decode(buffer);
    buffer.fill(0);
    assert.deepStrictEqual(bytes, hex("010203"));
  });

  test("written bytes are not touched by the next write", () => {
    const first = encode("first");
    encode("other");
    expect(decode(first)).toBe("first");
  });

  test("a view into larger memory is read from its own start", () => {
    expect(decode(hex("ffff 02 0001 61 ff").subarray(2, 6))).toBe("a");
  });
});
