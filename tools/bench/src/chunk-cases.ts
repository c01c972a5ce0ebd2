import {
  ChunkReader,
  ChunkWriter,
  encodedMessageSize,
  encodeMessage,
  encodeMessageInto,
  MessageTypeId,
} from "@rtmp/chunk";
import type { RtmpMessage } from "@rtmp/chunk";
import type { FlvTag } from "@rtmp/flv-tags";
import { concat, splits } from "@rtmp/testkit";
import { labelOf, load } from "./competitors.ts";
import type { BenchCase } from "./measure.ts";
import { keyFrames, smallMessages } from "./media.ts";
import { NaiveChunkReader, naiveEncodeMessage } from "./naive/chunk-reader.ts";
import { Summary } from "./summary.ts";
import { writing } from "./writing.ts";

interface MediaPacket {
  readonly codec_type: number;
  readonly dts: number;
  readonly size: number;
  readonly data: Buffer;
}
interface NodeMediaServerRtmp {
  new (): {
    handshakeState: number;
    onPacketCallback: (packet: MediaPacket) => void;
    parserData(bytes: Buffer): string | null;
  };
  createMessage(packet: MediaPacket): Buffer;
}

/** Its chunks are always of this size. */
const NODE_MEDIA_SERVER_CHUNK_SIZE = 65_535;
const NODE_MEDIA_SERVER_HANDSHAKE_DONE = 3;
const READ_SIZE = 65_536; // what a busy socket gives Node.js at once

/** Chunks read and written, from a webcam's audio to key frames of 4K. */
export function chunkCases(): BenchCase[] {
  const small = messagesOf(smallMessages(1000));
  const large = messagesOf(keyFrames(50, 100_000));
  const huge = messagesOf([...keyFrames(4, 1_000_000), ...keyFrames(2, 4_000_000)]);
  return [
    readCase("read: 370 bytes each, one in a read", small, 4096, (wire) => wire),
    readCase("read: 370 bytes each, reads of 64 KiB", small, 4096, inReads),
    readCase("read: key frames of 100 kB in chunks of 4096, reads of 64 KiB", large, 4096, inReads),
    readCase("read: messages of 1 to 4 MB in chunks of 60 000, reads of 64 KiB", huge, 60_000, inReads),
    readCase("read: messages of 1 to 4 MB in chunks of 128, reads of 64 KiB", huge, 128, inReads),
    writeCase("write: 370 bytes each", small),
    writeCase("write: key frames of 100 kB", large),
  ];
}

function messagesOf(tags: readonly FlvTag[]): RtmpMessage[] {
  return tags.map(({ type, timestamp, payload }) => ({
    chunkStreamId: type === "audio" ? 4 : 6,
    messageStreamId: 1,
    typeId: type === "audio" ? MessageTypeId.Audio : MessageTypeId.Video,
    timestamp,
    payload,
  }));
}

function inReads(wire: readonly Uint8Array[]): Uint8Array[] {
  return splits(concat(...wire), READ_SIZE);
}

function readCase(
  name: string,
  messages: readonly RtmpMessage[],
  chunkSize: number,
  cut: (wire: readonly Uint8Array[]) => readonly Uint8Array[],
): BenchCase {
  const writer = new ChunkWriter();
  const wire = [writer.setChunkSize(chunkSize), ...messages.map((message) => writer.write(message))];
  const pieces = cut(wire).map((piece) => Buffer.from(piece)); // Buffers, as sockets give them
  const expected = new Summary();
  for (const { timestamp, payload } of messages) expected.add(timestamp, payload);
  const Rtmp = load("node-media-server", "src/protocol/rtmp.js") as NodeMediaServerRtmp;
  return {
    name,
    byteCount: pieces.reduce((size, piece) => size + piece.length, 0),
    messageCount: messages.length,
    contenders: [
      {
        name: "@rtmp/chunk",
        run: () => {
          const summary = new Summary();
          const reader = new ChunkReader();
          const onMessage = ({ typeId, timestamp, payload }: RtmpMessage): void => {
            if (typeId !== MessageTypeId.SetChunkSize) summary.add(timestamp, payload);
          };
          for (const piece of pieces) reader.push(piece, onMessage);
          return summary;
        },
      },
      {
        name: "naive: Buffer.concat and views",
        run: () => {
          const summary = new Summary();
          const reader = new NaiveChunkReader();
          const onMessage = (typeId: number, timestamp: number, payload: Buffer): void => {
            if (typeId !== MessageTypeId.SetChunkSize) summary.add(timestamp, payload);
          };
          for (const piece of pieces) reader.push(piece, onMessage);
          return summary;
        },
      },
      {
        name: `${labelOf("node-media-server")}, payload reused`,
        run: () => {
          const summary = new Summary();
          const rtmp = new Rtmp();
          rtmp.handshakeState = NODE_MEDIA_SERVER_HANDSHAKE_DONE;
          rtmp.onPacketCallback = ({ dts, data, size }) => summary.add(dts, data, size);
          for (const piece of pieces) rtmp.parserData(piece);
          return summary;
        },
      },
    ],
    verify: (result) => expected.expectSame(result),
  };
}

function writeCase(name: string, messages: readonly RtmpMessage[]): BenchCase {
  const chunkSize = NODE_MEDIA_SERVER_CHUNK_SIZE;
  const Rtmp = load("node-media-server", "src/protocol/rtmp.js") as NodeMediaServerRtmp;
  const packets = messages.map(({ typeId, timestamp, payload }): MediaPacket => ({
    codec_type: typeId,
    dts: timestamp,
    size: payload.length,
    data: Buffer.from(payload),
  }));
  const expected = new Summary();
  for (const { timestamp, payload } of messages) expected.add(timestamp, payload);
  return {
    name: `${name}, chunks of ${chunkSize}`,
    byteCount: expected.bytes,
    messageCount: messages.length,
    contenders: [
      writing("@rtmp/chunk encodeMessage", messages.length, () => (i) => encodeMessage(messages[i]!, chunkSize)),
      writing("@rtmp/chunk ChunkWriter", messages.length, () => {
        const writer = new ChunkWriter({ chunkSize });
        return (i) => writer.write(messages[i]!);
      }),
      writing("@rtmp/chunk encodeMessageInto, slabs of 1 MiB", messages.length, () => slabWriter(messages, chunkSize)),
      writing(
        "naive: parts and Buffer.concat",
        messages.length,
        () => (i) => naiveEncodeMessage(messages[i]!, chunkSize),
      ),
      writing(labelOf("node-media-server"), messages.length, () => (i) => Rtmp.createMessage(packets[i]!)),
    ],
    verify(result) {
      const summary = new Summary();
      const reader = new ChunkReader();
      reader.push(new ChunkWriter().setChunkSize(chunkSize), () => undefined);
      for (const bytes of result as readonly Uint8Array[]) {
        reader.push(bytes, ({ timestamp, payload }) => summary.add(timestamp, payload));
      }
      expected.expectSame(summary);
    },
  };
}

/** Messages side by side in slabs of memory, as a server packs what it sends together. */
function slabWriter(messages: readonly RtmpMessage[], chunkSize: number): (index: number) => Uint8Array {
  let slab = new Uint8Array(0);
  let at = 0;
  return (index) => {
    const message = messages[index]!;
    const size = encodedMessageSize(message, chunkSize);
    if (at + size > slab.length) {
      slab = new Uint8Array(Math.max(size, 1024 * 1024));
      at = 0;
    }
    const start = at;
    at = encodeMessageInto(slab, at, message, chunkSize);
    return slab.subarray(start, at);
  };
}
