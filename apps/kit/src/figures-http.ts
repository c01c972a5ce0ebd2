import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { listenOn } from "./listen-on.ts";

/** Idle sockets are looked for often: Node's own half minute would let a few of them keep everybody else out. */
const timeouts = { requestTimeout: 10_000, headersTimeout: 5000, connectionsCheckingInterval: 2000 };

/** One page of figures as it is now. */
export interface FiguresPage {
  readonly contentType: string;
  readonly text: string;
  /** Headers beside type, length, `cache-control: no-store` and `nosniff`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Makes a page anew for each request. */
export type ReadFigures = () => FiguresPage | Promise<FiguresPage>;

/** Serves figures over HTTP: the pages it is given, and `/healthz`. There is no password. */
export class FiguresHttp {
  readonly #pages: ReadonlyMap<string, ReadFigures>;
  readonly #onError: (error: unknown) => void;
  readonly #http: Server;
  #isEnding = false;

  /** `pages` by path. `onError` is told when one cannot be had. */
  constructor(pages: ReadonlyMap<string, ReadFigures>, onError: (error: unknown) => void) {
    this.#pages = pages;
    this.#onError = onError;
    this.#http = createServer(timeouts, (request, response) => {
      this.#respond(request, response).catch((error: unknown) => {
        this.#onError(error);
        if (response.headersSent) response.destroy();
        else send(response, 500, { contentType: "text/plain", text: "No figures.\n" });
      });
    });
    this.#http.maxConnections = 100;
  }

  /** Listens and says on which port. Rejects with Node's own error if that is impossible. */
  async listen(port: number, host: string): Promise<number> {
    const boundPort = await listenOn(this.#http, port, host);
    this.#http.on("error", this.#onError);
    return boundPort;
  }

  /** From now on `/healthz` says that the server is ending. */
  announceEnd(): void {
    this.#isEnding = true;
  }

  /** Stops listening and cuts off whoever is still there. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#http.close(() => resolve()));
    this.#http.closeAllConnections();
    await closed;
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.setHeader("allow", "GET, HEAD");
      send(response, 405, { contentType: "text/plain", text: "Only GET.\n" });
      return;
    }
    const path = request.url?.split("?", 1)[0] ?? "";
    const read = this.#pages.get(path);
    if (read !== undefined) send(response, 200, await read());
    else if (path === "/healthz") {
      send(response, this.#isEnding ? 503 : 200, jsonPage({ status: this.#isEnding ? "ending" : "ok" }));
    } else {
      const paths = [...this.#pages.keys()].join(", ");
      send(response, 404, { contentType: "text/plain", text: `There are ${paths} and /healthz.\n` });
    }
  }
}

/** A value as a page of JSON. */
export function jsonPage(value: unknown): FiguresPage {
  return { contentType: "application/json; charset=utf-8", text: `${JSON.stringify(value)}\n` };
}

function send(response: ServerResponse, statusCode: number, { contentType, text, headers }: FiguresPage): void {
  response.writeHead(statusCode, {
    "content-type": contentType,
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...headers,
  });
  response.end(text);
}
