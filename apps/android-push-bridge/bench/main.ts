import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createRtmpServer } from "@rtmp/server";
import type { BridgeListening } from "../test/bridge-process.ts";
import { audioConfig, picture, small } from "../test/bridge/fake-phone.ts";
import { FrameFlag, FrameKind, encodeFrame } from "../src/protocol/frame.ts";
import { encodeWords } from "../src/protocol/words.ts";

// nx bench android-push-bridge -- [--phones N] [--seconds N]
// What phones cost the bridge: each sends 2.5 Mbit/s in 30 pictures a second, and 45 frames of sound, over TCP; the bridge
// publishes them to a server in a process of its own. Linux only: the figures are those of /proc.

const { values } = parseArgs({
  options: { phones: { type: "string", default: "1,10,30" }, seconds: { type: "string", default: "10" } },
});
const seconds = Number(values.seconds);
const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));
/** Bytes of one picture. */
const pictureSize = 10_400;
const pictureEveryMs = 1000 / 30;
const keyFrameEvery = 60;

type Bridge = ChildProcessByStdio<null, Readable, null>;

/** CPU time of a process so far, in ms. */
function cpuMs({ pid }: Bridge): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(" ");
  return (Number(fields[13]) + Number(fields[14])) * 10; // in ticks of 10 ms
}

function residentMiB({ pid }: Bridge): number {
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024);
}

async function listening(bridge: Bridge): Promise<BridgeListening> {
  let log = "";
  for await (const bytes of bridge.stdout) {
    log += String(bytes);
    const line = log.split("\n").find((candidate) => candidate.includes('"listening"') && candidate.endsWith("}"));
    if (line !== undefined) return (JSON.parse(line) as { readonly listening: BridgeListening }).listening;
  }
  throw new Error(`the bridge has ended: ${log}`);
}

function send(socket: Socket, frame: Parameters<typeof encodeFrame>[0]): void {
  const bytes = encodeFrame(frame);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  socket.write(length);
  socket.write(bytes);
}

/** A phone that has said Hello, and what its pictures and sounds are. */
async function openPhone(port: number, token: string): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  const welcomed = once(socket, "data");
  const hello = { version: 1, token, session: "bench", clock: "common", device: "bench" } as const;
  send(socket, { kind: FrameKind.Hello, payload: encodeWords(hello) });
  await welcomed;
  socket.resume();
  send(socket, { kind: FrameKind.VideoConfig, payload: small.config });
  send(socket, { kind: FrameKind.AudioConfig, payload: audioConfig });
  return socket;
}

function sendPicture(socket: Socket, index: number): void {
  const isKey = index % keyFrameEvery === 0;
  const timestampUs = Math.round(index * pictureEveryMs * 1000);
  const flags = isKey ? FrameFlag.KeyFrame : 0;
  send(socket, { kind: FrameKind.Video, flags, timestampUs, payload: picture(isKey, pictureSize) });
  const sound = { kind: FrameKind.Audio, payload: new Uint8Array(190).fill(1) };
  send(socket, { ...sound, timestampUs });
  if (index % 2 === 1) send(socket, { ...sound, timestampUs: timestampUs + 16_000 });
}

async function sendFor(ms: number, sockets: readonly Socket[]): Promise<void> {
  const startedAt = performance.now();
  for (let index = 0; performance.now() - startedAt < ms; index++) {
    for (const socket of sockets) sendPicture(socket, index);
    await sleep(Math.max(0, startedAt + (index + 1) * pictureEveryMs - performance.now()));
  }
}

async function measure(count: number): Promise<void> {
  await using server = createRtmpServer({ port: 0, loops: 1 });
  const { port } = await server.listen();
  const targets = Array.from({ length: count }, (_, index) => [
    "--target",
    `rtmp://127.0.0.1:${port}/live/phone${index}`,
  ]);
  const folder = mkdtempSync(join(tmpdir(), "bridge-bench-"));
  const ports = ["--host", "127.0.0.1", "--port", "0", "--http-port", "0", "--tcp-port", "0", "--status-port", "0"];
  const args = [main, ...targets.flat(), ...ports, "--state-dir", folder, "--log-format", "json"];
  const bridge = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const { tcpPort, links } = await listening(bridge);
    const sockets: Socket[] = [];
    for (const { url } of links) sockets.push(await openPhone(tcpPort!, url.split("#t=")[1] ?? ""));
    await sendFor(2000, sockets); // until everything is compiled
    const [cpu, startedAt] = [cpuMs(bridge), performance.now()];
    await sendFor(seconds * 1000, sockets);
    const part = ((cpuMs(bridge) - cpu) / (performance.now() - startedAt)) * 100;
    const live = (await server.stats()).streams.filter(({ isLive }) => isLive).length;
    if (live !== count) throw new Error(`${live} of ${count} streams are live`);
    const each = (part / count).toFixed(2);
    console.log(`${count} phones: ${part.toFixed(1)} % of a core, ${each} % each, ${residentMiB(bridge)} MiB`);
    for (const socket of sockets) socket.destroy();
  } finally {
    const ended = once(bridge, "exit");
    bridge.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true });
  }
}

for (const count of values.phones.split(",")) await measure(Number(count));
