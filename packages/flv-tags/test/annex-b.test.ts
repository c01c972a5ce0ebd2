import { hex, seededRandom, toHex } from "@rtmp/testkit";
import { describe, expect, test } from "vitest";
import {
  annexBToLengthPrefixed,
  joinAnnexB,
  joinLengthPrefixed,
  lengthPrefixedToAnnexB,
  removeEmulationPrevention,
  splitAnnexB,
  splitLengthPrefixed,
} from "../src/index.ts";
import { faultOf } from "./faults.ts";

const asHex = (nalUnits: readonly Uint8Array[]): string[] => nalUnits.map(toHex);

describe("an Annex B stream", () => {
  test.each([
    ["000001 67aa 000001 68bb", ["67aa", "68bb"]],
    ["00000001 67aa 00000001 68bb", ["67aa", "68bb"]],
    ["000000000001 67aa 0000000000 000001 68bb 000000", ["67aa", "68bb"]],
    ["000001 6500000300000301 000001 41", ["6500000300000301", "41"]],
    ["000001 000001 41", ["41"]],
    ["ffff 000001 41", ["41"]],
    ["000001", []],
    ["0000", []],
    ["", []],
    ["000001 01", ["01"]],
  ])("%s holds the units %j", (bytes, nalUnits) => {
    expect(asHex(splitAnnexB(hex(bytes)))).toEqual(nalUnits);
  });

  test("becomes length-prefixed and back, emulation prevention untouched", () => {
    const stream = hex("00000001 6742000003 00000001 65880000030001");
    expect(toHex(annexBToLengthPrefixed(stream))).toBe("00000005674200000300000007" + "65880000030001");
    expect(lengthPrefixedToAnnexB(annexBToLengthPrefixed(stream))).toEqual(stream);
  });
});

describe("length-prefixed units", () => {
  test.each([1, 2, 3, 4] as const)("of %i-byte lengths are split as they were joined", (lengthSize) => {
    const nalUnits = [hex("65aabb"), hex("41")];
    const joined = joinLengthPrefixed(nalUnits, lengthSize);
    expect(joined.length).toBe(4 + 2 * lengthSize);
    expect(splitLengthPrefixed(joined, lengthSize)).toEqual(nalUnits);
  });

  test("may be empty ones, which say nothing", () => {
    expect(splitLengthPrefixed(hex("00000000 00000001 41 00000000"))).toEqual([hex("41")]);
  });

  test.each([
    ["00000005 41", "FLV_BAD_NAL_UNIT@0"],
    ["00000001 41 0000", "FLV_BAD_NAL_UNIT@5"],
    ["00000001 41 ffffffff 41", "FLV_BAD_NAL_UNIT@5"],
  ])("%s run past the end: %s", (bytes, fault) => {
    expect(faultOf(() => splitLengthPrefixed(hex(bytes)))).toBe(fault);
  });

  test("too long for their length field are the caller's mistake", () => {
    expect(() => joinLengthPrefixed([new Uint8Array(256)], 1)).toThrow("lengthSize");
  });
});

test("emulation prevention is taken out after every two zeros", () => {
  expect(toHex(removeEmulationPrevention(hex("67 0000 03 01 0000 03 00 00 03")))).toBe("67000001000000" + "00");
});

test("units that end in no zero survive both forms, whatever they hold", () => {
  const random = seededRandom(8);
  for (let round = 0; round < 500; round++) {
    const nalUnits = Array.from({ length: random.int(0, 5) }, () => {
      const nalUnit = random.bytes(random.int(1, 30)).map((byte) => (byte < 4 ? 0x80 : byte));
      return nalUnit;
    });
    expect(splitAnnexB(joinAnnexB(nalUnits))).toEqual(nalUnits);
    expect(splitLengthPrefixed(joinLengthPrefixed(nalUnits))).toEqual(nalUnits);
  }
});
