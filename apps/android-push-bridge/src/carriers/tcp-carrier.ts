import { once } from "node:events";
import { createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { listenOn } from "@rtmp/app-kit";
import { limitSocketsPerAddress } from "./address-limit.ts";
import type { CarrierOptions } from "./carrier.ts";
import { defaultConnectionLimits } from "./connection-limits.ts";
import { TcpConnection } from "./tcp-connection.ts";

/** Sockets above the places for senders: those who are told that there is none. */
const SPARE_SOCKETS = 64;

/** Carries frames over plain TCP, for senders that are no browsers. There is no encryption. */
export class TcpCarrier {
  readonly #connections = new Map<Socket, TcpConnection>();
  readonly #server: Server;

  constructor(options: CarrierOptions) {
    this.#server = createServer((socket) => {
      if (socket.destroyed) return;
      this.#connections.set(socket, new TcpConnection(socket, options));
      socket.once("close", () => this.#connections.delete(socket));
    });
    this.#server.maxConnections = defaultConnectionLimits.maxConnections + SPARE_SOCKETS;
    limitSocketsPerAddress(this.#server);
  }

  /** Listens and says on which port. Rejects with Node's own error if that is impossible. */
  async listen(port: number, host: string): Promise<number> {
    const boundPort = await listenOn(this.#server, port, host);
    this.#server.on("error", () => undefined); // of one accept, such as too many open files: the next may do
    return boundPort;
  }

  /** Stops listening. */
  stopListening(): void {
    this.#server.close();
  }

  /** Stops listening and closes every connection; resolves when the last is gone, after two seconds at most. */
  async close(): Promise<void> {
    this.stopListening();
    const gone = [...this.#connections].map(([socket, connection]) => {
      connection.close();
      return once(socket, "close");
    });
    await Promise.all(gone);
  }
}
