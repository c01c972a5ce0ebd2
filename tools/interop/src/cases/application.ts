import { fileURLToPath } from "node:url";
import type { Bench, Case } from "../case.ts";
import { startFfmpegPlayer, startPublishing, startRtmpdump } from "../clients.ts";
import { assertSame, listingOf, probe, startProbe } from "../listing.ts";
import type { Program } from "../program.ts";

const serverProgram = fileURLToPath(new URL("../../../../apps/server/src/main.ts", import.meta.url));

/** Starts the server program, by default on a port that the system chooses; resolves when it has said which. */
export async function startServer(
  { loops, programs }: Bench,
  port: number = 0,
): Promise<{ server: Program; url: string }> {
  const listening = ["--host", "127.0.0.1", "--port", String(port), "--loops", String(loops)];
  const args = [...listening, "--log-format", "json"];
  const server = programs.start(process.execPath, ["--conditions=@rtmp/source", serverProgram, ...args], 120_000);
  const address = /rtmp:\/\/127\.0\.0\.1:\d+\//;
  await server.until(({ stdout }) => address.test(stdout.toString()));
  return { server, url: `${address.exec(server.stdout.toString())?.[0] ?? ""}live/program` };
}

/** Resolves when the server program has logged `count` messages `name`. */
function logged(server: Program, name: "play" | "publish", count: number): Promise<void> {
  return server.until(({ stdout }) => stdout.toString().split(`"msg":"${name}"`).length > count);
}

async function assertProgramRelays(bench: Bench): Promise<void> {
  const { programs } = bench;
  const source = await bench.media.file("h264-aac.flv");
  const wanted = await probe(programs, source);
  const { server, url } = await startServer(bench);
  const rtmpdumpFile = bench.path("program.flv");
  const ffprobe = startProbe(programs, url);
  const rtmpdump = startRtmpdump(programs, url, rtmpdumpFile);
  await programs.during(logged(server, "play", 2));
  await startPublishing(programs, source, url).succeeded();
  assertSame("ffprobe", await listingOf(ffprobe), wanted);
  await rtmpdump.succeeded();
  assertSame("rtmpdump", await probe(programs, rtmpdumpFile), wanted);
  server.kill("SIGTERM");
  await server.succeeded();
}

async function assertProgramEndsInGoodOrder(bench: Bench): Promise<void> {
  const { programs } = bench;
  const source = await bench.media.file("h264-aac.flv");
  const { streams, packets } = await probe(programs, source);
  const { server, url } = await startServer(bench);
  const ffmpegFile = bench.path("stopped.flv");
  const ffprobe = startProbe(programs, url);
  const ffmpeg = startFfmpegPlayer(programs, url, ffmpegFile);
  const rtmpdump = startRtmpdump(programs, url, bench.path("stopped-rtmpdump.flv"));
  await programs.during(logged(server, "play", 3));
  const publisher = startPublishing(programs, source, url, { inRealTime: true });
  await programs.during(logged(server, "publish", 1));
  const picture = startRtmpdump(programs, url, "-");
  await picture.until(({ stdout }) => stdout.length > 0);
  server.kill("SIGTERM");
  await server.succeeded();
  const seen = await listingOf(ffprobe);
  assertSame("ffprobe", seen, { streams, packets: packets.slice(0, seen.packets.length) });
  await Promise.all([ffmpeg, rtmpdump, picture].map((player) => player.succeeded()));
  assertSame("ffmpeg", await probe(programs, ffmpegFile), seen);
  const { code } = await publisher.ended;
  if (code === undefined) throw new Error("ffmpeg did not end when the server had gone");
}

/** The server as a process of its own. */
export const applicationCases: readonly Case[] = [
  { statement: "the server program relays ffmpeg to ffprobe and rtmpdump packet by packet", run: assertProgramRelays },
  {
    statement: "on SIGTERM the server program exits with 0, its players end well, and its publisher ends",
    run: assertProgramEndsInGoodOrder,
  },
];
