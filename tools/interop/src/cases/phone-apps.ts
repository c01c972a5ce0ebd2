import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { joinLengthPrefixed, splitAdts, splitAnnexB } from "@rtmp/flv-tags";
import type { Bench, Case } from "../case.ts";
import { startFfmpegPlayer, startPublishing } from "../clients.ts";
import { assertDecodes, assertSame, assertSameLines, listingOf, probe, startProbe } from "../listing.ts";
import type { Listing } from "../listing.ts";
import { PhoneApp } from "../phone-app.ts";

const pictureMs = 200;
const soundMs = (1024 * 1000) / 44_100;
const [SLICE, IDR_SLICE, SPS, PPS] = [1, 5, 7, 8];

/** What the app sends at a time, and what a player should list of it. */
interface Step {
  readonly timestamp: number;
  readonly isKey: boolean;
  /** Empty for what no player sees by itself. */
  readonly wanted: string;
  readonly send: (app: PhoneApp) => void;
}

/** ffmpeg names no stream either when the URL has none. */
async function assertNamelessStream(bench: Bench): Promise<void> {
  const { server, programs } = bench;
  const source = await bench.media.file("h264-aac.flv");
  const url = server.url("nameless");
  const file = bench.path("nameless.flv");
  const playing = server.next("play", "nameless", 2);
  const ffprobe = startProbe(programs, url);
  const ffmpeg = startFfmpegPlayer(programs, url, file);
  await programs.during(playing);
  await startPublishing(programs, source, url).succeeded();
  const wanted = await probe(programs, source);
  assertSame("ffprobe", await listingOf(ffprobe), wanted);
  await ffmpeg.succeeded();
  assertSame("ffmpeg", await probe(programs, file), wanted);
}

async function assertPhoneIsWatched(bench: Bench): Promise<void> {
  const { server, programs } = bench;
  const steps = await stepsOf(bench);
  const url = server.url("stream_phone");
  const file = bench.path("phone.flv");
  const repaired: string[] = [];
  server.rtmp.on("repair", ({ streamPath }, _client, repair) => void repaired.push(`${streamPath} ${repair}`));
  const playing = server.next("play", "stream_phone", 2);
  const ffprobe = startProbe(programs, url);
  const ffmpeg = startFfmpegPlayer(programs, url, file);
  await programs.during(playing);
  using app = await PhoneApp.publish(url);
  for (const { send } of steps) send(app);
  app.leave();
  assertPackets("ffprobe", await listingOf(ffprobe), steps);
  await ffmpeg.succeeded();
  assertPackets("ffmpeg", await probe(programs, file), steps);
  await assertDecodes(programs, file);
  assertSameLines("the log", repaired.sort(), ["stream_phone adts-in-aac", "stream_phone nal-per-message"]);
}

async function assertPhoneIsJoined(bench: Bench): Promise<void> {
  const { server, programs } = bench;
  const steps = await stepsOf(bench);
  const url = server.url("phone_joined");
  const file = bench.path("phone-joined.flv");
  const middle = steps.findIndex(({ timestamp }) => timestamp >= 3000);
  const key = steps.findLastIndex(({ isKey }, index) => isKey && index < middle);
  const watching = server.watchNext("phone_joined", "");
  using app = await PhoneApp.publish(url);
  const watcher = await watching;
  for (const { send } of steps.slice(0, middle)) send(app);
  await watcher.reaches((steps[middle - 1]?.timestamp ?? 0) - pictureMs);
  const playing = server.next("play", "phone_joined");
  const ffmpeg = startFfmpegPlayer(programs, url, file);
  await programs.during(playing);
  for (const { send } of steps.slice(middle)) send(app);
  app.leave();
  await ffmpeg.succeeded();
  await assertDecodes(programs, file);
  const pictures = steps.slice(key).filter(({ wanted }) => wanted.startsWith("video"));
  const got = linesOf(await probe(programs, file), "video");
  assertSameLines(
    "ffmpeg",
    got,
    pictures.map(({ wanted }) => wanted),
  );
}

/** The app's messages in order of time: the NAL units of a picture one by one, sound between the pictures. */
async function stepsOf({ media }: Bench): Promise<readonly Step[]> {
  const nalUnits = splitAnnexB(await readFile(await media.file("phone.h264")));
  const adts = await readFile(await media.file("phone.aac"));
  return [...pictureSteps(nalUnits), ...soundSteps(adts)].sort((one, other) => one.timestamp - other.timestamp);
}

function pictureSteps(nalUnits: readonly Uint8Array[]): readonly Step[] {
  const steps: Step[] = [];
  let picture: Uint8Array[] = [];
  let sps: Uint8Array = new Uint8Array(0);
  let count = 0;
  nalUnits.forEach((nalUnit, index) => {
    const timestamp = count * pictureMs;
    const type = typeOf(nalUnit);
    if (type === SPS) sps = nalUnit;
    else if (type === PPS) {
      steps.push({ timestamp, isKey: false, wanted: "", send: (app) => app.sequenceHeader(timestamp, sps, nalUnit) });
    } else {
      picture.push(nalUnit);
      const next = nalUnits[index + 1];
      const isLast = isSlice(nalUnit) && (next === undefined || !isSlice(next) || isFirstSlice(next));
      const wanted = isLast ? line("video", joinLengthPrefixed(picture)) : "";
      const send = (app: PhoneApp): void => app.nalUnit(timestamp, nalUnit);
      steps.push({ timestamp, isKey: isFirstSlice(nalUnit) && type === IDR_SLICE, wanted, send });
      if (!isLast) return;
      picture = [];
      count++;
    }
  });
  return steps;
}

function soundSteps(adts: Uint8Array): readonly Step[] {
  let at = 0;
  return splitAdts(adts).map(({ header, data }, index) => {
    const frame = adts.subarray(at, at + header.frameSize);
    at += header.frameSize;
    const timestamp = Math.round(index * soundMs);
    return { timestamp, isKey: false, wanted: line("audio", data), send: (app) => app.sound(timestamp, frame) };
  });
}

function assertPackets(who: string, listing: Listing, steps: readonly Step[]): void {
  const streams = listing.streams.map((stream) => stream.split(" ").slice(0, -1).join(" "));
  const wantedStreams = ["audio aac LC - - 44100 2", "video h264 Constrained Baseline 180 320 - -"];
  assertSameLines(who, streams.sort(), wantedStreams);
  for (const kind of ["video", "audio"]) {
    const wanted = steps.map((step) => step.wanted).filter((text) => text.startsWith(kind));
    assertSameLines(who, linesOf(listing, kind), wanted);
  }
}

function linesOf({ packets }: Listing, kind: string): readonly string[] {
  return packets.filter((packet) => packet.kind === kind).map(({ hash }) => `${kind} ${hash}`);
}

function line(kind: string, bytes: Uint8Array): string {
  return `${kind} MD5:${createHash("md5").update(bytes).digest("hex")}`;
}

function typeOf(nalUnit: Uint8Array): number {
  return nalUnit[0]! & 0x1f;
}

function isSlice(nalUnit: Uint8Array): boolean {
  return typeOf(nalUnit) === SLICE || typeOf(nalUnit) === IDR_SLICE;
}

function isFirstSlice(nalUnit: Uint8Array): boolean {
  return isSlice(nalUnit) && nalUnit[1]! >= 0x80;
}

/** What phones send that nobody else does. */
export const phoneAppCases: readonly Case[] = [
  { statement: "ffmpeg publishes and plays rtmp://host/app, without a stream name", run: assertNamelessStream },
  {
    statement: "a phone app's NAL units and ADTS frames reach ffmpeg and ffprobe as pictures and AAC that decode",
    run: assertPhoneIsWatched,
  },
  {
    statement: "who joins a phone app's stream in the middle begins with the whole of its newest key frame",
    run: assertPhoneIsJoined,
  },
];
