import { ascii, concat, f64, hex, u8 } from "@rtmp/testkit";
import { describe, expect, test } from "vitest";
import { encodeScriptTag, fourCcToNumber, fourCcToText, parseScriptTag } from "../src/index.ts";
import { faultOf } from "./faults.ts";

const onMetaData = concat(hex("02 000a"), ascii("onMetaData"));

describe("script data", () => {
  test("is a name and values", () => {
    const bytes = concat(onMetaData, hex("03 0005"), ascii("width"), u8(0), f64(1280), hex("0000 09"));
    expect(parseScriptTag(bytes)).toEqual({ name: "onMetaData", values: [{ width: 1280 }] });
  });

  test("may be a name alone", () => {
    expect(parseScriptTag(onMetaData)).toEqual({ name: "onMetaData", values: [] });
  });

  test("is written as it is read", () => {
    const bytes = concat(onMetaData, u8(0), f64(1), u8(5));
    expect(encodeScriptTag("onMetaData", 1, null)).toEqual(bytes);
  });

  test("that begins with a number is refused, for some encoders send a timecode so", () => {
    expect(faultOf(() => parseScriptTag(concat(u8(0), f64(1))))).toBe("FLV_BAD_SCRIPT@0");
  });

  test("of no bytes has no name", () => {
    expect(faultOf(() => parseScriptTag(new Uint8Array(0)))).toBe("FLV_BAD_SCRIPT@0");
  });

  test("that is no AMF0 is refused with the place and the reason", () => {
    const work = (): unknown => parseScriptTag(concat(onMetaData, u8(0x7f)));
    expect(faultOf(work)).toBe("FLV_BAD_SCRIPT@13");
    expect(work).toThrow(expect.objectContaining({ cause: expect.objectContaining({ name: "Amf0Error" }) as unknown }));
  });
});

describe("a FourCC in metadata", () => {
  test("is the number its four bytes make, the first one highest", () => {
    expect(fourCcToNumber("av01")).toBe(1_635_135_537);
    expect(fourCcToNumber("Opus")).toBe(1_332_770_163);
    expect(fourCcToText(1_332_770_163)).toBe("Opus");
  });

  test("has four characters, no more and no fewer", () => {
    expect(() => fourCcToNumber("avc")).toThrow(RangeError);
  });
});
