import { Amf0Unsupported, decode, encode } from "@rtmp/amf0";
import type { Amf0Value } from "@rtmp/amf0";
import { concat, hex, u16, u32 } from "@rtmp/testkit";
import { expect, test } from "vitest";
import type { CoreReport } from "../src/core-report.ts";
import { packReport, unpackReport } from "../src/loop-protocol.ts";
import { TestServer } from "./test-server.ts";

function told(metadata: Amf0Value): Amf0Value {
  const { report } = new TestServer({}, 0);
  const stream = { streamPath: "live/s", metadata } as unknown as CoreReport["streams"][number];
  const packed = structuredClone(packReport({ ...report, streams: [stream] }));
  return unpackReport(packed).streams[0]?.metadata;
}

test("metadata of every kind comes to the first process as it was", () => {
  const metadata = {
    width: 640,
    encoder: "obs",
    when: new Date(0),
    tracks: [1, { a: null }],
    odd: new Amf0Unsupported(),
  };
  expect(encode(told(metadata))).toEqual(encode(metadata));
  expect(told(undefined)).toBeUndefined();
});

test("metadata of few bytes that stand for a megabyte is not sent to the first process with every report", () => {
  const text = concat(u16(1), hex("61 02"), u16(1000), new Uint8Array(1000).fill(0x41));
  const references = Array.from({ length: 1000 }, () => hex("07 0001"));
  const bomb = decode(concat(hex("0a"), u32(1001), hex("03"), text, hex("0000 09"), ...references));
  expect(encode(bomb).length).toBeGreaterThan(1_000_000);
  expect(told(bomb)).toBeUndefined();
});
