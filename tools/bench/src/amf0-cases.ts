import { isDeepStrictEqual } from "node:util";
import { decodeAll, EcmaArray, encode } from "@rtmp/amf0";
import type { Amf0Value } from "@rtmp/amf0";
import { labelOf, load } from "./competitors.ts";
import type { BenchCase, Contender } from "./measure.ts";
import { naiveDecodeAll, naiveEncode } from "./naive/amf0-reader.ts";

interface AmfCodec {
  readonly decodeAMF: (buffer: Buffer, memo: { readonly position: number }) => unknown;
  readonly Memo: new (position: number) => { readonly position: number };
}
interface Amf0Ts {
  readonly AMF0: { parse(buffer: Buffer): readonly [size: number, value: unknown] };
}
interface Amfjs {
  readonly AMF0: unknown;
  readonly AMFDecoder: new (source: { read(size: number): Buffer | null }) => { decode(version: unknown): unknown };
  readonly AMFEncoder: new (sink: { write(bytes: Buffer): void }) => {
    writeObject(value: unknown, version: unknown): void;
  };
}
interface AmfUtils {
  amf0Decode(buffer: Buffer): unknown[];
  amf0Encode(values: readonly unknown[]): Buffer;
}

interface Body {
  readonly name: string;
  readonly values: readonly Amf0Value[];
}

const bodies: readonly Body[] = [
  {
    name: "connect command",
    values: [
      "connect",
      1,
      {
        app: "live",
        type: "nonprivate",
        flashVer: "FMLE/3.0 (compatible; FMSc/1.0)",
        swfUrl: "rtmp://media.example.com:1935/live",
        tcUrl: "rtmp://media.example.com:1935/live",
        fpad: false,
        capabilities: 239,
        audioCodecs: 3575,
        videoCodecs: 252,
        videoFunction: 1,
        objectEncoding: 0,
      },
    ],
  },
  {
    name: "onMetaData",
    values: [
      "@setDataFrame",
      "onMetaData",
      new EcmaArray({
        duration: 0,
        fileSize: 0,
        width: 1920,
        height: 1080,
        videocodecid: 7,
        videodatarate: 6000,
        framerate: 60,
        audiocodecid: 10,
        audiodatarate: 160,
        audiosamplerate: 48000,
        audiosamplesize: 16,
        audiochannels: 2,
        stereo: true,
        "2.1": false,
        "3.1": false,
        encoder: "obs-output module (libobs version 31.0.0)",
      }),
    ],
  },
  { name: "array of 100 numbers", values: [Array.from({ length: 100 }, (_, i) => i * 1.5)] },
];

/** Bodies as they are read and written for every connection and stream. */
export function amf0Cases(): BenchCase[] {
  return bodies.flatMap((body) => [readCase(body), writeCase(body)]);
}

function readCase({ name, values }: Body): BenchCase {
  const body = encode(...values); // as a chunk reader hands it over
  const bytes = Buffer.from(body); // as the others want it
  const expected = plain(values);
  return {
    name: `read: ${name}, ${bytes.length} bytes`,
    byteCount: bytes.length,
    messageCount: 1,
    contenders: [
      { name: "@rtmp/amf0", run: () => decodeAll(body) },
      { name: "naive: Buffer and a switch", run: () => naiveDecodeAll(body) },
      ...readers(bytes),
    ],
    verify(result) {
      if (!isDeepStrictEqual(plain(result), expected))
        throw new Error(`reads ${JSON.stringify(plain(result)).slice(0, 80)}`);
    },
  };
}

function readers(bytes: Buffer): Contender[] {
  const { decodeAMF, Memo } = load("amf-codec") as AmfCodec;
  const { AMF0: amf0Ts } = load("amf0-ts") as Amf0Ts;
  const amfjs = load("amfjs") as Amfjs;
  const amfUtils = load("node-amfutils") as AmfUtils;
  const nodeMediaServer = load("node-media-server", "src/protocol/amf.js") as AmfUtils;
  return [
    {
      name: labelOf("amf-codec"),
      run: () => {
        const memo = new Memo(0);
        return readWhile(
          () => memo.position < bytes.length,
          () => decodeAMF(bytes, memo),
        );
      },
    },
    {
      name: labelOf("amf0-ts"),
      run: () => {
        let at = 0;
        return readWhile(
          () => at < bytes.length,
          () => {
            const [size, value] = amf0Ts.parse(bytes.subarray(at));
            at += size;
            return value;
          },
        );
      },
    },
    {
      name: labelOf("amfjs"),
      run: () => {
        let at = 0;
        const read = (size: number): Buffer => bytes.subarray(at, (at += size));
        const decoder = new amfjs.AMFDecoder({ read });
        return readWhile(
          () => at < bytes.length,
          () => decoder.decode(amfjs.AMF0),
        );
      },
    },
    { name: labelOf("node-amfutils"), run: () => amfUtils.amf0Decode(bytes) },
    { name: labelOf("node-media-server"), run: () => nodeMediaServer.amf0Decode(bytes) },
  ];
}

function readWhile(isMore: () => boolean, read: () => unknown): unknown[] {
  const values: unknown[] = [];
  while (isMore()) values.push(read());
  return values;
}

function writeCase({ name, values }: Body): BenchCase {
  const bytes = encode(...values);
  const { toAMF } = load("amf-codec") as { readonly toAMF: (value: unknown) => Buffer };
  const amfjs = load("amfjs") as Amfjs;
  const amfUtils = load("node-amfutils") as AmfUtils;
  const nodeMediaServer = load("node-media-server", "src/protocol/amf.js") as AmfUtils;
  // What these take for an ECMA array is an object to the others: all of them write an object.
  const objects = values.map((value) =>
    value instanceof EcmaArray ? Object.fromEntries(Object.entries(value)) : value,
  );
  const expected = plain(values);
  return {
    name: `write: ${name}, ${bytes.length} bytes`,
    byteCount: bytes.length,
    messageCount: 1,
    contenders: [
      { name: "@rtmp/amf0", run: () => encode(...values) },
      { name: "naive: a Buffer a value, joined", run: () => naiveEncode(...values) },
      { name: labelOf("amf-codec"), run: () => Buffer.concat(objects.map((value) => toAMF(value))) },
      {
        name: labelOf("amfjs"),
        run: () => {
          const parts: Buffer[] = [];
          const encoder = new amfjs.AMFEncoder({ write: (part) => parts.push(part) });
          for (const value of objects) encoder.writeObject(value, amfjs.AMF0);
          return Buffer.concat(parts);
        },
      },
      { name: labelOf("node-amfutils"), run: () => amfUtils.amf0Encode(objects) },
      { name: labelOf("node-media-server"), run: () => nodeMediaServer.amf0Encode(objects) },
    ],
    verify(result) {
      const written = plain(decodeAll(result as Uint8Array));
      if (!isDeepStrictEqual(written, expected)) throw new Error(`writes ${JSON.stringify(written).slice(0, 80)}`);
    },
  };
}

/** The same value without the classes by which packages tell ECMA arrays from objects. */
function plain(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const isList = Array.isArray(value) && Object.keys(value).length === value.length;
  if (isList) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, plain(field)]));
}
