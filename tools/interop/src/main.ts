import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Bench, Case } from "./case.ts";
import { Skipped } from "./case.ts";
import { addressCases } from "./cases/addresses.ts";
import { applicationCases } from "./cases/application.ts";
import { enhancedCases } from "./cases/enhanced.ts";
import { gstreamerCases } from "./cases/gstreamer.ts";
import { joiningCases } from "./cases/joining.ts";
import { leavingCases } from "./cases/leaving.ts";
import { phoneControlCases } from "./cases/phone-controls.ts";
import { phoneLinkCases } from "./cases/phone-links.ts";
import { phoneNetworkCases } from "./cases/phone-network.ts";
import { phonePageCases } from "./cases/phone-page.ts";
import { phoneTcpCases } from "./cases/phone-tcp.ts";
import { phoneAppCases } from "./cases/phone-apps.ts";
import { quietCases } from "./cases/quiet.ts";
import { timestampCases } from "./cases/timestamps.ts";
import { wholeStreamCases } from "./cases/whole-streams.ts";
import { FfmpegEight } from "./ffmpeg-eight.ts";
import { Media } from "./media.ts";
import { Programs } from "./program.ts";
import { ServerUnderTest } from "./server-under-test.ts";

const defaultTimeoutMs = 30_000;

const suites = {
  clients: [
    ...wholeStreamCases,
    ...joiningCases,
    ...leavingCases,
    ...timestampCases,
    ...addressCases,
    ...gstreamerCases,
    ...phoneAppCases,
    ...enhancedCases,
    ...applicationCases,
    ...quietCases,
  ],
  phone: [...phonePageCases, ...phoneControlCases, ...phoneNetworkCases, ...phoneLinkCases, ...phoneTcpCases],
} as const;

function isSuite(name: string): name is keyof typeof suites {
  return Object.hasOwn(suites, name);
}

/**
 * `node main.ts [--suite clients|phone] [--loops N] [words]`: with words, only the cases whose statements contain one of
 * them.
 */
async function main(args: readonly string[]): Promise<boolean> {
  const { values, positionals: words } = parseArgs({
    args: [...args],
    options: { loops: { type: "string", default: "0" }, suite: { type: "string", default: "clients" } },
    allowPositionals: true,
  });
  const loops = Number(values.loops);
  if (!isSuite(values.suite)) throw new RangeError(`--suite must be one of ${Object.keys(suites).join(", ")}`);
  const cases = suites[values.suite];
  const folder = await mkdtemp(join(tmpdir(), "rtmp-interop-"));
  const programs = new Programs();
  const server = new ServerUnderTest(loops);
  await server.listen();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      void programs.end();
      rmSync(folder, { recursive: true, force: true });
      process.exit(1);
    });
  }
  try {
    const media = new Media(folder, programs);
    const ffmpegEight = new FfmpegEight(programs);
    const bench: Bench = { loops, server, programs, media, ffmpegEight, path: (fileName) => join(folder, fileName) };
    const chosen = cases.filter(
      ({ statement }) => words.length === 0 || words.some((word) => statement.includes(word)),
    );
    return await runAll(chosen, bench);
  } finally {
    await programs.end();
    await server.rtmp.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function runAll(chosen: readonly Case[], bench: Bench): Promise<boolean> {
  const count = { ok: 0, "not ok": 0, skip: 0 };
  for (const { statement, timeoutMs, run } of chosen) {
    const startedAt = performance.now();
    const [outcome, why] = await attempt(run(bench), timeoutMs ?? defaultTimeoutMs);
    await bench.programs.end();
    count[outcome]++;
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    console.log(`${outcome} - ${statement}${why === "" ? ` (${seconds} s)` : `: ${why}`}`);
  }
  if (count.skip > 0) console.log(`${count.skip} skipped`);
  console.log(`${count.ok} passed, ${count["not ok"]} failed`);
  return count["not ok"] === 0 && count.ok > 0;
}

async function attempt(running: Promise<void>, timeoutMs: number): Promise<["ok" | "not ok" | "skip", string]> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    await Promise.race([running, timeUp]);
    return ["ok", ""];
  } catch (error) {
    return [error instanceof Skipped ? "skip" : "not ok", error instanceof Error ? error.message : String(error)];
  } finally {
    clearTimeout(timer);
    running.catch(() => undefined); // what it does after its time is nobody's concern
  }
}

process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;
