import { decodeAll, EcmaArray, encode } from "@rtmp/amf0";
import { ChunkReader, ChunkWriter } from "@rtmp/chunk";
import { encodeFlvHeader, encodeFlvTag } from "@rtmp/flv-tags";
import { concat, splits } from "@rtmp/testkit";
import { expect, test } from "vitest";
import { keyFrames, smallMessages } from "../src/media.ts";
import { naiveDecodeAll, naiveEncode } from "../src/naive/amf0-reader.ts";
import { NaiveChunkReader, naiveEncodeMessage } from "../src/naive/chunk-reader.ts";
import { NaiveFlvReader, naiveEncodeTag } from "../src/naive/flv-reader.ts";

const tags = [...smallMessages(20), ...keyFrames(2, 20_000)];
const messages = tags.map(({ timestamp, payload }, i) => ({
  chunkStreamId: 4 + (i % 2),
  messageStreamId: 1,
  typeId: 9,
  timestamp,
  payload,
}));

test("the naive AMF0 reads and writes the same as ours", () => {
  const values = ["onMetaData", 1, { a: true, b: null, c: "é" }, [1, 2, 3]];
  expect(naiveDecodeAll(encode(...values))).toEqual(values);
  expect(decodeAll(naiveEncode(...values, new EcmaArray({ x: 1 })))).toEqual([...values, new EcmaArray({ x: 1 })]);
});

test("the naive chunk reader reads what ours has written, in pieces", () => {
  const writer = new ChunkWriter();
  const wire = concat(writer.setChunkSize(4096), ...messages.map((message) => writer.write(message)));
  const seen: unknown[] = [];
  const reader = new NaiveChunkReader();
  for (const piece of splits(wire, 1000)) {
    reader.push(piece, (typeId, timestamp, payload) => {
      if (typeId !== 1) seen.push([timestamp, new Uint8Array(payload)]);
    });
  }
  expect(seen).toEqual(messages.map(({ timestamp, payload }) => [timestamp, payload]));
});

test("our chunk reader reads what the naive writer has written", () => {
  const wire = concat(...messages.map((message) => naiveEncodeMessage(message, 128)));
  expect(new ChunkReader().read(wire).map(({ timestamp, payload }) => [timestamp, payload])).toEqual(
    messages.map(({ timestamp, payload }) => [timestamp, payload]),
  );
});

test("the naive FLV reads and writes the same as ours", () => {
  const header = encodeFlvHeader({ audio: true, video: true });
  const seen: unknown[] = [];
  const reader = new NaiveFlvReader();
  for (const piece of splits(concat(header, ...tags.map(encodeFlvTag)), 1000)) {
    reader.push(piece, (_, timestamp, payload) => seen.push([timestamp, new Uint8Array(payload)]));
  }
  expect(seen).toEqual(tags.map(({ timestamp, payload }) => [timestamp, payload]));
  for (const tag of tags) {
    expect(new Uint8Array(naiveEncodeTag(tag.type === "audio" ? 8 : 9, tag))).toEqual(encodeFlvTag(tag));
  }
});
