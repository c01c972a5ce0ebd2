import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { parseArguments } from "../src/arguments.ts";
import { runBenchmark } from "../src/benchmark.ts";
import type { RunResult } from "../src/run-result.ts";
import { verdictsOf } from "../src/run-result.ts";
import { freePort, ServerProcess } from "../src/server-process.ts";

const serverMain = join(import.meta.dirname, "../../../apps/server/src/main.ts");
const folder = mkdtempSync(join(tmpdir(), "rtmp-load-live-"));
afterAll(() => rmSync(folder, { recursive: true }));
const quiet = { write: () => undefined };

function load(...words: readonly string[]): Promise<RunResult[]> {
  const plan = parseArguments(words);
  if (plan === "help") throw new Error("help");
  return runBenchmark(plan, { progress: quiet, interrupt: new AbortController().signal, command: "" });
}

async function serverFromSource(): Promise<{ readonly command: string; readonly port: number }> {
  const port = await freePort();
  const node = `"${process.execPath}" --conditions=@rtmp/source`;
  return { command: `${node} "${serverMain}" --port ${port} --log-level warn`, port };
}

test("five pairs on the real server lose nothing, and the server is gone afterwards", async () => {
  const { command, port } = await serverFromSource();
  const server = ["--server", command, "--port", String(port), "--name", "from source"];
  const [result] = await load(...server, ..."--scenario pair --n 5 --seconds 1 --settle 0.1 --verify".split(" "));
  const failed = verdictsOf(result!).filter(({ isTrue }) => !isTrue);
  expect(failed).toEqual([]);
  expect(result).toMatchObject({ server: "from source", n: 5, connections: { wanted: 10, held: 10 } });
  expect(result!.checked.viewers).toBe(5);
  expect(result!.messages.due).toBeGreaterThan(5 * 60);
  expect(result!.latencyMs.p50).toBeGreaterThan(0);
  if (process.platform === "linux") expect(result!.use!.rssBytes).toBeGreaterThan(10e6);
  // The port would be refused if anybody still listened there.
  const again = { command, cwd: folder, port, logFile: join(folder, "again.log") };
  const second = await ServerProcess.start(again, new AbortController().signal);
  await second.stop();
}, 60_000);

test("viewers who only count get media too, from both streams, and know how old it is", async () => {
  const { command, port } = await serverFromSource();
  const server = ["--server", command, "--port", String(port)];
  const words = "--scenario pull --n 6 --streams 2 --seconds 1 --settle 0.1 --check 0 --processes 1";
  const [light] = await load(...server, ...words.split(" "));
  expect(light).toMatchObject({ connections: { wanted: 8, held: 8 }, checked: { viewers: 0 } });
  expect(light!.messages.delivered).toBeGreaterThan(0);
  expect(light!.latencyMs.p99).toBeGreaterThan(0);
}, 60_000);

test("a server that does not start is an error with its last words, at once", async () => {
  const words = ["--server", "echo no such luck; exit 3", "--port", String(await freePort()), "--n", "1"];
  await expect(load(...words)).rejects.toThrow("the server ended: no such luck");
});

test("a port that somebody has is an error before anything is started", async () => {
  const { command, port } = await serverFromSource();
  const taken = { command, cwd: folder, port, logFile: join(folder, "taken.log") };
  const server = await ServerProcess.start(taken, new AbortController().signal);
  try {
    await expect(load("--server", "sleep 60", "--port", String(port))).rejects.toThrow("in use already");
  } finally {
    await server.stop();
  }
});

test("an interrupt ends a run and everything it started", async () => {
  const { command, port } = await serverFromSource();
  const plan = parseArguments(["--server", command, "--port", String(port), "--n", "3", "--seconds", "60"]);
  if (plan === "help") throw new Error("help");
  const interrupt = new AbortController();
  const interruptWhenMeasuring = (text: string): void => {
    if (text.includes("settling")) interrupt.abort(new Error("enough"));
  };
  const run = runBenchmark(plan, {
    progress: { write: interruptWhenMeasuring },
    interrupt: interrupt.signal,
    command: "",
  });
  await expect(run).rejects.toThrow("enough");
  const again = await ServerProcess.start(
    { command, cwd: folder, port, logFile: join(folder, "after.log") },
    new AbortController().signal,
  );
  await again.stop();
}, 60_000);
