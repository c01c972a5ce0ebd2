import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { isAllowedOrigin } from "./allowed-origin.ts";
import type { CarrierOptions } from "./carrier.ts";
import { clientAddress } from "./client-address.ts";
import { WebSocketConnection } from "./websocket-connection.ts";

/** Where senders knock (docs/bridge-protocol.md). */
export const SENDER_PATH = "/sender";

/** What a carrier of WebSockets is made with. */
export interface WebSocketCarrierOptions extends CarrierOptions {
  /** Origins of pages elsewhere that may send; the bridge's own page always may. */
  readonly allowedOrigins: readonly string[];
  /** A proxy in front says who asks. */
  readonly trustsProxy: boolean;
}

/** Carries frames over WebSockets: one frame in each binary message. HTTP servers hand it their upgrades. */
export class WebSocketCarrier {
  readonly #options: WebSocketCarrierOptions;
  readonly #server: WebSocketServer;
  readonly #connections = new Set<WebSocketConnection>();

  constructor(options: WebSocketCarrierOptions) {
    this.#options = options;
    this.#server = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      // Twice the limit, so that whoever is a little above it hears why; the bridge draws the line.
      maxPayload: options.maxFrameBytes * 2,
    });
    // What is wrong with a handshake is answered here and never reaches the process.
    this.#server.on("wsClientError", (error, socket) => refuse(socket, 400, error.message));
  }

  /** Takes over a connection that asks to become a WebSocket, or refuses it with 400, 403 or 404. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { allowedOrigins, trustsProxy, onTrouble } = this.#options;
    const remoteAddress = clientAddress(request, trustsProxy);
    const { origin, host } = request.headers;
    if (request.url?.split("?", 1)[0] !== SENDER_PATH) {
      refuse(socket, 404, `Senders connect to ${SENDER_PATH}.`);
    } else if (!isAllowedOrigin(origin, host, allowedOrigins)) {
      onTrouble("a page of another origin asked", remoteAddress);
      refuse(socket, 403, "Pages of other origins may not send here.");
    } else {
      this.#server.handleUpgrade(request, socket, head, (webSocket) => {
        const connection = new WebSocketConnection(webSocket, request.socket, remoteAddress, this.#options);
        this.#connections.add(connection);
        webSocket.once("close", () => this.#connections.delete(connection));
      });
    }
  }

  /** Closes every connection that is not being closed yet; resolves when the last is gone, after two seconds at most. */
  async close(): Promise<void> {
    const gone = [...this.#server.clients].map((client) => once(client, "close"));
    for (const connection of this.#connections) connection.close("BRIDGE_CLOSING");
    this.#server.close();
    await Promise.all(gone);
  }
}

const reasons = { 400: "Bad Request", 403: "Forbidden", 404: "Not Found" } as const;

function refuse(socket: Duplex, status: keyof typeof reasons, words: string): void {
  socket.on("error", () => socket.destroy());
  socket.once("finish", () => socket.destroy());
  const text = `${words}\n`;
  const head = `HTTP/1.1 ${status} ${reasons[status]}\r\nconnection: close\r\ncontent-type: text/plain\r\n`;
  socket.end(`${head}content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
}
