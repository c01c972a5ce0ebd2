import type { Socket } from "node:net";
import { ClientSession, parseRtmpUrl } from "@rtmp/session";
import type { ClientSessionEvent, RtmpUrl } from "@rtmp/session";
import { deferred } from "./deferred.ts";
import type { Deferred } from "./deferred.ts";
import { dial } from "./dial.ts";
import { ClientError } from "./errors.ts";
import { checkWhole } from "./options.ts";
import type { ClientOptions } from "./options.ts";
import { judgeStatus, rejection, requestStream } from "./stream-request.ts";
import type { StreamRequest } from "./stream-request.ts";

/** Who gets what a connection brings. */
export interface ConnectionHandler {
  /** Media, data and stream events, in wire order. */
  onEvent(event: ClientSessionEvent): void;
  /** The connection has ended, once: with the reason, or `undefined` if we closed it. */
  onEnd(reason?: { readonly error: unknown }): void;
}

const defaultConnectTimeoutMs = 10_000;
const defaultIdleTimeoutMs = 90_000;
/** For the server to take our last bytes, and then to close its side. */
const closeTimeoutMs = 2000;

/** One socket with one session on it, opened for one stream. It ends once, and the first reason is the one that counts. */
export class ClientConnection {
  readonly session: ClientSession;
  readonly #socket: Socket;
  readonly #options: ClientOptions;
  readonly #request: StreamRequest;
  readonly #handler: ConnectionHandler;
  readonly #idleTimeoutMs: number;
  readonly #connectTimer: NodeJS.Timeout;
  readonly #started: Deferred<undefined> = deferred<undefined>();
  readonly #closed: Deferred<undefined> = deferred<undefined>();
  readonly #abort: () => void;
  #drained: Deferred<undefined> | undefined;
  #messageStreamId = 0;
  #bytesSent = 0;
  #isConnected = false;
  #isStarted = false;
  #isPaused = false;
  #isCorked = false;
  #end: { readonly error: unknown } | undefined;

  constructor(
    url: RtmpUrl,
    request: StreamRequest,
    options: ClientOptions & { chunkSize?: number },
    handler: ConnectionHandler,
  ) {
    const connectTimeoutMs = checkWhole("connectTimeoutMs", options.connectTimeoutMs ?? defaultConnectTimeoutMs, 1);
    this.#idleTimeoutMs = checkWhole("idleTimeoutMs", options.idleTimeoutMs ?? defaultIdleTimeoutMs, 0);
    this.#options = options;
    this.#request = request;
    this.#handler = handler;
    this.session = new ClientSession({
      onEvent: (event) => this.#receiveEvent(event),
      ...(options.chunkSize === undefined ? {} : { chunkSize: options.chunkSize }),
      ...(options.limits === undefined ? {} : { limits: options.limits }),
      ...(options.handshake === undefined ? {} : { scheme: options.handshake }),
    });
    this.#socket = dial(url, options.tls);
    this.#listen(url);
    this.#abort = () => this.fail(options.signal?.reason);
    options.signal?.addEventListener("abort", this.#abort, { once: true });
    this.#connectTimer = setTimeout(() => {
      this.fail(new ClientError("CLIENT_TIMEOUT", `no stream from ${url.host} within ${connectTimeoutMs} ms`));
    }, connectTimeoutMs);
    this.session.start();
    requestStream(this.session, url, request, options, {
      onRequested: (messageStreamId) => {
        this.#messageStreamId = messageStreamId;
      },
      onRefused: (error) => this.fail(error),
    });
    this.flush();
  }

  /** Resolves when the server has said `…Start`, rejects if the connection ends before. */
  get started(): Promise<undefined> {
    return this.#started.promise;
  }

  /** The stream that was asked for; 0 until it is created. */
  get messageStreamId(): number {
    return this.#messageStreamId;
  }

  /** Everything given to the socket, the handshake included. */
  get bytesSent(): number {
    return this.#bytesSent;
  }

  get isEnded(): boolean {
    return this.#end !== undefined;
  }

  /** Throws what ended the connection, if it has ended. */
  throwIfEnded(): void {
    if (this.#end !== undefined) throw this.#end.error;
  }

  /** Gives the socket what the session wants to say. Returns false while the socket holds more than it should. */
  flush(): boolean {
    if (this.isEnded) return false;
    const bytes = this.session.takeOutput();
    if (bytes === undefined) return !this.#socket.writableNeedDrain;
    this.#bytesSent += bytes.length;
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#socket.cork(); // one write for all tags of this turn
      process.nextTick(() => {
        this.#isCorked = false;
        this.#socket.uncork();
      });
    }
    return this.#socket.write(bytes);
  }

  /** Resolves when the socket wants more or the connection has ended. */
  drained(): Promise<undefined> {
    this.#drained ??= deferred<undefined>();
    return this.#drained.promise;
  }

  /** Stops reading, so that the server feels that we are slow. */
  pause(): void {
    this.#isPaused = true;
    this.#socket.pause();
  }

  /** Reads on. */
  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#watchSilence();
    this.#socket.resume();
  }

  /** Sends what is left, ends our side and waits for the server to end its own, though not for long. */
  close(): Promise<undefined> {
    if (this.isEnded) return this.#closed.promise;
    const socket = this.#socket;
    this.flush();
    this.#finish(new ClientError("CLIENT_CLOSED", "the connection was closed"), undefined);
    socket.setTimeout(closeTimeoutMs); // without progress
    socket.once("finish", () => {
      const timer = setTimeout(() => socket.destroy(), closeTimeoutMs);
      socket.once("close", () => clearTimeout(timer));
    });
    socket.resume();
    socket.end();
    return this.#closed.promise;
  }

  /** Ends the connection at once. */
  fail(error: unknown): void {
    if (this.isEnded) return;
    this.#finish(error, { error });
    this.#socket.destroy();
  }

  #finish(error: unknown, reason: { readonly error: unknown } | undefined): void {
    this.#end = { error };
    clearTimeout(this.#connectTimer);
    this.#options.signal?.removeEventListener("abort", this.#abort);
    this.#started.reject(error);
    this.#settleDrained();
    this.#handler.onEnd(reason);
  }

  #listen(url: RtmpUrl): void {
    const socket = this.#socket;
    const place = `${url.host}:${url.port}`;
    socket.once(url.protocol === "rtmps" ? "secureConnect" : "connect", () => {
      this.#isConnected = true;
    });
    socket.on("data", (bytes: Uint8Array) => this.#receive(bytes));
    socket.on("drain", () => this.#settleDrained());
    socket.on("timeout", () => this.#timeOut());
    socket.on("end", () => this.fail(new ClientError("CLIENT_DISCONNECTED", "the server closed the connection")));
    socket.on("error", (cause) => {
      const code = this.#isConnected ? "CLIENT_DISCONNECTED" : "CLIENT_CONNECTION_FAILED";
      const detail = this.#isConnected ? `lost the connection to ${place}` : `cannot connect to ${place}`;
      this.fail(new ClientError(code, `${detail}: ${networkReason(cause)}`, { cause }));
    });
    socket.on("close", () => {
      this.fail(new ClientError("CLIENT_DISCONNECTED", `lost the connection to ${place}`));
      this.#closed.resolve(undefined);
    });
  }

  #receive(bytes: Uint8Array): void {
    if (this.isEnded) return;
    try {
      this.session.push(bytes);
    } catch (cause) {
      const detail = cause instanceof Error ? cause.message : String(cause);
      this.fail(new ClientError("CLIENT_PROTOCOL_ERROR", `the server broke the protocol: ${detail}`, { cause }));
      return;
    }
    this.flush();
  }

  #receiveEvent(event: ClientSessionEvent): void {
    if (this.isEnded) return;
    if (event.type !== "status" || this.#goesOnAfter(event)) this.#handler.onEvent(event);
  }

  #goesOnAfter({ status, messageStreamId, fields }: ClientSessionEvent & { readonly type: "status" }): boolean {
    const { role } = this.#request;
    const properties =
      typeof fields === "object" && fields !== null ? (fields as Readonly<Record<string, unknown>>) : {};
    try {
      this.#options.onStatus?.({ ...status, messageStreamId, fields: properties });
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
    switch (judgeStatus(role, status)) {
      case "started":
        this.#start();
        return true;
      case "refused":
        this.fail(rejection(this.#messageStreamId === 0 ? "connect" : role, status));
        return false;
      case "news":
        return true;
    }
  }

  #start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    clearTimeout(this.#connectTimer);
    this.#watchSilence();
    this.#started.resolve(undefined);
  }

  #watchSilence(): void {
    if (!this.isEnded && this.#isStarted) this.#socket.setTimeout(this.#idleTimeoutMs);
  }

  #timeOut(): void {
    if (this.isEnded) {
      this.#socket.destroy();
      return;
    }
    const isOurDoing = this.#request.role === "publish" ? this.#socket.writableLength === 0 : this.#isPaused;
    if (isOurDoing) this.#watchSilence();
    else this.fail(new ClientError("CLIENT_IDLE_TIMEOUT", `nothing from the server in ${this.#idleTimeoutMs} ms`));
  }

  #settleDrained(): void {
    this.#drained?.resolve(undefined);
    this.#drained = undefined;
  }
}

/** Reads the URL of a stream. Throws a `TypeError` if it is none or names no stream. */
export function parseStreamUrl(url: string): RtmpUrl {
  const parsed = parseRtmpUrl(url);
  if (parsed.app !== "" && parsed.streamKey !== "" && !parsed.streamKey.startsWith("?")) return parsed;
  throw new TypeError(`the URL must name an application and a stream: ${JSON.stringify(url.slice(0, 200))}`);
}

/** Node's word for what is wrong. An attempt at several addresses fails with an error of its own that says nothing. */
function networkReason(error: Error): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return first instanceof Error ? first.message : String(first);
}
