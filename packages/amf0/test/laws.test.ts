import assert from "node:assert/strict";
import { concat, hex, seededRandom } from "@rtmp/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  Amf0Date,
  Amf0Error,
  Amf0Unsupported,
  type Amf0Value,
  Amf0Xml,
  decode,
  decodeAll,
  type DecodeOptions,
  EcmaArray,
  encode,
  TypedObject,
} from "../src/index.ts";
import { faultOf } from "./faults.ts";

const text = fc.string({ unit: "binary", maxLength: 40 });
const key = fc
  .oneof(
    text,
    fc.nat({ max: 20 }).map(String),
    fc.constantFrom("constructor", "toString", "hasOwnProperty", "__proto_"),
  )
  .filter((candidate) => candidate !== "__proto__");

/** Any value AMF0 can carry, nested up to four levels. */
const anyValue: fc.Arbitrary<Amf0Value> = fc.letrec<{ value: Amf0Value; object: Record<string, Amf0Value> }>((tie) => ({
  object: fc.dictionary(key, tie("value"), { maxKeys: 5, noNullPrototype: true }),
  value: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(
      fc.double(),
      fc.boolean(),
      text,
      fc.constantFrom(null, undefined),
      fc.date({ noInvalidDate: false }),
      fc.tuple(fc.double(), fc.integer({ min: -32_768, max: 32_767 })).map(([time, zone]) => exactDate(time, zone)),
      fc.uint8Array({ maxLength: 300 }),
      text.map((source) => new Amf0Xml(source)),
      fc.constant(null).map(() => new Amf0Unsupported()),
    ),
    fc.array(tie("value"), { maxLength: 5 }),
    tie("object"),
    tie("object").map((properties) => new EcmaArray(properties)),
    fc.tuple(text, tie("object")).map(([className, fields]) => new TypedObject(className, fields)),
  ),
})).value;

/** An `Amf0Date` for the times a `Date` cannot hold, as the reader gives them. */
function exactDate(time: number, zone: number): Date {
  return zone === 0 && Object.is(new Date(time).getTime(), time) ? new Date(time) : new Amf0Date(time, zone);
}

/** One array with every AMF0 type, and most of AMF3's, in it. */
const everyType = hex(`0a 00000011
  00 3ff0000000000000   01 01   02 0002 c3a9   05   06   0d
  03 0001 61 03 0001 62 05 000009 000009
  08 00000001 0001 32 05 0001 31 06 000009
  10 0003 612e42 0001 78 01 00 000009
  0b 3ff8000000000000 ffc4   0c 00000003 616263   0f 00000004 3c612f3e
  0a 00000002 05 0a 00000000   07 0001
  11 0a 1b 03 41 03 61 04 818000 05 6262 06 03 63 01
  11 09 05 03 6b 03 01 0c 05 0102 08 01 3ff8000000000000
  11 09 07 01 0600 0a 00 0a 01 01 01`);

describe("round trip", () => {
  test("what is written is read as it was", () => {
    const law = fc.property(fc.array(anyValue, { maxLength: 4 }), (values) => {
      assert.deepStrictEqual(decodeAll(encode(...values)), values);
    });
    fc.assert(law, { seed: 2, numRuns: 2000 });
  });

  test("what was read is written with the same bytes each time", () => {
    const law = fc.property(anyValue, (value) => {
      const bytes = encode(value);
      assert.deepStrictEqual(encode(decode(bytes)), bytes);
    });
    fc.assert(law, { seed: 3, numRuns: 1000 });
  });
});

describe("truncation", () => {
  test("the body with every type is read and survives a round trip", () => {
    const value = decode(everyType);
    expect(value).toHaveLength(17);
    assert.deepStrictEqual(decode(encode(value)), value);
  });

  test("a value cut at any byte is AMF0_TRUNCATED, at a place before the cut", () => {
    for (let size = 0; size < everyType.length; size++) {
      const fault = faultOf(() => decode(everyType.subarray(0, size)));
      expect(fault.code, `cut at ${size}`).toBe("AMF0_TRUNCATED");
      expect(fault.offset).toBeLessThanOrEqual(size);
    }
  });

  test("with allowMissingEnd a cut is AMF0_TRUNCATED or ends an object between two entries", () => {
    const object = hex("03 0001 61 08 00000000 0001 62 01 01 000009 0001 63 02 0001 64 000009");
    const ends = [1, 9, 14, 17, 24].filter((size) => {
      const bytes = object.subarray(0, size);
      return decode(bytes, { allowMissingEnd: true }) !== undefined;
    });
    expect(ends).toEqual([1, 9, 14, 17, 24]);
    for (let size = 0; size < object.length; size++) {
      if (ends.includes(size)) continue;
      const fault = faultOf(() => decode(object.subarray(0, size), { allowMissingEnd: true }));
      expect(fault.code, `cut at ${size}`).toBe("AMF0_TRUNCATED");
    }
  });
});

describe("whatever the bytes are", () => {
  const options: DecodeOptions = { maxDepth: 8, maxNodes: 60, maxStringBytes: 200 };

  /** Reads, expecting values or an `Amf0Error` inside the bytes; what was read must be bounded and writable. */
  function attempt(bytes: Uint8Array, allowMissingEnd: boolean): "read" | "refused" {
    let values: Amf0Value[];
    try {
      values = decodeAll(bytes, { ...options, allowMissingEnd });
    } catch (error) {
      if (!(error instanceof Amf0Error)) throw error;
      assert(error.offset >= 0 && error.offset <= bytes.length);
      return "refused";
    }
    const written = encode(...values);
    // 16 bytes hold any value but its text; a bad byte of text becomes three.
    assert(written.length <= 60 * 16 + 200 * 3, `${written.length} bytes`);
    assert.deepStrictEqual(decodeAll(written, { maxDepth: 8, maxNodes: 60, maxStringBytes: 1000 }), values);
    return "read";
  }

  test("random bytes give values or an Amf0Error", () => {
    const random = seededRandom(4);
    const outcomes = { read: 0, refused: 0 };
    for (let run = 0; run < 20_000; run++) {
      const bytes = random.bytes(random.int(0, 40)).map((byte) => (random.next() < 0.7 ? byte % 18 : byte));
      outcomes[attempt(bytes, run % 2 === 0)]++;
    }
    expect(outcomes.read).toBeGreaterThan(500);
    expect(outcomes.refused).toBeGreaterThan(500);
  });

  test("a good body with bytes changed, removed or doubled gives values or an Amf0Error", () => {
    const random = seededRandom(5);
    const outcomes = { read: 0, refused: 0 };
    for (let run = 0; run < 20_000; run++) {
      let bytes: Uint8Array = everyType.slice();
      for (let change = random.int(1, 4); change > 0; change--) {
        const at = random.int(0, bytes.length - 1);
        const kind = random.int(0, 2);
        if (kind === 0) bytes[at] = random.pick([0, 1, 3, 7, 8, 9, 10, 16, 17, 127, 128, 255]);
        else if (kind === 1) bytes = concat(bytes.subarray(0, at), bytes.subarray(at + 1));
        else bytes = concat(bytes.subarray(0, at + 1), bytes.subarray(at));
      }
      outcomes[attempt(bytes, run % 2 === 0)]++;
    }
    expect(outcomes.read).toBeGreaterThan(100);
    expect(outcomes.refused).toBeGreaterThan(500);
  });
});
