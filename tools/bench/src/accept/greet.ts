import type { Connection } from "@rtmp/reactor";

const hello = Uint8Array.of(1);

/** Takes a connection and says so with one byte; the peer then goes away. */
export function greet(connection: Connection): void {
  connection.open({ data: ignore, close: ignore });
  connection.send(hello);
}

function ignore(): void {
  // Nobody says anything.
}
