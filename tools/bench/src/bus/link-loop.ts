// A loop that is an end of the bus; what it sends goes over the link to the other loop.
import { runLoop } from "@rtmp/reactor";
import type { Connection } from "@rtmp/reactor";
import { BusEnd } from "./bus-end.ts";
import type { Order } from "./bus-end.ts";
import { proportionalMegabytes } from "./proportional-megabytes.ts";

runLoop((loop) => {
  let toOther: Connection | undefined;
  const end = new BusEnd({
    answer: (answer) => loop.send(answer),
    send: (message) => void toOther?.send(message),
    cpuUsage: () => process.cpuUsage(),
    megabytes: proportionalMegabytes,
  });
  return {
    connection: (connection) => connection.destroy("nobody is expected"),
    message: (order) => end.obey(order as Order),
    link(other, link) {
      link.open({ data: (bytes) => end.receive([bytes]), close: () => undefined });
      if (other === 0) return;
      toOther = link;
      loop.send({ type: "ready" });
    },
  };
});
