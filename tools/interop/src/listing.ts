import type { Program, Programs } from "./program.ts";

/**
 * What a demuxer saw, one line for each stream and each packet: a stream's codec, parameters and a hash of its
 * decoder configuration; a packet's kind, decode and presentation time, key flag, size and a hash of its bytes.
 */
export interface Listing {
  readonly streams: readonly string[];
  readonly packets: readonly Packet[];
}

/** One packet; times are in the stream's unit, which is ms for FLV and RTMP. */
export interface Packet {
  readonly kind: string;
  readonly dts: number;
  readonly pts: number;
  readonly isKey: boolean;
  readonly size: number;
  readonly hash: string;
}

interface ProbeOutput {
  readonly streams: readonly Readonly<Record<string, string | number | undefined>>[];
  readonly packets: readonly {
    readonly codec_type: string;
    readonly dts: number;
    readonly pts: number;
    readonly flags: string;
    readonly size: string;
    readonly data_hash: string;
  }[];
}

const streamFields = ["codec_type", "codec_name", "profile", "width", "height", "sample_rate", "channels"];

/** Starts ffprobe on a file or an `rtmp://` address, where it plays until the stream ends. */
export function startProbe(programs: Programs, address: string): Program {
  const what = ["-show_streams", "-show_packets", "-show_data_hash", "md5"];
  return programs.start("ffprobe", ["-v", "error", ...what, "-of", "json", address]);
}

/** Waits for a probe to end well and reads what it saw. */
export async function listingOf(probe: Program): Promise<Listing> {
  const { stdout } = await probe.succeeded();
  const { streams, packets } = JSON.parse(stdout.toString()) as ProbeOutput;
  return {
    streams: streams.map((stream) =>
      [...streamFields, "extradata_hash"].map((field) => String(stream[field] ?? "-")).join(" "),
    ),
    packets: packets.map(({ codec_type, dts, pts, flags, size, data_hash }) => {
      return { kind: codec_type, dts, pts, isKey: flags.startsWith("K"), size: Number(size), hash: data_hash };
    }),
  };
}

/** Lists a file. */
export function probe(programs: Programs, file: string): Promise<Listing> {
  return listingOf(startProbe(programs, file));
}

/** The rest of a listing from packet `index` on, as somebody sees it who joins there. */
export function from(listing: Listing, index: number): Listing {
  return { streams: listing.streams, packets: listing.packets.slice(index) };
}

/** The listing with `offset` ms added to every time. */
export function shifted(listing: Listing, offset: number): Listing {
  const shift = (packet: Packet): Packet => ({ ...packet, dts: packet.dts + offset, pts: packet.pts + offset });
  return { streams: listing.streams, packets: listing.packets.map(shift) };
}

/** Throws unless both list the same streams and the same packets in the same order; says where they part. */
export function assertSame(who: string, got: Listing, wanted: Listing): void {
  const gotLines = [...[...got.streams].sort(), ...got.packets.map(lineOf)];
  const wantedLines = [...[...wanted.streams].sort(), ...wanted.packets.map(lineOf)];
  assertSameLines(who, gotLines, wantedLines);
}

/** Throws unless the lines are equal one by one; says where they part. */
export function assertSameLines(who: string, got: readonly string[], wanted: readonly string[]): void {
  if (wanted.length === 0) throw new Error("nothing to compare with");
  const count = Math.max(got.length, wanted.length);
  for (let i = 0; i < count; i++) {
    if (got[i] === wanted[i]) continue;
    const where = `line ${i + 1} of ${got.length}, wanted ${wanted.length} lines`;
    throw new Error(`${who} got "${got[i] ?? "the end"}" instead of "${wanted[i] ?? "the end"}" (${where})`);
  }
}

/** Throws unless ffmpeg decodes the whole file without a word. */
export async function assertDecodes(programs: Programs, file: string): Promise<void> {
  // Times as they are, not in ticks of a guessed frame rate; sizes as they are, not scaled to the first.
  const asTheyAre = ["-enc_time_base", "-1", "-autoscale", "0"];
  const args = ["-v", "warning", "-xerror", "-i", file, ...asTheyAre, "-f", "null", "-"];
  const { stderr } = await programs.run("ffmpeg", args);
  if (stderr.trim() !== "") throw new Error(`decoding ${file}: ${stderr.trim().slice(0, 500)}`);
}

function lineOf({ kind, dts, pts, isKey, size, hash }: Packet): string {
  return `${kind} dts ${dts} pts ${pts}${isKey ? " key" : ""} size ${size} ${hash}`;
}
