import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { buffer } from "node:stream/consumers";
import { parseScriptTag } from "@rtmp/flv-tags";
import type { FlvTag } from "@rtmp/flv-tags";
import { concat, hex } from "@rtmp/testkit";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deferred } from "../src/deferred.ts";
import { systemClock } from "../src/command/clock.ts";
import { run } from "../src/command/run.ts";
import type { ExitCode } from "../src/command/run.ts";
import { FakeServer } from "./fake-server.ts";
import { ManualClock } from "./manual-clock.ts";
import { aacHeader, avcEnd, avcHeader, flvFile, interFrame, keyFrame, metadata, sound } from "./tags.ts";

const tags: readonly FlvTag[] = [
  ...[metadata, avcHeader, aacHeader, keyFrame(0, 2000), sound(0), sound(23), interFrame(40), sound(46)],
  ...[interFrame(80), avcEnd(80)],
];
/** A key picture of one macroblock, from its parameter sets on, bit by bit (ITU-T H.264 §7.3). */
const sps = hex("00000001 67 42c00a da79");
const pps = hex("00000001 68 ce3880");
const idr = hex("00000001 65 8884 2c3d");
/** 44 100 Hz, stereo, AAC-LC, a frame of 11 bytes (ISO/IEC 13818-7 §6.2). */
const adtsFrame = hex("fff1 50 80 01 7f fc 21 10 05 00");

let folder = "";
const path = (name: string): string => join(folder, name);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "rtmp-command-"));
  writeFileSync(path("a.flv"), flvFile(5, tags));
  writeFileSync(path("a.h264"), concat(sps, pps, idr));
  writeFileSync(path("a.aac"), concat(adtsFrame, adtsFrame, adtsFrame));
  writeFileSync(path("empty.flv"), flvFile(5, []));
  writeFileSync(path("text.flv"), "this is no media");
  writeFileSync(path("text.aac"), "this is no media");
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Command {
  readonly exitCode: Promise<ExitCode>;
  readonly clock: ManualClock;
  readonly stdout: PassThrough;
  readonly errors: string[];
  readonly interrupt: () => void;
}

function command(...args: readonly string[]): Command {
  const stdout = new PassThrough();
  const errors: string[] = [];
  const interrupt = new AbortController();
  const clock = new ManualClock();
  const stderr = { write: (text: string) => errors.push(text) };
  const world = { stdout, stderr, interrupt: interrupt.signal, clock };
  const exitCode = run(args, () => "1.2.3", world).finally(() => stdout.end());
  return { exitCode, clock, stdout, errors, interrupt: () => interrupt.abort(new Error("interrupted")) };
}

const summary = (name: string, rest: string): RegExp => new RegExp(`^${name}  00:00:00\\.\\d in .* s  ${rest}\\n$`);

describe("push", () => {
  test("a file arrives whole, at once with --fast", async () => {
    await using server = await FakeServer.listen();
    const { exitCode, clock, errors } = command("push", "--fast", path("a.flv"), server.url());
    expect(await exitCode).toBe(0);
    const peer = await server.nextPeer();
    await peer.closed;
    expect(peer.tags).toEqual(tags);
    expect(peer.log.at(-1)).toBe("unpublish");
    expect(clock.sleeps).toEqual([]);
    expect(errors.join("")).toMatch(summary("push", "\\d+ bytes  \\d+ kbit/s  3 frames  0 drops"));
  });

  test("without --fast each frame waits until it is due", async () => {
    await using server = await FakeServer.listen();
    const { exitCode, clock } = command("push", path("a.flv"), server.url());
    expect(await exitCode).toBe(0);
    expect(clock.sleeps).toEqual([23, 17, 6, 34]);
    const peer = await server.nextPeer();
    await peer.closed;
    expect(peer.tags).toEqual(tags);
  });

  test("--loop N sends the file N times on one timeline", async () => {
    await using server = await FakeServer.listen();
    const { exitCode } = command("push", "--fast", "--loop", "2", path("a.flv"), server.url());
    expect(await exitCode).toBe(0);
    const peer = await server.nextPeer();
    await peer.closed;
    const times = peer.tags.filter(({ type }) => type === "video").map(({ timestamp }) => timestamp);
    expect(times).toEqual([0, 0, 40, 80, 120, 160, 200, 200]);
  });

  test("raw video and sound go out together, with metadata made from what they say", async () => {
    await using server = await FakeServer.listen();
    const { exitCode } = command("push", "--fast", "--fps", "10", path("a.h264"), path("a.aac"), server.url());
    expect(await exitCode).toBe(0);
    const peer = await server.nextPeer();
    await peer.closed;
    const [first, ...media] = peer.tags;
    expect(first && parseScriptTag(first.payload)).toEqual({
      name: "onMetaData",
      values: [
        {
          videocodecid: 7,
          width: 16,
          height: 16,
          audiocodecid: 10,
          audiosamplerate: 44_100,
          audiochannels: 2,
          framerate: 10,
        },
      ],
    });
    expect(media.map(({ type, timestamp, payload }) => [type, timestamp, payload[1]])).toEqual([
      ["video", 0, 0],
      ["audio", 0, 0],
      ["video", 0, 1],
      ["audio", 0, 1],
      ["audio", 23, 1],
      ["audio", 46, 1],
    ]);
  });

  test("an interrupt ends an endless push in good order", async () => {
    await using server = await FakeServer.listen();
    const { exitCode, interrupt, errors } = command("push", "--loop", path("a.flv"), server.url());
    const peer = await server.nextPeer();
    await peer.until(() => peer.tags.length > 20);
    interrupt();
    expect(await exitCode).toBe(0);
    await peer.closed;
    expect(peer.log.at(-1)).toBe("unpublish");
    expect(errors.join("")).toMatch(summary("push", ".*"));
  });

  test("an interrupt while the server decides is no error", async () => {
    const asked = deferred<undefined>();
    await using server = await FakeServer.listen({ decide: () => asked.resolve(undefined) });
    const { exitCode, interrupt, errors } = command("push", path("a.flv"), server.url());
    await asked.promise;
    interrupt();
    expect(await exitCode).toBe(0);
    expect(errors).toEqual([]);
  });
});

describe("pull", () => {
  test("what push sent, pull records, byte for byte", async () => {
    await using server = await FakeServer.listen({
      decide: ({ type, decision }, peer) => {
        decision.accept();
        if (type !== "play") return;
        peer.flush();
        peer.send(...(server.peers[0]?.tags ?? []));
        peer.unpublish();
      },
    });
    expect(await command("push", "--fast", path("a.flv"), server.url()).exitCode).toBe(0);
    const { exitCode, errors } = command("pull", server.url(), path("out.flv"));
    expect(await exitCode).toBe(0);
    expect(readFileSync(path("out.flv"))).toEqual(readFileSync(path("a.flv")));
    expect(errors.join("")).toMatch(summary("pull", "\\d+ bytes  \\d+ kbit/s  3 frames  0 drops"));
  });

  test("the file's header claims only what the stream had; the pipe's claims both", async () => {
    await using server = await playing([aacHeader, sound(5000), sound(5023)]);
    expect(await command("pull", server.url(), path("sound.flv")).exitCode).toBe(0);
    const expected = [aacHeader, sound(5000), sound(5023)].map((tag, index) => ({
      ...tag,
      timestamp: index === 2 ? 23 : 0,
    }));
    expect(new Uint8Array(readFileSync(path("sound.flv")))).toEqual(flvFile(4, expected));
    const { exitCode, stdout } = command("pull", server.url(), "-");
    const [piped] = await Promise.all([buffer(stdout), exitCode]);
    expect(new Uint8Array(piped)).toEqual(flvFile(5, expected));
  });

  test("--duration ends it at the first frame behind, and the server hears of it", async () => {
    await using server = await playing([keyFrame(1000), interFrame(1040), interFrame(1080)], { isEndless: true });
    expect(await command("pull", "--duration", "0.08", server.url(), path("short.flv")).exitCode).toBe(0);
    const peer = await server.nextPeer();
    await peer.closed;
    expect(peer.log.at(-1)).toBe("stop");
    const expected = [keyFrame(1000), interFrame(1040)].map((tag, index) => ({ ...tag, timestamp: index * 40 }));
    expect(new Uint8Array(readFileSync(path("short.flv")))).toEqual(flvFile(1, expected));
  });

  test("an interrupt leaves a whole file", async () => {
    await using server = await playing([keyFrame(0)], { isEndless: true });
    const { exitCode, interrupt, errors } = command("pull", server.url(), path("interrupted.flv"));
    const peer = await server.nextPeer();
    await peer.until(() => peer.log.includes("play"));
    for (let size = 0; size <= 13; size = readFileSync(path("interrupted.flv"), { flag: "a+" }).length) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    interrupt();
    expect(await exitCode).toBe(0);
    expect(new Uint8Array(readFileSync(path("interrupted.flv")))).toEqual(flvFile(1, [keyFrame(0)]));
    expect(errors.join("")).toMatch(summary("pull", ".*1 frames.*"));
  });

  test("a lost server is an error, and what came before it is a whole file", async () => {
    await using server = await FakeServer.listen({
      decide: ({ type, decision }, peer) => {
        decision.accept();
        if (type !== "play") return;
        peer.flush();
        peer.send(keyFrame(0));
        peer.socket.end();
      },
    });
    const { exitCode, errors } = command("pull", server.url(), path("lost.flv"));
    expect(await exitCode).toBe(1);
    expect(errors.join("")).toBe("rtmp: the server closed the connection (CLIENT_DISCONNECTED)\n");
    expect(new Uint8Array(readFileSync(path("lost.flv")))).toEqual(flvFile(1, [keyFrame(0)]));
  });

  test("a reader of the pipe that leaves ends it without an error", async () => {
    await using server = await playing([keyFrame(0)], { isEndless: true });
    const { exitCode, stdout } = command("pull", server.url(), "-");
    const peer = await server.nextPeer();
    await peer.until(() => peer.log.includes("play"));
    await once(stdout, "readable");
    stdout.destroy(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
    peer.send(keyFrame(40), keyFrame(80), keyFrame(120));
    expect(await exitCode).toBe(0);
    await peer.closed;
  });
});

/** A server that plays the same tags to everyone, and then ends the stream unless it is endless. */
function playing(stream: readonly FlvTag[], { isEndless = false } = {}): Promise<FakeServer> {
  return FakeServer.listen({
    decide: ({ type, decision }, peer) => {
      decision.accept();
      if (type !== "play") return;
      peer.flush();
      peer.send(...stream);
      if (!isEndless) peer.unpublish();
    },
  });
}

describe("what goes wrong is one line and an exit code", () => {
  test.each([
    ["a file that is not there", ["no.flv"], /^rtmp: .*no\.flv: no such file\n$/],
    ["a folder", ["."], /^rtmp: .*: is a folder\n$/],
    ["a file that is no FLV", ["text.flv"], /^rtmp: .*text\.flv: not an FLV file\n$/],
    ["a file that is no AAC", ["text.aac"], /^rtmp: .*text\.aac: not an ADTS AAC file\n$/],
    ["a file without a tag", ["empty.flv"], /^rtmp: .*empty\.flv: nothing to send\n$/],
  ])("%s is noticed before the server is", async (_, files, line) => {
    await using server = await FakeServer.listen();
    const { exitCode, errors } = command("push", "--fast", ...files.map(path), server.url());
    expect(await exitCode).toBe(1);
    expect(errors.join("")).toMatch(line);
    expect(server.peers).toEqual([]);
  });

  test("a closed port", async () => {
    const server = await FakeServer.listen();
    await server[Symbol.asyncDispose]().catch(() => undefined);
    const closed = "rtmp://127.0.0.1:1/live/stream0";
    const { exitCode, errors } = command("pull", closed, path("never.flv"));
    expect(await exitCode).toBe(1);
    expect(errors.join("")).toMatch(/^rtmp: cannot connect to 127\.0\.0\.1:1: connect ECONNREFUSED .*\n$/);
  });

  test("a server that says no", async () => {
    await using server = await FakeServer.listen({
      decide: ({ type, decision }) => {
        if (type === "connect") decision.accept();
        else decision.reject("NetStream.Publish.BadName", "in use");
      },
    });
    const { exitCode, errors } = command("push", path("a.flv"), server.url());
    expect(await exitCode).toBe(1);
    expect(errors).toEqual(["rtmp: the server refused publish: in use (NetStream.Publish.BadName)\n"]);
  });

  test("a place that cannot be written", async () => {
    await using server = await playing([keyFrame(0)], { isEndless: true });
    const { exitCode, errors } = command("pull", server.url(), path("no/such/folder.flv"));
    expect(await exitCode).toBe(1);
    expect(errors.join("")).toMatch(/^rtmp: .*folder\.flv: cannot write: ENOENT.*\n$/);
    await (
      await server.nextPeer()
    ).closed;
  });

  test("a command line that makes no sense exits with 2 and names the help", async () => {
    const { exitCode, errors } = command("push", "a.flv");
    expect(await exitCode).toBe(2);
    expect(errors).toEqual(["rtmp: push needs a FILE and a URL; see rtmp --help\n"]);
  });
});

describe("what it says of itself", () => {
  test("the version and a line end", async () => {
    const { exitCode, stdout } = command("--version");
    expect(await exitCode).toBe(0);
    expect((await buffer(stdout)).toString()).toBe("1.2.3\n");
  });

  test("help names every command and option", async () => {
    const { exitCode, stdout } = command("--help");
    expect(await exitCode).toBe(0);
    const text = (await buffer(stdout)).toString();
    const words = ["push", "pull", "--fast", "--loop", "--fps", "--duration", "--help", "--version"];
    expect(words.filter((word) => !text.includes(word))).toEqual([]);
  });
});

describe("the program", () => {
  const cli = fileURLToPath(new URL("../src/cli.ts", import.meta.url));
  const start = (...args: string[]): ChildProcess =>
    spawn(process.execPath, ["--conditions=@rtmp/source", cli, ...args]);

  test.skipIf(process.features.typescript === false)(
    "SIGINT ends a recording with a whole file and exit code 0",
    async () => {
      await using server = await playing([keyFrame(0)], { isEndless: true });
      const child = start("pull", server.url(), "-");
      const exit = once(child, "exit");
      await once(child.stdout ?? child, "readable");
      child.kill("SIGINT");
      expect(await exit).toEqual([0, null]);
    },
  );

  test.skipIf(process.features.typescript === false)("the version is the package's", async () => {
    const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
    const { stdout } = start("--version");
    if (stdout === null) throw new Error("no standard output");
    expect((await buffer(stdout)).toString()).toBe(`${(manifest as { readonly version: string }).version}\n`);
  });
});

describe("the clock of the process", () => {
  test("an abort wakes a sleeper, and one that has come already lets nobody fall asleep", async () => {
    const abort = new AbortController();
    const sleep = systemClock.sleep(2 ** 40, abort.signal);
    abort.abort();
    await sleep;
    await systemClock.sleep(2 ** 40, abort.signal);
    expect(systemClock.now()).toBeGreaterThan(0);
  });

  test("a sleep is over no sooner than it says", async () => {
    const before = systemClock.now();
    await systemClock.sleep(3.2, new AbortController().signal);
    expect(systemClock.now() - before).toBeGreaterThanOrEqual(3);
  });
});
