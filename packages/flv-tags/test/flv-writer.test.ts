import { concat, hex, toHex, u32, u8 } from "@rtmp/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { FlvReader, encodeFlvHeader, encodeFlvTag } from "../src/index.ts";
import type { FlvTag } from "../src/index.ts";
import { fileHeader, tagBytes } from "./file-bytes.ts";

test("the file header says which media follow and ends with the size of no tag", () => {
  expect(toHex(encodeFlvHeader({ audio: true, video: true }))).toBe("464c5601050000000900000000");
  expect(toHex(encodeFlvHeader({ audio: false, video: true }))).toBe("464c5601010000000900000000");
  expect(toHex(encodeFlvHeader({ audio: true, video: false }))).toBe("464c5601040000000900000000");
});

test("a tag is followed by its own size, header included", () => {
  const tag: FlvTag = { type: "video", timestamp: 0x01020304, payload: hex("17 02 000000") };
  expect(toHex(encodeFlvTag(tag))).toBe("09000005020304010000001702000000" + "00000010");
});

test("each type has its number, and the filter bit marks encryption", () => {
  const payload = u8(1);
  expect(encodeFlvTag({ type: "audio", timestamp: 0, payload })[0]).toBe(8);
  expect(encodeFlvTag({ type: "video", timestamp: 0, payload, isEncrypted: true })[0]).toBe(0x29);
  expect(encodeFlvTag({ type: "script", timestamp: 0, payload })[0]).toBe(18);
});

test("writing matches bytes put together by hand", () => {
  const written = concat(
    encodeFlvHeader({ audio: true, video: true }),
    encodeFlvTag({ type: "audio", timestamp: 0xff000001, payload: hex("af 01 21") }),
  );
  expect(written).toEqual(concat(fileHeader(), tagBytes(8, 0xff000001, hex("af 01 21")), u32(14)));
});

test("a payload that its three size bytes cannot count is the caller's mistake", () => {
  expect(() => encodeFlvTag({ type: "video", timestamp: 0, payload: new Uint8Array(0x1000000) })).toThrow(RangeError);
});

test("what was written is read back, whatever it was", () => {
  const tag = fc.record({
    type: fc.constantFrom("audio" as const, "video" as const, "script" as const),
    timestamp: fc.oneof(fc.constantFrom(0, 0xfffffe, 0xffffff, 0x1000000, 0xffffffff), fc.nat(0xffffffff)),
    payload: fc.uint8Array({ maxLength: 300 }),
  });
  fc.assert(
    fc.property(fc.array(tag, { maxLength: 8 }), (tags) => {
      const reader = new FlvReader();
      const seen: FlvTag[] = [];
      reader.push(encodeFlvHeader({ audio: true, video: true }), () => undefined);
      for (const each of tags) reader.push(encodeFlvTag(each), (read) => seen.push(read));
      reader.end();
      expect(seen).toEqual(tags);
    }),
    { seed: 5, numRuns: 200 },
  );
});
