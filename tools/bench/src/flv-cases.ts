import { encodeFlvHeader, encodeFlvTag, FlvReader, parseAudioTag, parseVideoTag } from "@rtmp/flv-tags";
import type { FlvTag } from "@rtmp/flv-tags";
import { concat, splits } from "@rtmp/testkit";
import { labelOf, load } from "./competitors.ts";
import type { BenchCase } from "./measure.ts";
import { fileTags } from "./media.ts";
import { NaiveFlvReader, naiveEncodeTag } from "./naive/flv-reader.ts";
import { Summary } from "./summary.ts";
import { writing } from "./writing.ts";

interface MediaPacket {
  readonly codec_type: number;
  readonly codec_id: number;
  readonly dts: number;
  readonly size: number;
  readonly data: Buffer;
  /** 0 and 2 are sequence headers, 1 sound, 3 key frames, 4 other frames. */
  readonly flags: number;
}
interface NodeMediaServerFlv {
  new (): { onPacketCallback: (packet: MediaPacket) => void; parserData(bytes: Buffer): string | null };
  createMessage(packet: Pick<MediaPacket, "codec_type" | "dts" | "size" | "data">): Buffer;
  parserTag(type: number, time: number, size: number, data: Buffer): MediaPacket;
}
interface FlvPacket {
  readonly header: { readonly timestampLower: number; readonly timestampUpper: number };
  readonly payload: Buffer;
}
interface NodeFlv {
  readonly FlvStreamParser: new () => {
    on(event: "flv-packet", listener: (packet: FlvPacket) => void): unknown;
    write(bytes: Buffer): boolean;
  };
}

const READ_SIZE = 65_536; // what a file stream gives at once
const typeIds = { audio: 8, video: 9, script: 18 } as const;

/** A file of 6 Mbit/s read, written, and its payloads understood. */
export function flvCases(): BenchCase[] {
  const tags = fileTags(8);
  return [readCase(tags), writeCase(tags), parseCase(tags)];
}

function readCase(tags: readonly FlvTag[]): BenchCase {
  const file = concat(encodeFlvHeader({ audio: true, video: true }), ...tags.map(encodeFlvTag));
  const pieces = splits(file, READ_SIZE).map((piece) => Buffer.from(piece));
  const expected = summaryOf(tags);
  const Flv = load("node-media-server", "src/protocol/flv.js") as NodeMediaServerFlv;
  const { FlvStreamParser } = load("node-flv") as NodeFlv;
  return {
    name: "read: file of 6 Mbit/s, pieces of 64 KiB",
    byteCount: file.length,
    messageCount: tags.length,
    contenders: [
      {
        name: "@rtmp/flv-tags",
        run: () => {
          const summary = new Summary();
          const reader = new FlvReader();
          const onTag = ({ timestamp, payload }: FlvTag): void => summary.add(timestamp, payload);
          for (const piece of pieces) reader.push(piece, onTag);
          return summary;
        },
      },
      {
        name: "naive: Buffer.concat and views",
        run: () => {
          const summary = new Summary();
          const reader = new NaiveFlvReader();
          const onTag = (_: number, timestamp: number, payload: Buffer): void => summary.add(timestamp, payload);
          for (const piece of pieces) reader.push(piece, onTag);
          return summary;
        },
      },
      {
        name: `${labelOf("node-media-server")}, payload reused`,
        run: () => {
          const summary = new Summary();
          const reader = new Flv();
          reader.onPacketCallback = ({ dts, data, size }) => summary.add(dts, data, size);
          for (const piece of pieces) reader.parserData(piece);
          return summary;
        },
      },
      {
        name: labelOf("node-flv"),
        run: () => {
          const summary = new Summary();
          const parser = new FlvStreamParser();
          parser.on("flv-packet", ({ header, payload }) =>
            summary.add(header.timestampLower + header.timestampUpper * 0x100_0000, payload),
          );
          for (const piece of pieces) parser.write(piece);
          return summary;
        },
      },
    ],
    verify: (result) => expected.expectSame(result),
  };
}

function writeCase(tags: readonly FlvTag[]): BenchCase {
  const expected = summaryOf(tags);
  const Flv = load("node-media-server", "src/protocol/flv.js") as NodeMediaServerFlv;
  const packets = tags.map(({ type, timestamp, payload }) => ({
    codec_type: typeIds[type],
    dts: timestamp,
    size: payload.length,
    data: Buffer.from(payload),
  }));
  return {
    name: "write: tags of 6 Mbit/s",
    byteCount: expected.bytes,
    messageCount: tags.length,
    contenders: [
      writing("@rtmp/flv-tags", tags.length, () => (i) => encodeFlvTag(tags[i]!)),
      writing(
        "naive: parts and Buffer.concat",
        tags.length,
        () => (i) => naiveEncodeTag(typeIds[tags[i]!.type], tags[i]!),
      ),
      writing(labelOf("node-media-server"), tags.length, () => (i) => Flv.createMessage(packets[i]!)),
    ],
    verify(result) {
      const summary = new Summary();
      const reader = new FlvReader();
      const file = [encodeFlvHeader({ audio: true, video: true }), ...(result as readonly Uint8Array[])];
      for (const bytes of file) reader.push(bytes, ({ timestamp, payload }) => summary.add(timestamp, payload));
      expected.expectSame(summary);
    },
  };
}

/** What every relay asks of a payload: is it a key frame, and which codec. */
function parseCase(tags: readonly FlvTag[]): BenchCase {
  const Flv = load("node-media-server", "src/protocol/flv.js") as NodeMediaServerFlv;
  const packets = tags.map(({ type, timestamp, payload }) => ({
    typeId: typeIds[type],
    timestamp,
    data: Buffer.from(payload),
  }));
  const keyFrames = tags.filter(({ type, payload }) => type === "video" && payload[0] === 0x17).length;
  return {
    name: "parse: the payloads of these tags",
    byteCount: tags.reduce((size, { payload }) => size + payload.length, 0),
    messageCount: tags.length,
    contenders: [
      {
        name: "@rtmp/flv-tags",
        run: () => {
          let count = 0;
          for (const { type, payload } of tags) {
            if (type === "audio") parseAudioTag(payload);
            else {
              const video = parseVideoTag(payload);
              if (video.kind === "frame" && video.codec === "avc" && video.frameType === "key") count++;
            }
          }
          return count;
        },
      },
      {
        name: labelOf("node-media-server"),
        run: () => {
          let count = 0;
          for (const { typeId, timestamp, data } of packets) {
            const packet = Flv.parserTag(typeId, timestamp, data.length, data);
            if (packet.codec_type === 9 && packet.codec_id === 7 && packet.flags === 3) count++;
          }
          return count;
        },
      },
    ],
    verify(result) {
      if (result !== keyFrames) throw new Error(`finds ${String(result)} key frames of ${keyFrames}`);
    },
  };
}

function summaryOf(tags: readonly FlvTag[]): Summary {
  const summary = new Summary();
  for (const { timestamp, payload } of tags) summary.add(timestamp, payload);
  return summary;
}
