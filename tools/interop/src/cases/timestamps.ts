import type { Bench, Case } from "../case.ts";
import { startPublishing, startRtmpdump } from "../clients.ts";
import { mediaTags, tagLine } from "../flv-file.ts";
import { assertSame, assertSameLines, listingOf, probe, shifted, startProbe } from "../listing.ts";
import type { Listing } from "../listing.ts";
import { WireClient } from "../wire-client.ts";

/** From here on chunks carry an extended timestamp (RTMP 1.0 §5.3.1.3). */
const EXTENDED_FROM = 0xffffff;
/** ms before the wrap at which a stream begins. */
const WRAP_LEAD = 1500;

/** ffmpeg publishes with times that pass 0xFFFFFF after a second: every time and byte arrives as it was sent. */
async function assertExtendedTimestamps(bench: Bench): Promise<void> {
  const { server, programs } = bench;
  const source = await bench.media.file("h264-aac.flv");
  const url = server.url("time/extended");
  const wanted = shifted(await probe(programs, source), 16_776_000);
  const crosses =
    wanted.packets.some(({ dts }) => dts < EXTENDED_FROM) && wanted.packets.some(({ dts }) => dts > EXTENDED_FROM);
  if (!crosses) throw new Error("the source does not cross 0xFFFFFF");
  const rtmpdumpFile = bench.path("extended.flv");

  const playing = server.next("play", "time/extended", 2);
  const ffprobe = startProbe(programs, url);
  const rtmpdump = startRtmpdump(programs, url, rtmpdumpFile);
  await programs.during(playing);
  await startPublishing(programs, source, url, { output: ["-output_ts_offset", "16776"] }).succeeded();
  assertSame("ffprobe", await listingOf(ffprobe), wanted);
  await rtmpdump.succeeded();
  assertSame("rtmpdump", await probe(programs, rtmpdumpFile), wanted);
}

/** A publisher of ours sends the source with times that wrap after 1.5 s. */
async function assertWrap(bench: Bench): Promise<void> {
  const { server, programs } = bench;
  const source = await bench.media.file("h264-aac.flv");
  const url = server.url("time/wrap");
  const tags = (await mediaTags(source)).map((tag) => ({ ...tag, timestamp: (tag.timestamp - WRAP_LEAD) >>> 0 }));
  const rtmpdumpFile = bench.path("wrap.flv");

  const playing = server.next("play", "time/wrap", 2);
  const ffprobe = startProbe(programs, url);
  const rtmpdump = startRtmpdump(programs, url, rtmpdumpFile);
  await programs.during(playing);
  {
    using publisher = await WireClient.publish(url);
    for (const tag of tags) publisher.send(tag);
  }
  // ffprobe counts from before the wrap on, below zero or beyond 2^32: only the steps are the same.
  assertSame("ffprobe", fromZero(await listingOf(ffprobe)), fromZero(await probe(programs, source)));
  await rtmpdump.succeeded();
  const lines = (all: typeof tags): string[] => all.map((tag) => tagLine(tag, true));
  const kept = tags.filter(({ type, payload }) => type === "audio" || payload.length > 5); // rtmpdump drops the shorter
  assertSameLines("rtmpdump", lines(await mediaTags(rtmpdumpFile)), lines(kept));
}

function fromZero(listing: Listing): Listing {
  return shifted(listing, -(listing.packets[0]?.dts ?? 0));
}

/** The edges of the 24 and 32 bits that RTMP has for time. */
export const timestampCases: readonly Case[] = [
  { statement: "times past 0xFFFFFF reach ffprobe and rtmpdump as ffmpeg sent them", run: assertExtendedTimestamps },
  { statement: "a stream goes on across the wrap at 2^32 ms for ffprobe and rtmpdump", run: assertWrap },
];
