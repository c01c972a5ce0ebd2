import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { ServerStats } from "@rtmp/server";
import { plainValue } from "./plain-value.ts";
import { PrometheusText } from "./prometheus.ts";

/** Idle sockets are looked for often: Node's own half minute would let a few of them keep everybody else out. */
const timeouts = { requestTimeout: 10_000, headersTimeout: 5000, connectionsCheckingInterval: 2000 };

/** What the figures are taken from. */
export interface MetricsSource {
  stats(): Promise<ServerStats>;
}

/** Serves figures over HTTP: `/metrics` for Prometheus, `/stats` as JSON, and `/healthz`. */
export class MetricsHttp {
  readonly #source: MetricsSource;
  readonly #prometheus = new PrometheusText();
  readonly #onError: (error: unknown) => void;
  readonly #http: Server;
  #isEnding = false;

  /** `onError` is told when the figures cannot be had. */
  constructor(source: MetricsSource, onError: (error: unknown) => void) {
    this.#source = source;
    this.#onError = onError;
    this.#http = createServer(timeouts, (request, response) => {
      this.#respond(request, response).catch((error: unknown) => {
        this.#onError(error);
        if (response.headersSent) response.destroy();
        else send(response, 500, "text/plain", "No figures.\n");
      });
    });
    this.#http.maxConnections = 100;
  }

  /** Listens and says on which port. Rejects with Node's own error if that is impossible. */
  async listen(port: number, host: string): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#http.once("error", reject);
      this.#http.listen(port, host, () => {
        this.#http.off("error", reject);
        this.#http.on("error", this.#onError);
        resolve();
      });
    });
    const address = this.#http.address();
    return typeof address === "object" && address !== null ? address.port : port;
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
      send(response, 405, "text/plain", "Only GET.\n");
      return;
    }
    switch (request.url?.split("?", 1)[0]) {
      case "/metrics": {
        const text = await this.#prometheus.render(await this.#source.stats());
        send(response, 200, this.#prometheus.contentType, text);
        return;
      }
      case "/stats":
        sendJson(response, 200, plainStats(await this.#source.stats()));
        return;
      case "/healthz":
        sendJson(response, this.#isEnding ? 503 : 200, { status: this.#isEnding ? "ending" : "ok" });
        return;
      default:
        send(response, 404, "text/plain", "There are /metrics, /stats and /healthz.\n");
    }
  }
}

/** Streams are made plain one by one: one publisher's giant of metadata cuts nobody else's. */
function plainStats(stats: ServerStats): unknown {
  return { ...stats, streams: stats.streams.map((stream) => plainValue(stream)) };
}

function sendJson(response: ServerResponse, statusCode: number, value: unknown): void {
  send(response, statusCode, "application/json; charset=utf-8", `${JSON.stringify(value)}\n`);
}

function send(response: ServerResponse, statusCode: number, contentType: string, text: string): void {
  response.writeHead(statusCode, {
    "content-type": contentType,
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  response.end(text);
}
