import { runLoop, systemClock } from "@rtmp/reactor";
import type { LoopSettings, MessageToLoop } from "./loop-protocol.ts";
import { LoopServer } from "./loop-server.ts";

/** What a loop of a server with several runs; `createRtmpServer` starts it. */
runLoop((loop) => {
  process.title = `rtmp-loop ${loop.id}`; // what an operator sees in ps and top
  const server = new LoopServer({
    loop: loop.id,
    settings: loop.settings as LoopSettings,
    clock: systemClock,
    timers: loop.scheduler,
    send: (messages) => loop.send(messages),
  });
  return {
    connection: (connection) => server.serve(connection),
    message: (messages) => server.receive(messages as readonly MessageToLoop[]),
    link: (peer, link) => server.addLink(peer, link),
    closing: () => server.shutdown("The server is closing."),
    ended: () => server.flush(),
    counters: () => server.counters,
  };
});
