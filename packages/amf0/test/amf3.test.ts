import assert from "node:assert/strict";
import { ascii, concat, f64, hex, toHex, u8 } from "@rtmp/testkit";
import { describe, expect, test } from "vitest";
import {
  Amf0Date,
  type Amf0Value,
  Amf0Xml,
  decode,
  decodeAll,
  EcmaArray,
  encode,
  propertiesOf,
  TypedObject,
} from "../src/index.ts";
import { faultOf } from "./faults.ts";

/** A string as AMF3 writes it: the length, doubled and one more, then the text. */
function text(value: string): Uint8Array {
  return concat(u8(value.length * 2 + 1), ascii(value));
}

describe("AMF3 values behind the AVM+ marker", () => {
  test.each<[name: string, bytes: string, value: Amf0Value]>([
    ["undefined", "00", undefined],
    ["null", "01", null],
    ["false", "02", false],
    ["true", "03", true],
    ["integer 0", "04 00", 0],
    ["integer 127, the last of one byte", "04 7f", 127],
    ["integer 128, the first of two bytes", "04 8100", 128],
    ["integer 16383, the last of two bytes", "04 ff7f", 16_383],
    ["integer 16384, the first of three bytes", "04 818000", 16_384],
    ["integer 2097151, the last of three bytes", "04 ffff7f", 2_097_151],
    ["integer 2097152, the first of four bytes", "04 80c08000", 2_097_152],
    ["the greatest integer", "04 bfffffff", 268_435_455],
    ["the least integer", "04 c0808000", -268_435_456],
    ["integer -1", "04 ffffffff", -1],
    ["a double", "05 3ff8000000000000", 1.5],
    ["an empty string", "06 01", ""],
    ["a string", "06 09 6c697665", "live"],
    ["an XML document of the old kind", "07 09 3c612f3e", new Amf0Xml("<a/>")],
    ["an XML document", "0b 09 3c612f3e", new Amf0Xml("<a/>")],
    ["a date", "08 01 42702b3621158000", new Date(1_111_111_111_000)],
    ["a date with half a millisecond", "08 01 3ff8000000000000", new Amf0Date(1.5)],
    ["an empty array", "09 01 01", []],
    ["a dense array", "09 07 01 0401 0402 0403", [1, 2, 3]],
    ["an array with keys", "09 01 03 61 0401 01", new EcmaArray({ a: 1 })],
    ["an array with keys and a dense part", "09 05 03 61 03 01 0407 0408", new EcmaArray({ a: true, 0: 7, 1: 8 })],
    ["a dynamic object", "0a 0b 01 03 61 0401 03 62 0602 01", { a: 1, b: "b" }],
    ["an object with fixed keys", "0a 23 01 03 61 03 62 0401 0402", { a: 1, b: 2 }],
    ["a fixed key and a dynamic one", "0a 1b 01 03 61 0401 03 62 0402 01", { a: 1, b: 2 }],
    ["a typed object", "0a 13 07 612e42 03 78 03", new TypedObject("a.B", { x: true })],
    ["a byte array", "0c 07 00ff80", hex("00ff80")],
  ])("%s", (_, bytes, value) => {
    assert.deepStrictEqual(decode(concat(hex("11"), hex(bytes))), value);
  });

  test("the connect command of an AMF3 client is read with its object in either form", () => {
    const name = concat(hex("02 0007"), ascii("connect"), hex("00"), f64(1));
    const object = concat(
      hex("11 0a 0b 01"),
      text("app"),
      hex("06"),
      text("live"),
      text("objectEncoding"),
      hex("04 03 01"),
    );
    const values = ["connect", 1, { app: "live", objectEncoding: 3 }];
    assert.deepStrictEqual(decodeAll(concat(name, object)), values);
  });

  test("the switch holds for one value only", () => {
    assert.deepStrictEqual(decodeAll(hex("11 04 05 05 11 01 01 01")), [5, null, null, true]);
  });

  test("values read from AMF3 are written as AMF0", () => {
    expect(toHex(encode(decode(hex("11 09 05 01 0401 03"))))).toBe("0a00000002003ff00000000000000101");
  });
});

describe("AMF3 references", () => {
  test("strings are named by their order, keys and class names among them, empty ones left out", () => {
    const value = decode(hex("11 09 0b 01 0601 06 03 61 06 03 62 0600 0602"));
    expect(value).toEqual(["", "a", "b", "a", "b"]);
    const object = decode(hex("11 0a 0b 03 41 03 62 06 03 63 00 0600 02 0604 01"));
    assert.deepStrictEqual(object, new TypedObject("A", { A: "A", b: "c" }));
  });

  test("objects, arrays, dates, XML documents and byte arrays share one table", () => {
    const parts = ["11 0a 0b 01 01", "11 09 01 01", "11 08 01 0000000000000000", "11 0b 01", "11 07 01", "11 0c 01"];
    const references = ["11 0a 00", "11 09 02", "11 08 04", "11 0b 06", "11 07 08", "11 0c 0a"];
    const values = decodeAll(hex([...parts, ...references].join("")));
    for (let i = 0; i < parts.length; i++) expect(values[i + parts.length]).toBe(values[i]);
  });

  test("traits are sent once and named afterwards", () => {
    const value = decode(hex("11 09 07 01 0a 13 03 41 03 78 0401 0a 01 0402 0a 01 0403"));
    assert.deepStrictEqual(
      value,
      [1, 2, 3].map((x) => new TypedObject("A", { x })),
    );
  });

  test("the tables last through the body and belong to the AMF3 values alone", () => {
    assert.deepStrictEqual(decodeAll(hex("11 06 03 61 02 0001 62 11 06 00")), ["a", "b", "a"]);
    expect(faultOf(() => decodeAll(hex("11 0a 0b 01 01 07 0000")))).toEqual({ code: "AMF0_BAD_REFERENCE", offset: 5 });
  });
});

describe("AMF3 that is refused", () => {
  test.each([
    ["a vector of int", "11 0d 01 00", "AMF0_UNSUPPORTED_TYPE", 1],
    ["a vector of uint", "11 0e 01 00", "AMF0_UNSUPPORTED_TYPE", 1],
    ["a vector of double", "11 0f 01 00", "AMF0_UNSUPPORTED_TYPE", 1],
    ["a vector of objects", "11 10 01 00 01", "AMF0_UNSUPPORTED_TYPE", 1],
    ["a dictionary", "11 11 01 00", "AMF0_UNSUPPORTED_TYPE", 1],
    ["an externalizable object", "11 0a 07 03 41 05", "AMF0_UNSUPPORTED_TYPE", 1],
    ["a marker without a type", "11 12", "AMF0_UNKNOWN_MARKER", 1],
    ["an object that was not sent", "11 0a 02", "AMF0_BAD_REFERENCE", 1],
    ["a string that was not sent", "11 09 03 01 06 00", "AMF0_BAD_REFERENCE", 4],
    ["a key that was not sent", "11 0a 0b 01 02", "AMF0_BAD_REFERENCE", 4],
    ["traits that were not sent", "11 0a 05", "AMF0_BAD_REFERENCE", 1],
    ["an object inside itself", "11 0a 0b 01 03 61 0a 00 01", "AMF0_CIRCULAR_REFERENCE", 6],
    ["an array inside itself", "11 09 03 01 09 00", "AMF0_CIRCULAR_REFERENCE", 4],
    ["a dynamic key __proto__", "11 0a 0b 01 13 5f5f70726f746f5f5f 01 01", "AMF0_FORBIDDEN_KEY", 4],
    ["a second dynamic key __proto__", "11 0a 0b 01 03 61 01 13 5f5f70726f746f5f5f 01 01", "AMF0_FORBIDDEN_KEY", 7],
    ["a fixed key __proto__", "11 0a 13 01 13 5f5f70726f746f5f5f 01", "AMF0_FORBIDDEN_KEY", 4],
    ["an array key __proto__", "11 09 01 13 5f5f70726f746f5f5f 01 01", "AMF0_FORBIDDEN_KEY", 3],
    ["2^28 - 1 dense values of which none came", "11 09 ffffffff 01", "AMF0_TRUNCATED", 1],
    ["2^25 fixed keys of which none came", "11 0a fffffff3 01", "AMF0_TRUNCATED", 1],
    ["a number without its last byte", "11 04 ff ff ff", "AMF0_TRUNCATED", 1],
    ["nothing after the switch", "11", "AMF0_TRUNCATED", 1],
  ])("%s", (_, bytes, code, offset) => {
    expect(faultOf(() => decode(hex(bytes)))).toEqual({ code, offset });
  });

  test("a class name longer than AMF0 can write", () => {
    const bytes = concat(hex("11 0a 03 888001"), new Uint8Array(65_536));
    expect(faultOf(() => decode(bytes))).toEqual({ code: "AMF0_STRINGS_TOO_LONG", offset: 1 });
  });

  test("a key longer than AMF0 can write", () => {
    const bytes = concat(hex("11 0a 0b 01 888001"), new Uint8Array(65_536), hex("01 01"));
    expect(faultOf(() => decode(bytes))).toEqual({ code: "AMF0_STRINGS_TOO_LONG", offset: 4 });
  });

  test("a class name __proto__ is only a name", () => {
    const object = decode(concat(hex("11 0a 03"), text("__proto__")));
    assert.deepStrictEqual(object, new TypedObject("__proto__", {}));
    expect(propertiesOf(object)).toEqual({});
  });
});
