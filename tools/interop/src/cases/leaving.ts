import type { FlvTag } from "@rtmp/flv-tags";
import type { Bench, Case } from "../case.ts";
import { startFfmpegPlayer, startPublishing, startRtmpdump } from "../clients.ts";
import { mediaTags, tagLine } from "../flv-file.ts";
import { assertSame, assertSameLines, listingOf, probe, startProbe } from "../listing.ts";
import { WireClient } from "../wire-client.ts";

/** The publisher is killed: its connection breaks without a word. The players end well with all that had come. */
async function assertPlayersEndWhenThePublisherDies(bench: Bench): Promise<void> {
  const { server, programs } = bench;
  const source = await bench.media.file("h264-aac.flv");
  const url = server.url("leave/killed");
  const [ffmpegFile, rtmpdumpFile] = [bench.path("killed-ffmpeg.flv"), bench.path("killed-rtmpdump.flv")];

  const playing = server.next("play", "leave/killed", 3);
  const ffprobe = startProbe(programs, url);
  const ffmpeg = startFfmpegPlayer(programs, url, ffmpegFile);
  const rtmpdump = startRtmpdump(programs, url, rtmpdumpFile);
  await programs.during(playing);
  const watching = server.watchNext("leave", "killed");
  const publisher = startPublishing(programs, source, url, { inRealTime: true });
  const watcher = await watching;
  await watcher.reaches(1500);
  publisher.kill();

  const seen = await listingOf(ffprobe);
  const { streams, packets } = await probe(programs, source);
  if ((seen.packets.at(-1)?.dts ?? 0) < 1500) throw new Error("what had come before the end is not there");
  assertSame("ffprobe", seen, { streams, packets: packets.slice(0, seen.packets.length) });
  await ffmpeg.succeeded();
  assertSame("ffmpeg", await probe(programs, ffmpegFile), seen);
  await rtmpdump.succeeded();
  assertSame("rtmpdump", await probe(programs, rtmpdumpFile), seen);
}

/** One viewer stays while one publisher leaves and another comes with other pictures and another sample rate. */
async function assertViewerSeesTheNextPublisher(bench: Bench): Promise<void> {
  const { server, programs } = bench;
  const first = await bench.media.file("h264-aac.flv");
  const second = await bench.media.file("other-h264-aac.flv");
  const url = server.url("leave/republish");
  using viewer = await WireClient.play(url);
  await startPublishing(programs, first, url).succeeded();
  await viewer.until(() => viewer.codes.includes("NetStream.Play.UnpublishNotify"));
  const left = server.next("unpublish", "leave/republish");
  await startPublishing(programs, second, url).succeeded();
  await left;
  const [before, after] = [await mediaTags(first), await mediaTags(second)];
  await viewer.until(() => viewer.tags.length >= before.length + after.length);

  const seen = { before: viewer.tags.slice(0, before.length), after: viewer.tags.slice(before.length) };
  assertSameLines("the viewer", timedLines(seen.before, 0), timedLines(before, 0));
  const offset = seen.after[0]?.timestamp ?? 0;
  const last = Math.max(...seen.before.map(({ timestamp }) => timestamp));
  if (offset <= last) throw new Error(`the second publisher begins at ${offset}, the first ended at ${last}`);
  assertSameLines("the viewer", timedLines(seen.after, 0), timedLines(after, offset));
  const told = viewer.codes.filter((code) => /publishNotify$/i.test(code)).map((code) => code.split(".").at(-1) ?? "");
  assertSameLines("the viewer", told, ["UnpublishNotify", "PublishNotify", "UnpublishNotify"]);
}

function timedLines(tags: readonly FlvTag[], offset: number): string[] {
  return tags.map((tag) => tagLine({ ...tag, timestamp: tag.timestamp + offset }, true));
}

/** A second publisher comes while the first is live. */
async function assertSecondPublisherIsRefused(bench: Bench): Promise<void> {
  const { server, programs } = bench;
  const source = await bench.media.file("h264.flv");
  const url = server.url("leave/taken");
  const playing = server.next("play", "leave/taken");
  const ffprobe = startProbe(programs, url);
  await programs.during(playing);
  const watching = server.watchNext("leave", "taken");
  const first = startPublishing(programs, source, url, { inRealTime: true });
  await (await watching).reaches(500);

  const second = await startPublishing(programs, source, url).ended;
  if (second.code === 0) throw new Error("the second ffmpeg exited with 0");
  if (!/already published/.test(second.stderr)) throw new Error(`the second ffmpeg heard no reason: ${second.summary}`);
  using refused = await WireClient.publish(url).catch((error: unknown) => {
    if (error instanceof Error && error.message.includes("NetStream.Publish.BadName")) return undefined;
    throw error;
  });
  if (refused !== undefined) throw new Error("a second publisher was accepted");
  await first.succeeded();
  assertSame("ffprobe", await listingOf(ffprobe), await probe(programs, source));
}

/** One of two viewers dies in the middle. */
async function assertOneViewerDoesNotHurtAnother(bench: Bench): Promise<void> {
  const { server, programs } = bench;
  const source = await bench.media.file("h264-aac.flv");
  const url = server.url("leave/viewer");
  const playing = server.next("play", "leave/viewer", 2);
  const ffprobe = startProbe(programs, url);
  const rtmpdump = startRtmpdump(programs, url, bench.path("dies.flv"));
  await programs.during(playing);
  const watching = server.watchNext("leave", "viewer");
  const publisher = startPublishing(programs, source, url, { inRealTime: true });
  await (await watching).reaches(1000);
  const stopped = server.next("stop", "leave/viewer");
  rtmpdump.kill();
  await stopped;
  await publisher.succeeded();
  assertSame("ffprobe", await listingOf(ffprobe), await probe(programs, source));
}

/** Clients that come and go while others stay. */
export const leavingCases: readonly Case[] = [
  {
    statement: "ffprobe, ffmpeg and rtmpdump exit with 0 and keep what came when the publisher is killed",
    run: assertPlayersEndWhenThePublisherDies,
  },
  {
    statement: "a viewer that stays gets every packet of the next publisher, and its time never goes back",
    run: assertViewerSeesTheNextPublisher,
  },
  {
    statement: "a second ffmpeg is refused with BadName and the first goes on undisturbed",
    run: assertSecondPublisherIsRefused,
  },
  {
    statement: "a player that is killed costs the others no packet",
    run: assertOneViewerDoesNotHurtAnother,
  },
];
