import { ascii, concat, hex } from "@rtmp/testkit";
import { describe, expect, test } from "vitest";
import { Amf0Error, Amf0Reader } from "../src/index.ts";
import { faultOf } from "./faults.ts";

const play = concat(hex("02 0004"), ascii("play"), hex("00 4008000000000000 05 02 0001 31"));

describe("taking a body value by value", () => {
  test("the name and number can be taken and the rest left", () => {
    const reader = new Amf0Reader(play);
    expect(reader.offset).toBe(0);
    expect(reader.readString()).toBe("play");
    expect(reader.offset).toBe(7);
    expect(reader.readNumber()).toBe(3);
    expect(reader.done).toBe(false);
    expect(reader.read()).toBeNull();
    expect(reader.offset).toBe(17);
    expect(reader.read()).toBe("1");
    expect(reader.done).toBe(true);
  });

  test("reading past the last value is AMF0_TRUNCATED", () => {
    const reader = new Amf0Reader(hex("05"));
    reader.read();
    expect(faultOf(() => reader.read())).toEqual({ code: "AMF0_TRUNCATED", offset: 1 });
  });

  test("strings and numbers are taken in every form they have", () => {
    const reader = new Amf0Reader(hex("0c 00000001 61 11 06 03 62 11 04 05 11 05 3ff8000000000000"));
    expect([reader.readString(), reader.readString(), reader.readNumber(), reader.readNumber()]).toEqual([
      "a",
      "b",
      5,
      1.5,
    ]);
  });

  test("a value of another type is AMF0_UNEXPECTED_TYPE where it begins", () => {
    for (const bytes of ["05 05", "05 03 000009", "05 0d"]) {
      const reader = new Amf0Reader(hex(bytes));
      reader.read();
      expect(faultOf(() => reader.readString())).toEqual({ code: "AMF0_UNEXPECTED_TYPE", offset: 1 });
    }
    expect(faultOf(() => new Amf0Reader(hex("02 0001 31")).readNumber())).toEqual({
      code: "AMF0_UNEXPECTED_TYPE",
      offset: 0,
    });
  });

  test("the limits span the whole body", () => {
    const reader = new Amf0Reader(hex("05 05 05"), { maxNodes: 2 });
    reader.read();
    reader.read();
    expect(faultOf(() => reader.read())).toEqual({ code: "AMF0_TOO_MANY_NODES", offset: 2 });
  });
});

describe("after a throw", () => {
  test("the reader stays at the value and throws the same error whatever is asked", () => {
    const reader = new Amf0Reader(hex("05 0a 00000002 05 ff 05"));
    reader.read();
    const errors: unknown[] = [];
    for (const read of [() => reader.read(), () => reader.readString(), () => reader.readNumber()]) {
      try {
        read();
      } catch (error) {
        errors.push(error);
      }
    }
    expect(errors).toHaveLength(3);
    expect(new Set(errors).size).toBe(1);
    expect(errors[0]).toMatchObject({ code: "AMF0_UNKNOWN_MARKER", offset: 7 });
    expect(reader.offset).toBe(1);
    expect(reader.done).toBe(false);
  });

  test("a value of an unexpected type cannot be taken again as another", () => {
    const reader = new Amf0Reader(hex("00 3ff0000000000000"));
    expect(faultOf(() => reader.readString()).code).toBe("AMF0_UNEXPECTED_TYPE");
    expect(faultOf(() => reader.readNumber()).code).toBe("AMF0_UNEXPECTED_TYPE");
  });
});

test("an error says its code and place in its message", () => {
  const error = new Amf0Error("AMF0_TRUNCATED", 7, "2 bytes wanted, 1 left");
  expect(String(error)).toBe("Amf0Error: 2 bytes wanted, 1 left (AMF0_TRUNCATED at byte 7)");
  expect(error).toBeInstanceOf(Error);
});
