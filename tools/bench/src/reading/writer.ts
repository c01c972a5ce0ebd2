// Writes to everybody who connects, as many times a second as the first argument says, until whoever started it is gone.
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { MESSAGE_BYTES } from "./reading.ts";

const perSecond = Number(process.argv[2]);
const message = Buffer.alloc(MESSAGE_BYTES, 7);
const sockets: Socket[] = [];
const server = createServer({ noDelay: true }, (socket) => {
  socket.on("error", () => undefined);
  socket.on("close", () => sockets.splice(sockets.indexOf(socket), 1));
  sockets.push(socket);
});
server.listen({ port: 0, host: "127.0.0.1", backlog: 2048 }, () => {
  process.send?.((server.address() as AddressInfo).port);
});
process.on("disconnect", () => process.exit());

/** Each socket has its own moment in the second, as publishers have. */
let due = 0;
let at = 0;
let last = performance.now();
setInterval(() => {
  const now = performance.now();
  due += ((now - last) / 1000) * perSecond * sockets.length;
  last = now;
  for (; due >= 1 && sockets.length > 0; due--) sockets[at++ % sockets.length]?.write(message);
}, 1);
