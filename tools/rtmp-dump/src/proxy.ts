import { connect, createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { DirectionDump } from "./direction-dump.ts";

/** A host and a port of TCP. */
export type Address = { readonly host: string; readonly port: number };

/** Sits between clients and a server, passes on what they say and shows it, with seconds since the start. */
export function listen(from: Address, to: Address, onLine: (line: string) => void): Server {
  const begin = performance.now();
  let connections = 0;
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const name = `#${++connections}`;
    const say = (text: string): void => onLine(`${((performance.now() - begin) / 1000).toFixed(3)} ${name} ${text}`);
    const upstream = connect({ ...to, allowHalfOpen: true });
    relay(client, upstream, "client", say);
    relay(upstream, client, "server", say);
  });
  return server.listen(from.port, from.host, () => onLine(`from ${from.host}:${from.port} to ${to.host}:${to.port}`));
}

/** Passes on bytes at the speed of the one who takes them, and the end, and an abort. */
function relay(source: Socket, target: Socket, who: "client" | "server", say: (text: string) => void): void {
  const dump = new DirectionDump((text) => say(`${who} ${text}`));
  source.setNoDelay(true);
  source.on("data", (bytes) => dump.push(bytes));
  source.on("end", () => {
    dump.end();
    say(`${who} ends after ${dump.received} bytes`);
  });
  source.on("error", (error) => say(`${who} ${error.message}`));
  source.on("close", (hadError) => hadError && target.destroy());
  source.pipe(target);
}
