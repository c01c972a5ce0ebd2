import assert from "node:assert/strict";
import type { Bench, Case } from "../case.ts";
import { eightListing } from "../ffmpeg-eight.ts";
import { allTags } from "../flv-file.ts";
import { assertSame } from "../listing.ts";
import type { Listing, Packet } from "../listing.ts";
import type { MediaName } from "../media.ts";
import { WireClient } from "../wire-client.ts";

/** The source as FFmpeg 8 writes it into FLV, with what FFmpeg 8 reads from that. */
async function enhancedSource(bench: Bench, name: MediaName): Promise<{ file: string; wanted: Listing }> {
  const { ffmpegEight } = bench;
  const once = bench.path(`once-${name}.flv`);
  const file = bench.path(`${name}.flv`);
  await (await ffmpegEight.copy(await bench.media.file(name), once)).succeeded();
  // A copy of the copy: the first one may still complete a decoder configuration that the source left open.
  await (await ffmpegEight.copy(once, file)).succeeded();
  return { file, wanted: await ffmpegEight.list(file) };
}

/** FFmpeg 8 publishes to FFmpeg 8, which is there from the beginning. */
async function assertRelayed(bench: Bench, name: MediaName): Promise<void> {
  const { server, programs, ffmpegEight } = bench;
  const { file, wanted } = await enhancedSource(bench, name);
  const streamPath = `enhanced/${name.replace(".mp4", "")}`;
  const url = server.url(streamPath);
  const playing = server.next("play", streamPath);
  const player = await ffmpegEight.copy(url);
  await programs.during(playing);
  await (await ffmpegEight.copy(file, url)).succeeded();
  assertSame("FFmpeg 8", await eightListing(player), wanted);
}

/**
 * What FFmpeg 8 muxed is published up to 2.6 s; FFmpeg 8 joins; the rest follows. It must get every track from its newest
 * key frame on, and sound from the key frame of the first track on.
 */
async function assertLateJoiner(bench: Bench, name: MediaName): Promise<void> {
  const { server, programs, ffmpegEight } = bench;
  const { file, wanted } = await enhancedSource(bench, name);
  const tags = await allTags(file);
  const joinIndex = tags.findIndex(({ timestamp }) => timestamp >= 2600);
  const streamKey = `late-${name.replace(".mp4", "")}`;
  const url = server.url(`enhanced/${streamKey}`);
  const watching = server.watchNext("enhanced", streamKey);
  using publisher = await WireClient.publish(url);
  for (const tag of tags.slice(0, joinIndex)) publisher.send(tag);
  await (await watching).reaches(tags[joinIndex - 1]?.timestamp ?? 0);
  const playing = server.next("play", `enhanced/${streamKey}`);
  const player = await ffmpegEight.copy(url);
  await programs.during(playing);
  for (const tag of tags.slice(joinIndex)) publisher.send(tag);
  publisher.leave();

  const isKnown = ({ dts }: Packet): boolean => dts < 2600;
  const isVideo = (kind: string): boolean => wanted.packets.some((packet) => packet.kind === kind && !packet.isKey);
  const keyFrame = (kind: string): number =>
    wanted.packets.findLastIndex((packet) => packet.kind === kind && packet.isKey && isKnown(packet));
  const start = keyFrame("stream 0");
  const packets = wanted.packets.filter(({ kind }, index) => index >= (isVideo(kind) ? keyFrame(kind) : start));
  assertSame("FFmpeg 8", await eightListing(player), { streams: wanted.streams, packets });
}

/** Enhanced RTMP with the FFmpeg that speaks it. */
export const enhancedCases: readonly Case[] = [
  {
    statement: "FFmpeg 8 comes out of the npm registry alone",
    timeoutMs: 300_000,
    run: async ({ ffmpegEight }) => assert.match(await ffmpegEight.version(), /^n?8\./),
  },
  {
    statement: "HEVC with B-frames and Opus of FFmpeg 8 reach FFmpeg 8 packet by packet",
    run: (bench) => assertRelayed(bench, "hevc-opus.mp4"),
  },
  {
    statement: "AV1 and FLAC of FFmpeg 8 reach FFmpeg 8 packet by packet",
    run: (bench) => assertRelayed(bench, "av1-flac.mp4"),
  },
  {
    statement: "VP9 and AC-3 of FFmpeg 8 reach FFmpeg 8 packet by packet",
    run: (bench) => assertRelayed(bench, "vp9-ac3.mp4"),
  },
  {
    statement: "E-AC-3 alone of FFmpeg 8 reaches FFmpeg 8 packet by packet",
    run: (bench) => assertRelayed(bench, "eac3.mp4"),
  },
  {
    statement: "two video and two audio tracks of FFmpeg 8 reach FFmpeg 8 packet by packet",
    run: (bench) => assertRelayed(bench, "two-tracks.mp4"),
  },
  {
    statement: "a second video track that begins before the first reaches FFmpeg 8 from its first key frame on",
    run: (bench) => assertRelayed(bench, "second-track-first.mp4"),
  },
  {
    statement: "FFmpeg 8 joining HEVC and Opus late begins with the newest key frame and gets the rest",
    run: (bench) => assertLateJoiner(bench, "hevc-opus.mp4"),
  },
  {
    statement: "FFmpeg 8 joining two video and two audio tracks late gets each from its newest key frame on",
    run: (bench) => assertLateJoiner(bench, "two-tracks.mp4"),
  },
  {
    statement: "FFmpeg 8 joining late loses no key frame of a second track that leads the first",
    run: (bench) => assertLateJoiner(bench, "second-track-first.mp4"),
  },
];
