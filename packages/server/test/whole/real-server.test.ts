import { createConnection, createServer } from "node:net";
import type { Socket } from "node:net";
import { ClientSession } from "@rtmp/session";
import { expect, test } from "vitest";
import { createRtmpServer } from "../../src/index.ts";
import type { RtmpServer } from "../../src/index.ts";
import { keyFrame, videoHeader } from "../media.ts";

const loops = Number(process.env.TEST_LOOPS ?? 0);

/** A client over a real socket that resolves when it has heard a status code or seen the end. */
class SocketClient {
  readonly socket: Socket;
  readonly session: ClientSession;
  readonly codes: string[] = [];
  media = 0;
  #waiting: (() => void)[] = [];
  closed = false;

  constructor(port: number) {
    this.session = new ClientSession({
      onEvent: (event) => {
        if (event.type === "status") this.codes.push(event.status.code);
        if (event.type === "media") this.media++;
      },
    });
    this.socket = createConnection({ port, host: "127.0.0.1" });
    this.socket.on("data", (bytes) => {
      this.session.push(bytes);
      this.flush();
      this.#wake();
    });
    this.socket.on("error", () => undefined);
    this.socket.on("close", () => {
      this.closed = true;
      this.#wake();
    });
    this.session.start();
    this.flush();
  }

  flush(): void {
    const output = this.session.takeOutput();
    if (output !== undefined) this.socket.write(output);
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Connects, creates a stream and asks for `what`. */
  begin(what: "publish" | "play", streamKey: string): void {
    this.session.connect({ app: "live", tcUrl: "rtmp://127.0.0.1/live" }, () => undefined);
    this.session.createStream((id) => {
      this.session[what](id ?? 0, streamKey);
      this.flush();
    });
    this.flush();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

async function withServer(run: (server: RtmpServer, port: number) => Promise<void>): Promise<void> {
  const server = createRtmpServer({ port: 0, loops });
  try {
    await run(server, (await server.listen()).port);
  } finally {
    await server.close();
  }
}

test("a stream goes from socket to socket, and the figures show it", () =>
  withServer(async (server, port) => {
    const publisher = new SocketClient(port);
    publisher.begin("publish", "s");
    await publisher.until(() => publisher.codes.includes("NetStream.Publish.Start"));
    const viewer = new SocketClient(port);
    viewer.begin("play", "s");
    await viewer.until(() => viewer.codes.includes("NetStream.Play.Start"));
    publisher.session.sendMedia(1, 9, 0, videoHeader);
    publisher.session.sendMedia(1, 9, 0, keyFrame(1));
    publisher.flush();
    await viewer.until(() => viewer.media === 2);
    const stats = await server.stats();
    expect(stats).toMatchObject({
      connections: { current: 2, total: 2, refused: 0 },
      publishers: 1,
      subscribers: 1,
      streams: [{ streamPath: "live/s", isLive: true, subscribers: 1, messagesIn: 2 }],
    });
    expect(stats.loops.map(({ connections }) => connections)).toEqual(loops === 0 ? [2] : [1, 1]);
    expect(server.isLive("live", "s")).toBe(true);
    expect(server.isLive("live", "t")).toBe(false);
    publisher.socket.destroy();
    await viewer.until(() => viewer.codes.includes("NetStream.Play.UnpublishNotify"));
    viewer.socket.destroy();
  }));

test("close tells viewers that the stream has ended, closes every socket and frees the port", async () => {
  const server = createRtmpServer({ port: 0, loops });
  const { port } = await server.listen();
  const publisher = new SocketClient(port);
  publisher.begin("publish", "s");
  await publisher.until(() => publisher.codes.includes("NetStream.Publish.Start"));
  const viewer = new SocketClient(port);
  viewer.begin("play", "s");
  publisher.session.sendMedia(1, 9, 0, videoHeader);
  publisher.flush();
  await viewer.until(() => viewer.media === 1);
  await Promise.all([server.close(), server.close()]);
  await viewer.until(() => viewer.closed);
  await publisher.until(() => publisher.closed);
  expect(viewer.codes).toContain("NetStream.Play.UnpublishNotify");
  expect(viewer.codes).toContain("NetConnection.Connect.AppShutdown");
  const again = createServer();
  await new Promise<void>((resolve, reject) => again.once("error", reject).listen(port, "127.0.0.1", resolve));
  again.close();
});

test("a port in use is Node's own error, and the server can be closed after it", () =>
  withServer(async (_server, port) => {
    const second = createRtmpServer({ port });
    await expect(second.listen()).rejects.toMatchObject({ code: "EADDRINUSE" });
    await second.close();
  }));

test("connections above the limit for one address are closed as they come", async () => {
  const server = createRtmpServer({ port: 0, loops, limits: { maxConnectionsPerAddress: 1 } });
  const { port } = await server.listen();
  const first = new SocketClient(port);
  first.begin("play", "s");
  await first.until(() => first.codes.includes("NetStream.Play.Start"));
  const second = new SocketClient(port);
  await second.until(() => second.closed);
  expect((await server.stats()).connections).toMatchObject({ current: 1, refused: 1 });
  await server.close();
});

test("an option out of its range is refused by name", () => {
  expect(() => createRtmpServer({ port: 70_000 })).toThrow(/port/);
  expect(() => createRtmpServer({ chunkSize: 1 })).toThrow(/chunkSize/);
  expect(() => createRtmpServer({ loops: -1 })).toThrow(/loops/);
  expect(() => createRtmpServer({ subscriber: { skipAboveBytes: -1 } })).toThrow(/subscriber\.skipAboveBytes/);
  expect(() => createRtmpServer({ timeouts: { idleMs: Number.NaN } })).toThrow(/timeouts\.idleMs/);
});
