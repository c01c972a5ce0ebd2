// Runs every example and checks what it prints: node --conditions=@rtmp/source examples/run-all.ts
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createRtmpServer } from "@rtmp/server";
import { sampleFile } from "./sample-file.ts";

const timeLimitMs = 20_000;
let passed = 0;
let failed = 0;

/** Runs an example to its end; resolves with what it printed, rejects if it failed or took too long. */
async function run(name: string, ...args: readonly string[]): Promise<string> {
  const command = ["--conditions=@rtmp/source", join(import.meta.dirname, name), ...args];
  const { stdout } = await promisify(execFile)(process.execPath, command, { timeout: timeLimitMs });
  return stdout.trimEnd();
}

/** Checks the length of an example, and its output line by line. */
async function check(name: string, output: Promise<string>, expected: readonly string[], maxLines = 40): Promise<void> {
  const faults: string[] = [];
  const source = await readFile(join(import.meta.dirname, name), "utf8");
  if (source.split("\n").length - 1 > maxLines) faults.push(`it has more than ${maxLines} lines`);
  try {
    const printed = await output;
    if (printed !== expected.join("\n")) faults.push("it was to print:", ...expected, "it printed:", printed);
  } catch (error) {
    faults.push(String(error));
  }
  if (faults.length === 0) passed++;
  else failed++;
  console.log(`${faults.length === 0 ? "ok" : "not ok"} - ${name}`);
  for (const fault of faults) console.log(fault.replaceAll(/^/gm, "    "));
}

const folder = await mkdtemp(join(tmpdir(), "rtmp-examples-"));
try {
  const file = join(folder, "camera.flv");
  await writeFile(file, sampleFile());

  await check("flv-info.ts", run("flv-info.ts", file), [
    "onMetaData",
    "video: avc1.42c01e, 640x360",
    "audio: mp4a.40.2, 44100 Hz, 2 channels",
    "5 frames, 400 ms",
  ]);
  await check(
    "relay-in-30-lines.ts",
    run("relay-in-30-lines.ts"),
    [
      "live/microphone is live",
      "live/microphone has a viewer",
      "live/microphone has ended: closed",
      "audio at 0 ms, 102 bytes",
      "audio at 23 ms, 102 bytes",
      "audio at 46 ms, 102 bytes",
    ],
    30,
  );
  const refusal = "the server refused publish: unknown stream or token (NetStream.Publish.BadName)";
  await check("auth-hook.ts", run("auth-hook.ts"), [
    "camera?token=sesame: published",
    `camera?token=guess: ${refusal}`,
    `camera: ${refusal}`,
    `garden?token=sesame: ${refusal}`,
  ]);

  await using server = createRtmpServer({ port: 0 });
  const { port } = await server.listen();
  const url = `rtmp://127.0.0.1:${port}/live/camera`;
  const watched = new Promise((resolve) => server.once("play", resolve));
  const counting = run("watch-and-count.ts", url);
  await Promise.race([watched, counting.catch(() => undefined)]);
  await check("publish-a-file.ts", run("publish-a-file.ts", file, url), ["published 13 tags"]);
  await check("watch-and-count.ts", counting, ["6 audio, 6 video (1 key frames), 1 script", "until 400 ms"]);
} finally {
  await rm(folder, { recursive: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
