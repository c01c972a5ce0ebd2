import { FlvReader, isKeyFrame } from "@rtmp/flv-tags";
import type { Bench, Case } from "../case.ts";
import { startPublishing, startRtmpdump } from "../clients.ts";
import { assertDecodes, assertSame, from, listingOf, probe, startProbe } from "../listing.ts";

/** Joins at 1.6 s: both players must begin with the key frame that was the newest then, and miss nothing after it. */
async function assertLateJoinersGetTheRest(bench: Bench): Promise<void> {
  const { server, programs } = bench;
  const source = await bench.media.file("h264-aac.flv");
  const whole = await probe(programs, source);
  const url = server.url("late/join");
  const rtmpdumpFile = bench.path("late.flv");

  const watching = server.watchNext("late", "join");
  const publisher = startPublishing(programs, source, url, { inRealTime: true });
  const watcher = await watching;
  await watcher.reaches(1600);
  const joined = server.next("play", "late/join").then(() => watcher.keyFrameTimestamp);
  const ffprobe = startProbe(programs, url);
  const ffprobeStart = await joined;
  const joinedLater = server.next("play", "late/join").then(() => watcher.keyFrameTimestamp);
  const rtmpdump = startRtmpdump(programs, url, rtmpdumpFile);
  const rtmpdumpStart = await joinedLater;
  await publisher.succeeded();

  const startingAt = (timestamp: number) => {
    if (timestamp < 1000) throw new Error(`the newest key frame on joining was the one of ${timestamp} ms`);
    const isStart = ({ kind, isKey, dts }: (typeof whole.packets)[number]): boolean =>
      kind === "video" && isKey && dts === timestamp;
    return from(whole, whole.packets.findIndex(isStart));
  };
  assertSame("ffprobe", await listingOf(ffprobe), startingAt(ffprobeStart));
  await rtmpdump.succeeded();
  assertSame("rtmpdump", await probe(programs, rtmpdumpFile), startingAt(rtmpdumpStart));
  await assertDecodes(programs, rtmpdumpFile);
}

/** The stream has one key frame, at its beginning: what a player sees in the middle can only come from the server. */
async function assertPictureAtOnce(bench: Bench): Promise<void> {
  const { server, programs } = bench;
  const source = await bench.media.file("long-gop.flv");
  const url = server.url("late/picture");
  const watching = server.watchNext("late", "picture");
  startPublishing(programs, source, url, { inRealTime: true });
  await (await watching).reaches(1500);

  const startedAt = performance.now();
  const rtmpdump = startRtmpdump(programs, url, "-");
  await rtmpdump.until(({ stdout }) => hasKeyFrame(stdout));
  const elapsedMs = performance.now() - startedAt;
  if (elapsedMs > 1000) throw new Error(`the key frame came ${elapsedMs.toFixed(0)} ms after rtmpdump was started`);
}

function hasKeyFrame(flv: Uint8Array): boolean {
  let isSeen = false;
  new FlvReader().push(flv, ({ type, payload }) => (isSeen ||= type === "video" && isKeyFrame(payload)));
  return isSeen;
}

/** Players that come into the middle of a stream. */
export const joiningCases: readonly Case[] = [
  {
    statement:
      "ffprobe and rtmpdump joining late begin with the newest key frame and get the rest without gap or repeat",
    run: assertLateJoinersGetTheRest,
  },
  {
    statement: "a player that joins in the middle of a long GOP has a picture in less than a second",
    run: assertPictureAtOnce,
  },
];
