import { readFile } from "node:fs/promises";
import type { Bench, Case } from "../case.ts";
import { Skipped } from "../case.ts";
import { startPublishing, startRtmpdump } from "../clients.ts";
import { assertSame, assertSameLines, listingOf, probe, startProbe } from "../listing.ts";
import { REFUSED_TOKEN, ServerUnderTest } from "../server-under-test.ts";

/** Every client cuts the path its own way and puts the query where it likes. */
async function assertAllMeet(bench: Bench): Promise<void> {
  const { server, programs } = bench;
  const source = await bench.media.file("h264-aac.flv");
  const wanted = await probe(programs, source);
  const streamPath = "live/inst/stream";
  const rtmpdumpFile = bench.path("nested.flv");
  const askedBefore = server.asked.length;

  const playing = server.next("play", streamPath, 2);
  const ffprobe = startProbe(programs, server.url(`${streamPath}?token=b&list=1,2`));
  const rtmpdump = startRtmpdump(programs, server.url(`${streamPath}?token=c`), rtmpdumpFile);
  await programs.during(playing);
  await startPublishing(programs, source, server.url(`${streamPath}?token=a`)).succeeded();
  assertSame("ffprobe", await listingOf(ffprobe), wanted);
  await rtmpdump.succeeded();
  assertSame("rtmpdump", await probe(programs, rtmpdumpFile), wanted);

  const asked = server.asked.slice(askedBefore).map(({ hook, request }) => {
    const { app, instance, streamKey, query } = request;
    return `${hook} app ${app} instance ${instance} key ${streamKey} query ${query.toString()}`;
  });
  const address = "app live instance inst key inst/stream query";
  const wantedAsked = [`play ${address} token=b&list=1%2C2`, `play ${address} token=c`, `publish ${address} token=a`];
  assertSameLines("the hooks", asked.sort(), wantedAsked);
}

/** The hooks of the server refuse a token. */
async function assertRefusalIsHeard(bench: Bench): Promise<void> {
  const { server, programs } = bench;
  const url = server.url(`live/refused?token=${REFUSED_TOKEN}`);
  const source = await bench.media.file("h264.flv");
  const publisher = await startPublishing(programs, source, url).ended;
  if (publisher.code === 0) throw new Error("ffmpeg published with exit code 0");
  if (!publisher.stderr.includes("wrong token")) throw new Error(`ffmpeg heard no reason: ${publisher.summary}`);
  const player = await startProbe(programs, url).ended;
  if (player.code === 0) throw new Error("ffprobe played with exit code 0");
  const rtmpdump = await startRtmpdump(programs, url, bench.path("refused.flv")).ended;
  if (rtmpdump.code === 0) throw new Error("rtmpdump played with exit code 0");
}

/** A server with a certificate of its own making; ffmpeg does not check it. */
async function assertRtmps(bench: Bench): Promise<void> {
  const { programs } = bench;
  const [keyFile, certificateFile] = [bench.path("key.pem"), bench.path("certificate.pem")];
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", keyFile];
  const request = ["req", "-x509", ...newKey, "-out", certificateFile, "-days", "1", "-subj", "/CN=localhost"];
  if (!(await programs.has("openssl", request))) throw new Skipped("openssl is not installed");
  const server = new ServerUnderTest(bench.loops, {
    key: await readFile(keyFile),
    cert: await readFile(certificateFile),
  });
  await server.listen();
  try {
    const source = await bench.media.file("h264-aac.flv");
    const url = server.url("live/tls");
    const playing = server.next("play", "live/tls");
    const ffprobe = startProbe(programs, url);
    await programs.during(playing);
    await startPublishing(programs, source, url).succeeded();
    assertSame("ffprobe", await listingOf(ffprobe), await probe(programs, source));
  } finally {
    await server.rtmp.close();
  }
}

/** Paths, queries and the hooks that see them. */
export const addressCases: readonly Case[] = [
  {
    statement: "ffmpeg, ffprobe and rtmpdump meet on a nested path, and the hooks see their queries",
    run: assertAllMeet,
  },
  { statement: "ffmpeg, ffprobe and rtmpdump exit with an error when a hook refuses them", run: assertRefusalIsHeard },
  { statement: "a stream that ffmpeg publishes over TLS reaches ffprobe over TLS packet by packet", run: assertRtmps },
];
