import { ChunkReader, ChunkWriter, encodeControlMessage, encodeMessage, MessageTypeId } from "@rtmp/chunk";
import type { RtmpMessage } from "@rtmp/chunk";
import { concat, randomSplits, seededRandom, splits, toHex } from "@rtmp/testkit";
import { expect, test } from "vitest";
import { MessageScanner } from "../src/message-scanner.ts";
import { STAMP_SIZE } from "../src/stamp.ts";

const random = seededRandom(7);

/** Media, commands and control messages on several chunk streams, with sizes and times around every edge. */
function wire(): Uint8Array {
  const writer = new ChunkWriter();
  const parts: Uint8Array[] = [];
  let timestamp = 0;
  for (let i = 0; i < 120; i++) {
    timestamp += random.pick([0, 20, 20, 20, 0xfffffe]);
    const typeId = random.pick([MessageTypeId.Audio, MessageTypeId.Video, MessageTypeId.CommandAmf0]);
    const size = random.pick([0, 1, 2, 15, 16, 17, 127, 128, 129, 300, 5000]);
    const chunkStreamId = random.pick([3, 4, 6, 63, 64, 319, 320]);
    const message = {
      chunkStreamId,
      messageStreamId: 1,
      typeId,
      timestamp: timestamp >>> 0,
      payload: random.bytes(size),
    };
    parts.push(writer.write(message));
    if (i % 20 === 10) parts.push(writer.setChunkSize(random.pick([1, 128, 4096, 60_000])));
  }
  return concat(...parts);
}

const size = ({ payload }: RtmpMessage): number => payload.length;

/** What a listener can know of a message; the end only where the scanner saw it in one piece. */
function scan(pieces: readonly Uint8Array[]): { readonly seen: string[]; readonly ends: (string | undefined)[] } {
  const seen: string[] = [];
  const ends: (string | undefined)[] = [];
  const scanner = new MessageScanner({
    onMedia(typeId, byteCount, first, second, bytes, end) {
      seen.push(`${typeId} ${byteCount} ${byteCount > 0 ? first : 0} ${byteCount > 1 ? second : 0}`);
      ends.push(end < 0 ? undefined : toHex(bytes.slice(end - STAMP_SIZE, end)));
    },
    onOther: (message) => seen.push(`${message.typeId} ${toHex(message.payload)}`),
  });
  for (const piece of pieces) scanner.scan(piece);
  return { seen, ends };
}

function read(bytes: Uint8Array): { readonly seen: string[]; readonly ends: string[] } {
  const messages = new ChunkReader().read(bytes);
  const isMedia = ({ typeId }: RtmpMessage): boolean =>
    typeId === MessageTypeId.Audio || typeId === MessageTypeId.Video;
  const seen = messages.map((message) => {
    const { typeId, payload } = message;
    if (!isMedia(message)) return `${typeId} ${toHex(payload)}`;
    return `${typeId} ${size(message)} ${payload[0] ?? 0} ${payload[1] ?? 0}`;
  });
  return { seen, ends: messages.filter(isMedia).map(({ payload }) => toHex(payload.slice(-STAMP_SIZE))) };
}

test("the scanner sees the same messages as a chunk reader, however the bytes are cut", () => {
  const bytes = wire();
  const expected = read(bytes);
  for (const pieces of [
    [bytes],
    splits(bytes, 1),
    splits(bytes, 7),
    splits(bytes, 1460),
    randomSplits(bytes, random),
  ]) {
    const { seen, ends } = scan(pieces);
    expect(seen).toEqual(expected.seen);
    expect(ends.every((end, i) => end === undefined || end === expected.ends[i])).toBe(true);
  }
});

test("a message that lies in one chunk and one piece shows its end", () => {
  const payload = random.bytes(300);
  const chunk = { chunkStreamId: 6, messageStreamId: 1, typeId: MessageTypeId.Video, timestamp: 0, payload };
  const setChunkSize = encodeMessage(encodeControlMessage({ kind: "set-chunk-size", chunkSize: 4096 }), 128);
  expect(scan([setChunkSize, encodeMessage(chunk, 4096)]).ends).toEqual([toHex(payload.slice(-STAMP_SIZE))]);
});

test("a chunk stream that begins without a full header is no chunk stream", () => {
  expect(() => scan([Uint8Array.of(0xc4, 0)])).toThrow("format 3");
});

test("a command that claims megabytes is refused before it comes", () => {
  expect(() => scan([Uint8Array.of(0x03, 0, 0, 0, 0xff, 0xff, 0xff, 20, 0, 0, 0, 0)])).toThrow("16777215 bytes");
});
