// A child process that is an end of the bus; what it sends goes to its parent, which passes it on.
import { BusEnd } from "./bus-end.ts";
import type { Order } from "./bus-end.ts";
import { Gatherer } from "./gatherer.ts";
import { proportionalMegabytes } from "./proportional-megabytes.ts";
import { GATHER_MS } from "./ways.ts";

const form = process.argv[2];
const isJoined = form === "joined";
const tell = (message: unknown): unknown => process.send?.(message);
const gatherer = new Gatherer(GATHER_MS, (messages) => tell(isJoined ? Buffer.concat(messages) : messages));
const end = new BusEnd({
  answer: tell,
  send: form === "each" ? tell : (message) => gatherer.add(message),
  cpuUsage: () => process.cpuUsage(),
  megabytes: proportionalMegabytes,
});
process.on("message", (message: Order | Uint8Array | readonly Uint8Array[]) => {
  if ("type" in message) end.obey(message);
  else end.receive(message instanceof Uint8Array ? [message] : message);
});
tell({ type: "ready" });
