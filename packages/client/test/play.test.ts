import { getEventListeners } from "node:events";
import type { FlvTag } from "@rtmp/flv-tags";
import { describe, expect, test } from "vitest";
import { play } from "../src/index.ts";
import type { Player, PlayOptions } from "../src/index.ts";
import { FakeServer, turns } from "./fake-server.ts";
import type { FakePeer } from "./fake-server.ts";
import { rejection } from "./outcome.ts";
import { aacHeader, avcHeader, interFrame, keyFrame, metadata, sound } from "./tags.ts";

const someTags = [
  metadata,
  avcHeader,
  aacHeader,
  keyFrame(0),
  sound(0),
  interFrame(40),
  sound(23),
  interFrame(0xffffffff),
];

async function playFrom(server: FakeServer, options: PlayOptions = {}): Promise<{ player: Player; peer: FakePeer }> {
  const player = await play(server.url(), options);
  return { player, peer: await server.nextPeer() };
}

async function collect(tags: AsyncIterable<FlvTag>, into: FlvTag[] = []): Promise<FlvTag[]> {
  for await (const tag of tags) into.push(tag);
  return into;
}

describe("what the consumer gets", () => {
  test("every tag with its type, timestamp and bytes, and nothing the server says of itself", async () => {
    await using server = await FakeServer.listen();
    const { player, peer } = await playFrom(server);
    peer.send(...someTags);
    peer.unpublish();
    expect(await collect(player)).toEqual(someTags);
    await peer.closed;
    expect(peer.wire).toContain("deleteStream");
    expect(peer.log.slice(0, 3)).toEqual(["handshake", "connect", "play"]);
  });

  test("tags that come with the answer to play are not lost", async () => {
    await using server = await FakeServer.listen({
      decide: ({ type, decision }, peer) => {
        decision.accept();
        if (type !== "play") return;
        peer.flush();
        peer.send(...someTags);
        peer.unpublish();
      },
    });
    const { player } = await playFrom(server);
    expect(await collect(player)).toEqual(someTags);
  });

  test("the same tags come out of readable", async () => {
    await using server = await FakeServer.listen();
    const { player, peer } = await playFrom(server);
    peer.send(...someTags);
    peer.unpublish();
    expect(await collect(player.readable)).toEqual(someTags);
    expect(player.bytesReceived).toBe(peer.bytesSent);
  });

  test("the server hears the start, the buffer and all codecs", async () => {
    await using server = await FakeServer.listen();
    const { player, peer } = await playFrom(server, { start: -1, bufferLengthMs: 0x01020304 });
    await player.close();
    await peer.closed;
    expect(peer.requests[1]).toMatchObject({ type: "play", start: -1, address: { streamPath: "live/stream0" } });
    expect(peer.wire).toContain("\u0000\u0003\u0000\u0000\u0000\u0001\u0001\u0002\u0003\u0004"); // SetBufferLength
    expect(peer.session.capabilities?.videoFourCcInfoMap).toEqual(new Map([["*", 5]]));
  });
});

describe("the end of the stream", () => {
  test.each([
    ["UnpublishNotify", { level: "status", code: "NetStream.Play.UnpublishNotify", description: "" }],
    ["Play.Stop", { level: "status", code: "NetStream.Play.Stop", description: "" }],
    ["Play.Complete", { level: "status", code: "NetStream.Play.Complete", description: "" }],
  ])("%s ends the iteration behind the last tag", async (_, info) => {
    await using server = await FakeServer.listen();
    const { player, peer } = await playFrom(server);
    peer.send(avcHeader);
    peer.sendCommand(peer.playStreamId, "onStatus", 0, null, info);
    expect(await collect(player)).toEqual([avcHeader]);
    await peer.closed;
  });

  test("a player that waits goes on with the next publisher", async () => {
    await using server = await FakeServer.listen();
    const { player, peer } = await playFrom(server, { wait: true });
    peer.send(keyFrame(0));
    peer.unpublish();
    peer.session.notifyPublish(peer.playStreamId);
    peer.flush();
    peer.send(keyFrame(1));
    peer.session.notifyShutdown("enough");
    peer.flush();
    const seen: FlvTag[] = [];
    expect(await rejection(collect(player, seen))).toMatchObject({ code: "NetConnection.Connect.AppShutdown" });
    expect(seen).toEqual([keyFrame(0), keyFrame(1)]);
  });

  test("a server that vanishes throws behind the tags it has sent", async () => {
    await using server = await FakeServer.listen();
    const { player, peer } = await playFrom(server);
    peer.send(...someTags);
    peer.socket.end();
    const seen: FlvTag[] = [];
    expect(await rejection(collect(player, seen))).toMatchObject({ name: "ClientError", code: "CLIENT_DISCONNECTED" });
    expect(seen).toEqual(someTags);
  });

  test("a reset connection throws with Node's error as cause", async () => {
    await using server = await FakeServer.listen();
    const { player, peer } = await playFrom(server);
    peer.socket.resetAndDestroy();
    expect(await rejection(collect(player))).toEqual({
      name: "ClientError",
      code: "CLIENT_DISCONNECTED",
      cause: "ECONNRESET",
    });
  });

  test("bytes that are no RTMP throw with the reader's error as cause", async () => {
    await using server = await FakeServer.listen();
    const { player, peer } = await playFrom(server);
    peer.socket.write(new Uint8Array([0xff, 0xff, 0xff, 0xff])); // format 3 on a chunk stream that was never opened
    expect(await rejection(collect(player))).toEqual({
      name: "ClientError",
      code: "CLIENT_PROTOCOL_ERROR",
      cause: "CHUNK_UNKNOWN_PREVIOUS_HEADER",
    });
    await peer.closed;
  });

  test("a server that is silent for idleTimeoutMs is given up", async () => {
    await using server = await FakeServer.listen();
    const { player } = await playFrom(server, { idleTimeoutMs: 30 });
    expect(await rejection(collect(player))).toEqual({ name: "ClientError", code: "CLIENT_IDLE_TIMEOUT" });
  });
});

describe("leaving", () => {
  test("a break closes the connection", async () => {
    await using server = await FakeServer.listen();
    const { player, peer } = await playFrom(server);
    peer.send(...someTags);
    for await (const tag of player) {
      expect(tag).toEqual(someTags[0]);
      break;
    }
    await peer.closed;
    expect(peer.log.at(-1)).toBe("stop");
    expect(await collect(player)).toEqual([]);
  });

  test("a throw in the loop closes the connection and is not changed", async () => {
    await using server = await FakeServer.listen();
    const { player, peer } = await playFrom(server);
    peer.send(...someTags);
    const reason = new Error("mine");
    const loop = async (): Promise<void> => {
      for await (const tag of player) if (tag.type === "script") throw reason;
    };
    await expect(loop()).rejects.toBe(reason);
    await peer.closed;
  });

  test("an abort throws its reason at once, past the tags that wait", async () => {
    await using server = await FakeServer.listen();
    const abort = new AbortController();
    const { player, peer } = await playFrom(server, { signal: abort.signal });
    peer.send(...someTags);
    const seen: FlvTag[] = [];
    const reason = new Error("enough");
    const loop = async (): Promise<void> => {
      for await (const tag of player) {
        seen.push(tag);
        abort.abort(reason);
      }
    };
    await expect(loop()).rejects.toBe(reason);
    expect(seen).toEqual(someTags.slice(0, 1));
    await peer.closed;
  });

  test("a close while the consumer waits ends the iteration", async () => {
    await using server = await FakeServer.listen();
    const { player, peer } = await playFrom(server);
    const tags = collect(player);
    await player.close();
    await player.close();
    expect(await tags).toEqual([]);
    await peer.closed;
  });

  test("a close while the socket is left unread reads it out, so that the server is not reset", async () => {
    await using server = await FakeServer.listen();
    const { player, peer } = await playFrom(server, { maxBufferedBytes: 0 });
    peer.send(...Array.from({ length: 200 }, (_, index) => keyFrame(index, 20_000)));
    await turns(100);
    await player.close();
    await peer.closed;
    expect(peer.errors).toEqual([]);
    expect(peer.log.at(-1)).toBe("stop");
  });

  test("nothing listens to the signal any more", async () => {
    await using server = await FakeServer.listen();
    const { signal } = new AbortController();
    const { player } = await playFrom(server, { signal });
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    await player.close();
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  test("cancelling readable closes the connection", async () => {
    await using server = await FakeServer.listen();
    const { player, peer } = await playFrom(server);
    await player.readable.cancel();
    await peer.closed;
    expect(peer.log.at(-1)).toBe("stop");
  });

  test("a server that keeps its side open cannot keep close waiting for ever", async () => {
    await using server = await FakeServer.listen();
    const { player, peer } = await playFrom(server);
    peer.socket.removeAllListeners("end");
    peer.socket.allowHalfOpen = true;
    await player.close();
    expect(peer.socket.writable).toBe(true);
  });
});

test("a slow consumer leaves the socket unread, and loses nothing", async () => {
  await using server = await FakeServer.listen();
  const maxBufferedBytes = 100_000;
  const { player, peer } = await playFrom(server, { maxBufferedBytes });
  const before = player.bytesReceived;
  const frames = Array.from({ length: 800 }, (_, index) => keyFrame(index, 20_000)); // 16 MB
  peer.send(...frames);
  peer.unpublish();
  await turns(500);
  const oneSocketRead = 65_536;
  expect(player.bytesReceived - before).toBeLessThanOrEqual(maxBufferedBytes + oneSocketRead + 20_100);
  expect(peer.socket.writableLength).toBeGreaterThan(0);
  expect(await collect(player)).toEqual(frames);
});
