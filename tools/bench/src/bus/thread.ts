// A worker thread that is an end of the bus.
import { parentPort, workerData } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import { BusEnd } from "./bus-end.ts";
import type { Order } from "./bus-end.ts";
import { Gatherer } from "./gatherer.ts";
import { SharedRing } from "./shared-ring.ts";
import { GATHER_MS } from "./ways.ts";

/** What a thread is given. */
export interface ThreadData {
  readonly port: MessagePort;
  readonly ring: SharedArrayBuffer | undefined;
  readonly isReader: boolean;
}

const { port, ring: memory, isReader } = workerData as ThreadData;
const ring = memory && new SharedRing(memory);
const gatherer = new Gatherer(GATHER_MS, ring === undefined ? post : () => ring.publish());
const end = new BusEnd({
  answer: (answer) => parentPort?.postMessage(answer),
  send(message) {
    ring?.write(message);
    gatherer.add(message);
  },
  cpuUsage: () => process.threadCpuUsage(),
  megabytes: () => undefined,
});
parentPort?.on("message", (order: Order) => end.obey(order));
port.on("message", (bytes: ArrayBuffer) => end.receive([new Uint8Array(bytes)]));
if (isReader) void ring?.readAll((bytes) => end.receive([bytes]));
parentPort?.postMessage({ type: "ready" });

function post(messages: readonly Buffer[]): void {
  const bytes = new Uint8Array(messages.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const message of messages) {
    bytes.set(message, at);
    at += message.length;
  }
  port.postMessage(bytes.buffer, [bytes.buffer]);
}
