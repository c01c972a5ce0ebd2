import type { Bench, Case } from "../case.ts";
import { Skipped } from "../case.ts";
import { assertSame, listingOf, probe, startProbe } from "../listing.ts";
import type { Listing } from "../listing.ts";
import type { Program } from "../program.ts";

async function needs(bench: Bench, ...elements: readonly string[]): Promise<void> {
  for (const element of elements) {
    if (!(await bench.programs.has("gst-inspect-1.0", ["--exists", element]))) {
      throw new Skipped(`GStreamer's ${element} is not installed`);
    }
  }
}

/** Starts GStreamer sending a file, muxed by itself, into `sink`. */
function startPipeline({ programs }: Bench, source: string, ...sink: readonly string[]): Program {
  const reading = ["filesrc", `location=${source}`, "!", "flvdemux", "name=demuxer"];
  const muxing = ["flvmux", "name=muxer", "streamable=true", "!", ...sink];
  const links = ["demuxer.video", "!", "queue", "!", "muxer.video", "demuxer.audio", "!", "queue", "!", "muxer.audio"];
  return programs.start("gst-launch-1.0", ["-q", ...reading, ...muxing, ...links]);
}

/** Publishes with `sink`; ffprobe and rtmp2src must see what the same pipeline writes into a file. */
async function assertGstreamerPublishes(bench: Bench, sink: "rtmp2sink" | "rtmpsink"): Promise<void> {
  await needs(bench, sink, "rtmp2src", "flvmux", "flvdemux");
  const { server, programs } = bench;
  const source = await bench.media.file("h264-aac.flv");
  const muxed = bench.path(`${sink}-muxed.flv`);
  const received = bench.path(`${sink}-received.flv`);
  await startPipeline(bench, source, "filesink", `location=${muxed}`).succeeded();
  const wanted = await probe(programs, muxed);
  const streamPath = `gstreamer/${sink}`;
  const url = server.url(streamPath);

  const playing = server.next("play", streamPath, 2);
  const ffprobe = startProbe(programs, url);
  const pipeline = ["rtmp2src", `location=${url}`, "!", "filesink", `location=${received}`];
  const rtmp2src = programs.start("gst-launch-1.0", ["-q", ...pipeline]);
  await programs.during(playing);
  await startPipeline(bench, source, sink, `location=${url}`, "sync=false").succeeded();
  assertSame("ffprobe", await listingOf(ffprobe), wanted);
  await rtmp2src.succeeded();
  const got = await probe(programs, received);
  assertSame("rtmp2src", got, upToItsEnd(wanted, got));
}

/** librtmp as phone apps use it: an application and no stream name. */
async function assertNamelessLibrtmp(bench: Bench): Promise<void> {
  await needs(bench, "rtmpsink", "flvmux", "flvdemux");
  const { server, programs } = bench;
  const source = await bench.media.file("h264-aac.flv");
  const muxed = bench.path("nameless-muxed.flv");
  await startPipeline(bench, source, "filesink", `location=${muxed}`).succeeded();
  const url = server.url("nameless_librtmp");
  const playing = server.next("play", "nameless_librtmp");
  const ffprobe = startProbe(programs, url);
  await programs.during(playing);
  await startPipeline(bench, source, "rtmpsink", `location=${url}`, "sync=false").succeeded();
  assertSame("ffprobe", await listingOf(ffprobe), await probe(programs, muxed));
}

/** rtmp2src throws away the message in its hand when it hears of the end: it may lack the last packet, and no other. */
function upToItsEnd(wanted: Listing, got: Listing): Listing {
  if (got.packets.length !== wanted.packets.length - 1) return wanted;
  return { streams: wanted.streams, packets: wanted.packets.slice(0, -1) };
}

/** GStreamer in both roles. */
export const gstreamerCases: readonly Case[] = [
  {
    statement: "what GStreamer's rtmp2sink publishes reaches ffprobe and rtmp2src packet by packet",
    run: (bench) => assertGstreamerPublishes(bench, "rtmp2sink"),
  },
  {
    statement:
      "what librtmp publishes with compressed headers (rtmpsink) reaches ffprobe and rtmp2src packet by packet",
    run: (bench) => assertGstreamerPublishes(bench, "rtmpsink"),
  },
  {
    statement: "what librtmp (rtmpsink) publishes as rtmp://host/app, without a stream name, reaches ffprobe",
    run: assertNamelessLibrtmp,
  },
];
