// A server in a process of its own, told by its parent when to count: the CPU that it takes, and its writes.
import { Socket } from "node:net";
import { createRtmpServer } from "@rtmp/server";
import type { ServerReport } from "./server-process.ts";

type Write = (this: Socket, bytes: Uint8Array, encoding?: unknown, callback?: unknown) => boolean;

const writeToSocket = Reflect.get(Socket.prototype, "write") as Write;
const maxFlushDelayMs = Number(process.argv[2]);
const server = createRtmpServer({ port: 0, maxFlushDelayMs });
let witnessPort: number | undefined; // of the viewer whose writes are logged; all get the same
let witness: Socket | undefined;
let writes = 0;
let log: [ms: number, bytes: number][] = [];
let begunAt = 0;
let cpuBefore = process.cpuUsage();

const countedWrite: Write = function (bytes, encoding, callback) {
  writes++;
  if (this === witness) log.push([performance.now() - begunAt, bytes.length]);
  else if (witness === undefined && witnessPort !== undefined && this.remotePort === witnessPort) logFrom(this);
  return writeToSocket.call(this, bytes, encoding, callback);
};
Object.defineProperty(Socket.prototype, "write", { value: countedWrite, writable: true, configurable: true });
server.on("play", (_stream, client) => (witnessPort ??= client.remotePort));

function logFrom(socket: Socket): void {
  witness = socket;
}

const { port } = await server.listen();
process.send?.({ port });
process.on("message", (message: "begin" | "end" | "close") => void obey(message));

async function obey(message: "begin" | "end" | "close"): Promise<void> {
  if (message === "close") {
    await server.close();
    process.exit();
  }
  if (message === "begin") {
    writes = 0;
    log = [];
    begunAt = performance.now();
    cpuBefore = process.cpuUsage();
    return;
  }
  const { user, system } = process.cpuUsage(cpuBefore);
  const wallMs = performance.now() - begunAt;
  const { loops, subscribers } = await server.stats();
  const loopDelayP99Ms = loops[0]?.delayP99Ms ?? Number.NaN;
  const rssMegabytes = process.memoryUsage.rss() / 1024 ** 2;
  const report: ServerReport = {
    cpuMs: (user + system) / 1000,
    wallMs,
    writes,
    log,
    subscribers,
    loopDelayP99Ms,
    rssMegabytes,
  };
  process.send?.(report);
}
