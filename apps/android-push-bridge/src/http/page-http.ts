import { createServer as createHttpServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { Server as HttpsServer } from "node:https";
import type { Duplex } from "node:stream";
import { listenOn } from "@rtmp/app-kit";
import { limitSocketsPerAddress } from "../carriers/address-limit.ts";
import type { KeyPair } from "../state/key-pair.ts";
import type { PageFiles } from "./page-files.ts";
import { guardHeaders, pageHeaders } from "./page-headers.ts";

/** Idle sockets are looked for often: Node's own half minute would let a few of them keep everybody else out. */
const timeouts = { requestTimeout: 10_000, headersTimeout: 5000, connectionsCheckingInterval: 2000 };
/** Upgraded connections count too: those are limited by themselves, to fewer. */
const MAX_SOCKETS = 1024;
const HANDSHAKE_LIMIT_MS = 10_000;
/** A client that takes nothing for so long does not want it. */
const SILENCE_LIMIT_MS = 60_000;

/** Takes over a connection that asks to become another protocol. */
export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** What serves the page. */
export interface PageHttpOptions {
  readonly page: PageFiles;
  /** Serves HTTPS with it, else HTTP. */
  readonly keyPair?: KeyPair;
  readonly upgrade: Upgrade;
  /** One address gets a part of the sockets only. Not behind a proxy, from which everybody comes. */
  readonly limitsAddresses?: boolean;
}

/** Serves the phone's page over HTTP or HTTPS, read only, and hands upgrades on. */
export class PageHttp {
  readonly #page: PageFiles;
  readonly #server: Server | HttpsServer;

  /** Throws OpenSSL's own error if the key pair is no good. */
  constructor({ page, keyPair, upgrade, limitsAddresses = false }: PageHttpOptions) {
    this.#page = page;
    this.#server =
      keyPair === undefined
        ? createHttpServer(timeouts)
        : createHttpsServer({ ...timeouts, ...keyPair, handshakeTimeout: HANDSHAKE_LIMIT_MS });
    this.#server.maxConnections = MAX_SOCKETS;
    if (limitsAddresses) limitSocketsPerAddress(this.#server);
    this.#server.setTimeout(SILENCE_LIMIT_MS);
    this.#server.on("request", (request, response) => this.#respond(request, response));
    this.#server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on("error", () => socket.destroy());
      upgrade(request, socket, head);
    });
    this.#server.on("clientError", answerClientError);
  }

  /** Listens and says on which port. Rejects with Node's own error if that is impossible. */
  async listen(port: number, host: string): Promise<number> {
    const boundPort = await listenOn(this.#server, port, host);
    this.#server.on("error", () => undefined); // of one accept, such as too many open files: the next may do
    return boundPort;
  }

  /** New connections get another certificate. Throws OpenSSL's own error if it is no good, and keeps the old one. */
  replaceKeyPair({ cert, key }: KeyPair): void {
    if ("setSecureContext" in this.#server) this.#server.setSecureContext({ cert, key });
  }

  /** Takes no new connection; those that were upgraded stay. */
  stopListening(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #respond(request: IncomingMessage, response: ServerResponse): void {
    response.on("error", () => response.destroy());
    if (request.method !== "GET" && request.method !== "HEAD") {
      sendText(response, 405, "Only GET.\n", { allow: "GET, HEAD" });
      return;
    }
    const path = request.url?.split("?", 1)[0] ?? "";
    const file = this.#page.get(path);
    if (file === undefined) {
      sendText(response, 404, "There is nothing here.\n", {});
      return;
    }
    const headers = pageHeaders(path, file.contentType, request.headers.host);
    response.writeHead(200, { ...headers, "content-length": file.body.length });
    response.end(file.body); // Node leaves the body of an answer to HEAD out by itself
  }
}

function sendText(response: ServerResponse, status: number, text: string, headers: Record<string, string>): void {
  response.writeHead(status, {
    ...guardHeaders,
    "content-security-policy": "default-src 'none'",
    "content-type": "text/plain; charset=utf-8",
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
    ...headers,
  });
  response.end(text);
}

/** Answers what is no HTTP; a failed TLS handshake is no place for words. */
function answerClientError({ code = "" }: Error & { readonly code?: string }, socket: Duplex): void {
  const isTimeout = code === "ERR_HTTP_REQUEST_TIMEOUT";
  if (!socket.writable || !(isTimeout || code.startsWith("HPE_"))) {
    socket.destroy();
    return;
  }
  const tooLarge = code === "HPE_HEADER_OVERFLOW" ? "431 Request Header Fields Too Large" : "400 Bad Request";
  const status = isTimeout ? "408 Request Timeout" : tooLarge;
  socket.once("finish", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}
