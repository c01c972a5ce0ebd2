import { parseVideoTag } from "@rtmp/flv-tags";
import type { FlvTag } from "@rtmp/flv-tags";
import type { Bench, Case } from "../case.ts";
import { mediaTags, tagLine } from "../flv-file.ts";
import { assertSameLines } from "../listing.ts";
import { BridgeProgram } from "../phone/bridge-program.ts";
import { Recording } from "../phone/recording.ts";
import { TcpSender } from "../phone/tcp-sender.ts";

/** What a camera's clock may show when a microphone's shows 0. */
const cameraEpochUs = 1_733_000_000_000;
/** Arrival on a busy machine is no better clock than this. */
const mostApartMs = 30;

/** What a phone would send. ffmpeg writes an end of the sequence, too. */
async function sourceTags(bench: Bench): Promise<readonly FlvTag[]> {
  const tags = await mediaTags(await bench.media.file("without-b-frames.flv"));
  return tags.filter(({ type, payload }) => type !== "video" || parseVideoTag(payload).kind !== "end-of-sequence");
}

async function record(
  bench: Bench,
  name: string,
  options: { isByteStream: boolean; clock: "common" | "separate" },
): Promise<{
  readonly wanted: readonly string[];
  readonly recording: Recording;
}> {
  const url = bench.server.url(`live/${name}`);
  await using bridge = await BridgeProgram.start(bench.programs, [url]);
  const recording = new Recording(url);
  const [token = ""] = bridge.address.tokens;
  const videoEpochUs = options.clock === "separate" ? cameraEpochUs : 0;
  const sender = await TcpSender.open({ port: bridge.address.tcpPort, token, videoEpochUs, ...options });
  await bridge.logs("the stream is live");
  const tags = await sourceTags(bench);
  await sender.sendAll(tags);
  await recording.until(({ tags: got }) => got.filter(({ type }) => type !== "script").length >= tags.length);
  await recording.settle();
  return { wanted: tags.map((tag) => tagLine(tag, false)), recording };
}

/** The tags of one kind. The two tracks need not be interleaved as they were. */
function only(kind: string, lines: readonly string[]): readonly string[] {
  return lines.filter((line) => line.startsWith(kind));
}

async function assertEveryByte(bench: Bench): Promise<void> {
  for (const isByteStream of [false, true]) {
    const { wanted, recording } = await record(bench, `tcp-${isByteStream}`, { isByteStream, clock: "common" });
    const got = recording.tags.filter(({ type }) => type !== "script").map((tag) => tagLine(tag, false));
    assertSameLines("video", only("video", got), only("video", wanted));
    // A configuration made of ADTS headers is shorter than an encoder's own.
    const headers = isByteStream ? 1 : 0;
    assertSameLines("audio", only("audio", got).slice(headers), only("audio", wanted).slice(headers));
  }
}

async function assertOneClock(bench: Bench): Promise<void> {
  const { recording } = await record(bench, "tcp-epochs", { isByteStream: false, clock: "separate" });
  const source = await sourceTags(bench);
  const firstOf = (tags: readonly FlvTag[], type: string): number =>
    tags.find((tag) => tag.type === type)?.timestamp ?? NaN;
  const lastOf = (tags: readonly FlvTag[], type: string): number =>
    tags.findLast((tag) => tag.type === type)?.timestamp ?? NaN;
  const apart = (tags: readonly FlvTag[], of: typeof firstOf): number => of(tags, "video") - of(tags, "audio");
  for (const end of [firstOf, lastOf]) {
    const difference = Math.abs(apart(recording.tags, end) - apart(source, end));
    if (!(difference <= mostApartMs)) throw new Error(`the tracks are ${difference} ms apart`);
  }
}

/** Senders that are no browsers. */
export const phoneTcpCases: readonly Case[] = [
  {
    statement:
      "what a native sender gives over TCP, with lengths or with start codes and ADTS, is relayed byte for byte",
    timeoutMs: 60_000,
    run: assertEveryByte,
  },
  {
    statement: "a native sender's tracks with epochs of their own come out side by side",
    timeoutMs: 60_000,
    run: assertOneClock,
  },
];
