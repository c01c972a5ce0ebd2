import { setImmediate } from "node:timers/promises";
import type { TlsOptions } from "node:tls";
import { MessageTypeId } from "@rtmp/chunk";
import { isKeyFrame } from "@rtmp/flv-tags";
import { createRtmpServer, Rejection } from "@rtmp/server";
import type { MediaMessage, RtmpServer, StreamHookRequest } from "@rtmp/server";

/** The word that the hooks refuse, wherever a client puts `?token=`. */
export const REFUSED_TOKEN = "wrong";

type StreamEventName = "publish" | "unpublish" | "play" | "stop";

/** The server in this process, with its events as promises. */
export class ServerUnderTest {
  readonly rtmp: RtmpServer;
  /** What the hooks were asked, in order. */
  readonly asked: { readonly hook: "publish" | "play"; readonly request: StreamHookRequest }[] = [];
  /** Codes of clients that broke the protocol, and errors of ours. */
  readonly complaints: string[] = [];
  #waiting: { readonly key: string; remaining: number; readonly resolve: () => void }[] = [];
  readonly #protocol: "rtmp" | "rtmps";
  readonly #loops: number;
  #port = 0;

  /** With a certificate it speaks rtmps; with `loops` above 0 it serves from so many processes. */
  constructor(loops: number, tls?: TlsOptions) {
    this.#loops = loops;
    this.#protocol = tls === undefined ? "rtmp" : "rtmps";
    const decide = (hook: "publish" | "play", request: StreamHookRequest): void => {
      this.asked.push({ hook, request });
      if (request.query.get("token") !== REFUSED_TOKEN) return;
      throw new Rejection(hook === "publish" ? "NetStream.Publish.Denied" : "NetStream.Play.Failed", "wrong token");
    };
    this.rtmp = createRtmpServer({
      port: 0,
      loops,
      ...(tls === undefined ? {} : { tls }),
      hooks: {
        onPublish: (request) => decide("publish", request),
        onPlay: (request) => decide("play", request),
      },
      log: {
        debug: () => undefined,
        error: (message, { error }) => this.complaints.push(`${message}: ${String(error)}`),
      },
    });
    this.rtmp.on("publish", ({ streamPath }) => this.#happened("publish", streamPath));
    this.rtmp.on("unpublish", ({ streamPath }) => this.#happened("unpublish", streamPath));
    this.rtmp.on("play", ({ streamPath }) => this.#happened("play", streamPath));
    this.rtmp.on("stop", ({ streamPath }) => this.#happened("stop", streamPath));
    this.rtmp.on("clientError", ({ code }) => this.complaints.push(code));
  }

  async listen(): Promise<void> {
    this.#port = (await this.rtmp.listen()).port;
  }

  /** The address of a stream, protocol and port included. */
  url(path: string): string {
    return `${this.#protocol}://127.0.0.1:${this.#port}/${path}`;
  }

  /**
   * Resolves when `name` has happened to `streamPath` as many times as `count`, from now on: call it before whatever
   * makes it happen.
   */
  async next(name: StreamEventName, streamPath: string, count: number = 1): Promise<void> {
    const happened = new Promise<void>((resolve) => {
      this.#waiting.push({ key: `${name} ${streamPath}`, remaining: count, resolve });
    });
    const before = name === "play" && this.#loops > 0 ? await this.#messagesOut(streamPath) : undefined;
    await happened;
    // The viewer's loop has the stream a moment later, and it is from then on that nothing escapes the viewer.
    if (before !== undefined) while ((await this.#messagesOut(streamPath)) === before) await setImmediate();
  }

  /** Messages that viewers of a live stream got; `undefined` if nobody publishes it. */
  async #messagesOut(streamPath: string): Promise<number | undefined> {
    const { streams } = await this.rtmp.stats();
    return streams.find((stream) => stream.streamPath === streamPath && stream.isLive)?.messagesOut;
  }

  /** Looks at the stream that is published next at `streamPath`, from its first message on. */
  async watchNext(app: string, streamKey: string): Promise<Watcher> {
    await this.next("publish", streamKey === "" ? app : `${app}/${streamKey}`);
    const watcher = new Watcher();
    const unsubscribe = this.rtmp.subscribe(app, streamKey, {
      format: { encode: (message) => watcher.see(message) },
      isOpen: () => true,
      bytesBehind: () => 0,
      isMeasured: () => true,
      send: () => undefined,
      published: () => undefined,
      unpublished: () => unsubscribe(),
      tooSlow: () => undefined,
    });
    return watcher;
  }

  /** Resolves when no client is connected any more. */
  async allGone(): Promise<void> {
    for (;;) {
      const gone = new Promise<void>((resolve) => this.rtmp.once("disconnect", () => resolve()));
      if ((await this.rtmp.stats()).connections.current === 0) return;
      await gone;
    }
  }

  #happened(name: StreamEventName, streamPath: string): void {
    const key = `${name} ${streamPath}`;
    for (const waiting of this.#waiting) if (waiting.key === key && --waiting.remaining === 0) waiting.resolve();
    this.#waiting = this.#waiting.filter((waiting) => waiting.remaining > 0);
  }
}

const nothing = new Uint8Array(0);

/** Knows how far a stream has come, in the same moment as the server does. */
export class Watcher {
  /** Timestamp of the newest message, in ms. */
  timestamp = 0;
  /** Timestamp of the newest key frame, in ms. */
  keyFrameTimestamp = -1;
  #waiting: { readonly timestamp: number; readonly resolve: () => void }[] = [];

  /** Resolves when the stream has come to `timestamp`. */
  reaches(timestamp: number): Promise<void> {
    if (this.timestamp >= timestamp) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ timestamp, resolve }));
  }

  see({ typeId, timestamp, payload }: MediaMessage): Uint8Array {
    if (typeId === MessageTypeId.Video && isKeyFrame(payload)) this.keyFrameTimestamp = timestamp;
    if (timestamp > this.timestamp) this.timestamp = timestamp;
    const reached = this.#waiting.filter((waiting) => waiting.timestamp <= this.timestamp);
    this.#waiting = this.#waiting.filter((waiting) => waiting.timestamp > this.timestamp);
    for (const { resolve } of reached) resolve();
    return nothing;
  }
}
