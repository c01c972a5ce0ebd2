import type { Server, Socket } from "node:net";
import { plainAddress } from "./client-address.ts";

/** What browsers and phones behind one router need, many times over. */
export const MOST_SOCKETS_PER_ADDRESS = 64;

/** Cuts off at once what one address opens beyond `most` sockets, so that it cannot take all that a server has. */
export function limitSocketsPerAddress(server: Server, most: number = MOST_SOCKETS_PER_ADDRESS): void {
  const counts = new Map<string, number>();
  server.prependListener("connection", (socket: Socket) => {
    const address = plainAddress(socket.remoteAddress);
    const count = (counts.get(address) ?? 0) + 1;
    counts.set(address, count);
    socket.once("close", () => {
      const left = (counts.get(address) ?? 1) - 1;
      if (left === 0) counts.delete(address);
      else counts.set(address, left);
    });
    if (count > most) socket.destroy();
  });
}
