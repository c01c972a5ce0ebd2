import { createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { listenOn } from "@rtmp/app-kit";
import type { CarrierOptions } from "./carrier.ts";
import { TcpConnection } from "./tcp-connection.ts";

/** Sockets above the places for senders: those who are told that there is none. */
const SPARE_SOCKETS = 64;

/** Carries frames over plain TCP, for senders that are no browsers. There is no encryption. */
export class TcpCarrier {
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  constructor(options: CarrierOptions) {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
      new TcpConnection(socket, options);
    });
    this.#server.maxConnections = 256 + SPARE_SOCKETS;
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

  /** Stops listening and cuts off every connection. */
  close(): void {
    this.stopListening();
    for (const socket of this.#sockets) socket.destroy();
  }
}
