// Run by ffmpeg-eight.ts as a process of its own: FFmpeg 8 reads one address, writes the packets unchanged to another,
// if one is given, and says as JSON what it read.
import { createHash } from "node:crypto";
import type { Listing, Packet } from "./listing.ts";

/** The little of node-av/lib that is used here. */
interface Library {
  readonly FormatContext: new () => FormatContext;
  readonly Packet: new () => LibraryPacket;
  readonly FFmpegError: { strerror(code: number): string };
}

interface FormatContext {
  readonly streams: readonly Stream[];
  openInput(address: string): Promise<number>;
  findStreamInfo(): Promise<number>;
  readFrame(packet: LibraryPacket): Promise<number>;
  closeInput(): Promise<void>;
  allocOutputContext2(format: null, formatName: string, address: string): number;
  newStream(): Stream;
  openOutput(): Promise<number>;
  writeHeader(): Promise<number>;
  interleavedWriteFrame(packet: LibraryPacket): Promise<number>;
  writeTrailer(): Promise<number>;
  closeOutput(): Promise<void>;
}

interface Stream {
  timeBase: unknown;
  readonly codecpar: CodecParameters;
}

interface CodecParameters {
  codecTag: number;
  readonly codecType: number;
  readonly codecId: number;
  readonly width: number;
  readonly height: number;
  readonly sampleRate: number;
  readonly channels: number;
  readonly extradata: Uint8Array | null;
  copy(target: CodecParameters): number;
}

interface LibraryPacket {
  readonly streamIndex: number;
  readonly pts: bigint;
  readonly dts: bigint;
  readonly isKeyframe: boolean;
  readonly data: Uint8Array | null;
  alloc(): void;
  unref(): void;
  rescaleTs(from: unknown, to: unknown): void;
}

const [libraryUrl = "", source = "", target = ""] = process.argv.slice(2);
const library = (await import(libraryUrl)) as Library;

const input = new library.FormatContext();
check("open the source", await input.openInput(source));
check("find the streams", await input.findStreamInfo());
const output = target === "" ? undefined : await openOutput(target, input.streams);
const packets = await copyPackets(input, output);
if (output !== undefined) {
  check("end the target", await output.writeTrailer());
  await output.closeOutput();
}
const listing: Listing = { streams: input.streams.map(describeStream), packets };
await input.closeInput();
process.stdout.write(JSON.stringify(listing), () => process.exit(0)); // the library may leave threads behind

function check(step: string, code: number): void {
  if (code < 0) throw new Error(`cannot ${step}: ${library.FFmpegError.strerror(code)}`);
}

async function openOutput(address: string, streams: readonly Stream[]): Promise<FormatContext> {
  const context = new library.FormatContext();
  check("make the target", context.allocOutputContext2(null, "flv", address));
  for (const { codecpar, timeBase } of streams) {
    const stream = context.newStream();
    check("copy the parameters", codecpar.copy(stream.codecpar));
    stream.codecpar.codecTag = 0;
    stream.timeBase = timeBase;
  }
  check("open the target", await context.openOutput());
  check("write the header", await context.writeHeader());
  return context;
}

async function copyPackets(from: FormatContext, to: FormatContext | undefined): Promise<Packet[]> {
  const copied: Packet[] = [];
  const packet = new library.Packet();
  packet.alloc();
  while ((await from.readFrame(packet)) >= 0) {
    copied.push(describePacket(packet));
    if (to !== undefined) {
      packet.rescaleTs(from.streams[packet.streamIndex]?.timeBase, to.streams[packet.streamIndex]?.timeBase);
      check("write a packet", await to.interleavedWriteFrame(packet));
    }
    packet.unref();
  }
  return copied;
}

function describeStream({ codecpar }: Stream): string {
  const { codecType, codecId, width, height, sampleRate, channels, extradata } = codecpar;
  return [codecType, codecId, width, height, sampleRate, channels, hashOf(extradata)].join(" ");
}

function describePacket({ streamIndex, pts, dts, isKeyframe, data }: LibraryPacket): Packet {
  const times = { dts: Number(dts), pts: Number(pts) };
  return { kind: `stream ${streamIndex}`, ...times, isKey: isKeyframe, size: data?.length ?? 0, hash: hashOf(data) };
}

function hashOf(bytes: Uint8Array | null): string {
  return createHash("md5")
    .update(bytes ?? new Uint8Array(0))
    .digest("hex");
}
