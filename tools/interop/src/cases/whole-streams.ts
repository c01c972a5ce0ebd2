import assert from "node:assert/strict";
import type { Bench, Case } from "../case.ts";
import { startFfmpegPlayer, startPublishing, startRtmpdump } from "../clients.ts";
import { assertDecodes, assertSame, listingOf, probe, startProbe } from "../listing.ts";
import type { MediaName } from "../media.ts";

/** Three players are there before the publisher: each must get every packet, and all of them end well with the stream. */
async function assertAllGetEverything(bench: Bench, name: MediaName): Promise<void> {
  const { server, programs } = bench;
  const source = await bench.media.file(name);
  const wanted = await probe(programs, source);
  const streamPath = `whole/${name.replace(".flv", "")}`; // clients take an ending off
  const url = server.url(streamPath);
  const [ffmpegFile, rtmpdumpFile] = [bench.path(`ffmpeg-${name}`), bench.path(`rtmpdump-${name}`)];

  const playing = server.next("play", streamPath, 3);
  const ffprobe = startProbe(programs, url);
  const ffmpeg = startFfmpegPlayer(programs, url, ffmpegFile);
  const rtmpdump = startRtmpdump(programs, url, rtmpdumpFile);
  await programs.during(playing);
  await startPublishing(programs, source, url).succeeded();

  assertSame("ffprobe", await listingOf(ffprobe), wanted);
  await ffmpeg.succeeded();
  assertSame("ffmpeg", await probe(programs, ffmpegFile), wanted);
  await rtmpdump.succeeded();
  assertSame("rtmpdump", await probe(programs, rtmpdumpFile), wanted);
  await assertDecodes(programs, rtmpdumpFile);
}

/** The publisher names its stream in its metadata. */
async function assertMetadataArrives(bench: Bench): Promise<void> {
  const { server, programs } = bench;
  const url = server.url("whole/title");
  const file = bench.path("title.flv");
  const playing = server.next("play", "whole/title");
  const rtmpdump = startRtmpdump(programs, url, file);
  await programs.during(playing);
  const output = ["-metadata", "title=Garden, north"];
  await startPublishing(programs, await bench.media.file("h264-aac.flv"), url, { output }).succeeded();
  await rtmpdump.succeeded();
  const titleOnly = ["-show_entries", "format_tags=title", "-of", "json"];
  const { stdout } = await programs.run("ffprobe", ["-v", "error", ...titleOnly, file]);
  assert.deepEqual(JSON.parse(stdout.toString()), { format: { tags: { title: "Garden, north" } } });
}

/** ffmpeg publishes; ffprobe, ffmpeg and rtmpdump play from the beginning. */
export const wholeStreamCases: readonly Case[] = [
  {
    statement: "H.264 with B-frames and AAC reaches ffprobe, ffmpeg and rtmpdump packet by packet",
    run: (bench) => assertAllGetEverything(bench, "h264-aac.flv"),
  },
  {
    statement: "a stream without sound reaches them packet by packet",
    run: (bench) => assertAllGetEverything(bench, "h264.flv"),
  },
  {
    statement: "a stream without pictures reaches them packet by packet",
    run: (bench) => assertAllGetEverything(bench, "aac.flv"),
  },
  {
    statement: "H.264 and MP3, which has no sequence header, reaches them packet by packet",
    run: (bench) => assertAllGetEverything(bench, "h264-mp3.flv"),
  },
  {
    statement: "MP3 alone reaches them packet by packet",
    run: (bench) => assertAllGetEverything(bench, "mp3.flv"),
  },
  { statement: "the title that ffmpeg gives its stream is in what rtmpdump writes", run: assertMetadataArrives },
];
