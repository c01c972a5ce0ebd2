import { MessageChannel, Worker } from "node:worker_threads";
import type { Answer } from "./bus-end.ts";
import { BusEndRemote } from "./bus-ends.ts";
import type { BusEnds } from "./bus-ends.ts";
import { SharedRing } from "./shared-ring.ts";
import type { ThreadData } from "./thread.ts";

/** Two worker threads, with a `MessagePort` or a ring in shared memory between them. */
export function threadEnds(kind: "port" | "ring"): BusEnds {
  const { port1, port2 } = new MessageChannel();
  const ring = kind === "ring" ? SharedRing.allocate() : undefined;
  const workers = [
    createWorker({ port: port1, ring, isReader: false }),
    createWorker({ port: port2, ring, isReader: true }),
  ] as const;
  const [sender, receiver] = [remote(workers[0]), remote(workers[1])];
  return {
    sender,
    receiver,
    areThreads: true,
    async close() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

function remote(worker: Worker): BusEndRemote {
  const end = new BusEndRemote((order) => worker.postMessage(order));
  worker.on("message", (answer: Answer) => end.onAnswer(answer));
  return end;
}

function createWorker(data: ThreadData): Worker {
  return new Worker(new URL("thread.ts", import.meta.url), { workerData: data, transferList: [data.port] });
}
