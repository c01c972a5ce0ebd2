import { createLogger } from "@rtmp/app-kit";
import { createRtmpServer } from "@rtmp/server";
import type { RtmpServer } from "@rtmp/server";
import { expect, test } from "vitest";
import { publishTokenPolicy } from "../src/auth/token.ts";
import { logActivity } from "../src/log/activity.ts";
import { toServerLog } from "../src/log/server-log.ts";
import { RtmpPeer } from "./rtmp-peer.ts";

type Entry = Readonly<Record<string, unknown>>;

/** A server and its log; `until` waits for an entry. */
class LoggedServer implements AsyncDisposable {
  readonly entries: Entry[] = [];
  readonly server: RtmpServer;
  #onEntry: (() => void)[] = [];

  constructor(publishKeys: Readonly<Record<string, string>> = {}) {
    const logger = createLogger({ level: "debug", format: "json", sink: { write: (line) => this.#write(line) } });
    const hooks = { onPublish: publishTokenPolicy(() => publishKeys) };
    this.server = createRtmpServer({ port: 0, hooks, log: toServerLog(logger) });
    logActivity(this.server, logger);
  }

  async listen(): Promise<number> {
    return (await this.server.listen()).port;
  }

  /** The first entry with that message. */
  async until(message: string): Promise<Entry> {
    for (;;) {
      const entry = this.entries.find((candidate) => candidate.msg === message);
      if (entry !== undefined) return entry;
      await new Promise<void>((resolve) => this.#onEntry.push(resolve));
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.server.close();
  }

  #write(line: string): void {
    this.entries.push(JSON.parse(line) as Entry);
    const waiting = this.#onEntry;
    this.#onEntry = [];
    for (const resolve of waiting) resolve();
  }
}

const anyNumber = expect.any(Number) as number;
const loopbackClient = expect.stringMatching(/^127\.0\.0\.1:\d+$/) as string;

test("a stream leaves one line at its begin and one at its end, with reason, duration and figures", async () => {
  await using logged = new LoggedServer();
  const port = await logged.listen();
  using publisher = await RtmpPeer.open(port, "live", "publish", "stream0");
  await publisher.hears("NetStream.Publish.Start");
  using player = await RtmpPeer.open(port, "live", "play", "stream0");
  await player.hears("NetStream.Play.Start");
  publisher.sendKeyFrame(0);
  await player.hears("media");
  publisher.end();
  const common = { level: "info", stream: "live/stream0", client: loopbackClient, connection: anyNumber };
  expect(await logged.until("unpublish")).toEqual({
    ...{ ...common, time: expect.any(String) as string, msg: "unpublish", reason: "disconnected" },
    ...{ durationMs: anyNumber, messagesIn: 1, bytesIn: 10, subscribers: 1 },
  });
  player.end();
  expect(await logged.until("stop")).toMatchObject({
    ...common,
    reason: "disconnected",
    durationMs: anyNumber,
    cuts: 0,
  });
  const messages = logged.entries.filter(({ level }) => level === "info").map(({ msg }) => msg);
  expect(messages).toEqual(["publish", "play", "unpublish", "stop"]);
});

test("who comes and goes without a stream is told at level debug", async () => {
  await using logged = new LoggedServer();
  const port = await logged.listen();
  using player = await RtmpPeer.open(port, "live", "play", "nobody-publishes");
  const connect = await logged.until("connect");
  expect(connect).toMatchObject({ level: "debug", app: "live", client: loopbackClient });
  player.end();
  const disconnect = await logged.until("disconnect");
  expect(disconnect).toMatchObject({ level: "debug", reason: "closed-by-peer", client: connect.client });
});

test("a publisher that is mended leaves one warning, and the figures say so", async () => {
  await using logged = new LoggedServer();
  const port = await logged.listen();
  using publisher = await RtmpPeer.open(port, "phone", "publish", "");
  await publisher.hears("NetStream.Publish.Start");
  publisher.sendAdts(0);
  publisher.sendAdts(23);
  const warning = await logged.until("publisher is mended: its media breaks FLV's rules");
  expect(warning).toMatchObject({ level: "warn", stream: "phone", client: loopbackClient, repair: "adts-in-aac" });
  const { streams } = await logged.server.stats();
  expect(streams).toMatchObject([{ streamPath: "phone", repairs: ["adts-in-aac"], tracks: [{ codec: "aac" }] }]);
  publisher.end();
  await logged.until("unpublish");
  expect(logged.entries.filter(({ level }) => level === "warn")).toEqual([warning]);
});

test("a client that breaks the protocol leaves one warning with code and offset", async () => {
  await using logged = new LoggedServer();
  const port = await logged.listen();
  using client = await RtmpPeer.open(port, "live", "play", "stream0");
  await client.hears("NetStream.Play.Start");
  client.sendRaw(new Uint8Array(64).fill(0xff)); // a format-3 chunk of a chunk stream never seen
  const error = await logged.until("client error");
  expect(error).toMatchObject({
    level: "warn",
    code: expect.stringMatching(/^CHUNK_/) as string,
    client: loopbackClient,
    offset: anyNumber,
  });
  await client.hears("closed");
  expect(logged.entries.filter(({ level }) => level === "warn")).toEqual([error]);
});

test("a publisher without the token hears NetStream.Publish.Denied, and the log says so", async () => {
  await using logged = new LoggedServer({ "*": "secret" });
  const port = await logged.listen();
  using stranger = await RtmpPeer.open(port, "live", "publish", "stream0?token=wrong");
  await stranger.hears("NetStream.Publish.Denied");
  expect(await logged.until("publish refused")).toMatchObject({
    level: "info",
    code: "NetStream.Publish.Denied",
    description: "Not allowed to publish live/stream0.",
    client: loopbackClient,
  });
  using publisher = await RtmpPeer.open(port, "live", "publish", "stream0?token=secret");
  await publisher.hears("NetStream.Publish.Start");
  publisher.end();
  await logged.until("unpublish");
  using other = await RtmpPeer.open(port, "live?token=secret", "publish", "stream1");
  await other.hears("NetStream.Publish.Start");
  expect(logged.entries.filter(({ msg }) => msg === "connect").map(({ app }) => app)).toEqual(["live", "live", "live"]);
  expect(JSON.stringify(logged.entries)).not.toContain("secret");
});
