import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { deferred } from "../src/deferred.ts";
import { play, publish } from "../src/index.ts";
import { FakeServer } from "./fake-server.ts";
import { rejection } from "./outcome.ts";

/** A server of bytes: does `greet` with each client. */
async function rawServer(greet: (socket: Socket) => void): Promise<AsyncDisposable & { readonly url: string }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => undefined);
    greet(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `rtmp://127.0.0.1:${(server.address() as AddressInfo).port}/live/stream0`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe("the server says no", () => {
  test("a refused connect rejects with the server's code and words, for publish and for play", async () => {
    await using server = await FakeServer.listen({
      decide: (request) => request.decision.reject("NetConnection.Connect.Rejected", "not you"),
    });
    const expected = {
      name: "RejectedError",
      code: "NetConnection.Connect.Rejected",
      command: "connect",
      description: "not you",
    };
    expect(await rejection(publish(server.url()))).toEqual(expected);
    expect(await rejection(play(server.url()))).toEqual(expected);
  });

  test("a refused createStream rejects; without a reason the code is that of a failed call", async () => {
    await using server = await FakeServer.listen({
      decide: (request, peer) => {
        request.decision.accept();
        peer.sendCommand(0, "_error", 2, null); // answers the second call: a player's createStream
      },
    });
    expect(await rejection(play(server.url()))).toEqual({
      name: "RejectedError",
      code: "NetConnection.Call.Failed",
      command: "createStream",
      description: "",
    });
  });

  test.each([
    ["publish", publish, "NetStream.Publish.BadName"],
    ["play", play, "NetStream.Play.StreamNotFound"],
  ] as const)("a refused %s rejects and closes the connection", async (command, open, code) => {
    await using server = await FakeServer.listen({
      decide: ({ type, decision }) => {
        if (type === "connect") decision.accept();
        else decision.reject(code, "no such luck");
      },
    });
    expect(await rejection(open(server.url()))).toEqual({
      name: "RejectedError",
      code,
      command,
      description: "no such luck",
    });
    await (
      await server.nextPeer()
    ).closed;
  });

  test("a known refusal counts as one even at level status", async () => {
    await using server = await FakeServer.listen({
      decide: ({ type, decision }, peer) => {
        const info = { level: "status", code: "NetStream.Publish.BadName", description: "in use" };
        if (type === "connect") decision.accept();
        else peer.sendCommand(1, "onStatus", 0, null, info);
      },
    });
    expect(await rejection(publish(server.url()))).toMatchObject({ code: "NetStream.Publish.BadName" });
  });
});

describe("the network says no", () => {
  test("a closed port rejects with Node's error as cause", async () => {
    const server = await FakeServer.listen();
    const url = server.url();
    await server[Symbol.asyncDispose]();
    const expected = { name: "ClientError", code: "CLIENT_CONNECTION_FAILED", cause: "ECONNREFUSED" };
    expect(await rejection(publish(url))).toEqual(expected);
    expect(await rejection(play(url))).toEqual(expected);
  });

  test("a server that closes before it has answered disconnects", async () => {
    await using server = await rawServer((socket) => socket.end());
    expect(await rejection(publish(server.url))).toMatchObject({ code: "CLIENT_DISCONNECTED" });
  });

  test("a server that never answers is given up after connectTimeoutMs", async () => {
    await using server = await rawServer(() => undefined);
    const expected = { name: "ClientError", code: "CLIENT_TIMEOUT" };
    expect(await rejection(publish(server.url, { connectTimeoutMs: 20 }))).toEqual(expected);
  });

  test("a decision that never comes is given up after connectTimeoutMs", async () => {
    await using server = await FakeServer.listen({
      decide: ({ type, decision }) => {
        if (type === "connect") decision.accept();
      },
    });
    expect(await rejection(play(server.url(), { connectTimeoutMs: 100 }))).toMatchObject({ code: "CLIENT_TIMEOUT" });
    await (
      await server.nextPeer()
    ).closed;
  });

  test("a web server rejects with the handshake's error as cause", async () => {
    await using server = await rawServer((socket) => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n".padEnd(3073)));
    expect(await rejection(publish(server.url))).toEqual({
      name: "ClientError",
      code: "CLIENT_PROTOCOL_ERROR",
      cause: "HANDSHAKE_UNSUPPORTED_VERSION",
    });
  });
});

describe("the caller is wrong", () => {
  test.each([
    ["another protocol", "http://127.0.0.1/live/stream0"],
    ["no stream", "rtmp://127.0.0.1/live"],
    ["a query for a name", "rtmp://127.0.0.1/live?token=1"],
    ["nothing but a host", "rtmp://127.0.0.1"],
  ])("a URL with %s rejects with a TypeError", async (_, url) => {
    expect(await rejection(publish(url))).toMatchObject({ name: "TypeError" });
    expect(await rejection(play(url))).toMatchObject({ name: "TypeError" });
  });

  test("an option out of range rejects with a RangeError that names it", async () => {
    const url = "rtmp://127.0.0.1/live/stream0";
    await expect(play(url, { maxBufferedBytes: -1 })).rejects.toThrow(/maxBufferedBytes/);
    await expect(play(url, { connectTimeoutMs: 0 })).rejects.toThrow(/connectTimeoutMs/);
    await expect(play(url, { idleTimeoutMs: 1.5 })).rejects.toThrow(/idleTimeoutMs/);
    await expect(play(url, { bufferLengthMs: Number.NaN })).rejects.toThrow(/bufferLengthMs/);
    await expect(publish(url, { chunkSize: 0 })).rejects.toThrow(RangeError);
  });
});

describe("the user has had enough", () => {
  const reason = new Error("enough");

  test("a signal that has aborted already opens no connection", async () => {
    await using server = await FakeServer.listen();
    await expect(publish(server.url(), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(server.peers).toEqual([]);
  });

  test("an abort while the socket is connecting rejects with its reason", async () => {
    await using server = await FakeServer.listen();
    const abort = new AbortController();
    const opening = play(server.url(), { signal: abort.signal });
    abort.abort(reason);
    await expect(opening).rejects.toBe(reason);
  });

  test("an abort during the handshake closes the socket", async () => {
    const abort = new AbortController();
    const hungUp = deferred<undefined>();
    await using server = await rawServer((socket) => {
      socket.resume().on("close", () => hungUp.resolve(undefined));
      abort.abort(reason);
    });
    await expect(publish(server.url, { signal: abort.signal })).rejects.toBe(reason);
    await hungUp.promise;
  });

  test.each(["connect", "publish"] as const)("an abort while %s is being decided closes the socket", async (stage) => {
    const abort = new AbortController();
    await using server = await FakeServer.listen({
      decide: ({ type, decision }) => {
        if (type === stage) abort.abort(reason);
        else decision.accept();
      },
    });
    await expect(publish(server.url(), { signal: abort.signal })).rejects.toBe(reason);
    const peer = await server.nextPeer();
    await peer.closed;
    expect(peer.log.at(-1)).toBe(stage);
  });
});
