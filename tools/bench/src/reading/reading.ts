import { fork } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { median } from "../measure.ts";
import { alignedTable, threeDigits } from "../table.ts";

/** How to measure reading. */
export interface ReadingOptions {
  readonly sockets: number;
  readonly rounds: number;
  readonly seconds: number;
}

const ways = ["data events", "one buffer shared by all sockets"] as const;
type Way = (typeof ways)[number];

/** Of the seed's stream: so many messages a second of so many bytes, from each socket. */
const MESSAGES_PER_SECOND = 68;
export const MESSAGE_BYTES = 370;

/**
 * Measures what reading costs with `data` events, each with a Buffer of its own, and with one buffer for all sockets
 * (`onread`). Only sockets that connect can have the latter in public, so it is those that read here; the bytes take the
 * same way through Node.js as those of sockets that were accepted.
 */
export async function reading({ sockets, rounds, seconds }: ReadingOptions): Promise<string> {
  const writer = fork(fileURLToPath(new URL("./writer.ts", import.meta.url)), [String(MESSAGES_PER_SECOND)]);
  try {
    const [port] = (await once(writer, "message")) as [number];
    const results = new Map<Way, number[]>(ways.map((way) => [way, []]));
    for (let round = 0; round < rounds; round++) {
      for (const way of ways) results.get(way)?.push(await measureReading(way, port, sockets, seconds));
    }
    const rows = ways.map((way) => [way, threeDigits(median(results.get(way) ?? []))]);
    return alignedTable([["reading", "µs of CPU a message"], ...rows]);
  } finally {
    writer.kill();
  }
}

async function measureReading(way: Way, port: number, count: number, seconds: number): Promise<number> {
  let bytes = 0;
  const shared = Buffer.alloc(64 * 1024);
  const onread = {
    buffer: shared,
    callback: (size: number): boolean => {
      bytes += size;
      return true;
    },
  };
  const sockets: Socket[] = [];
  for (let n = 0; n < count; n++) {
    const socket = connect(way === "data events" ? { port } : { port, onread });
    if (way === "data events") socket.on("data", (chunk) => (bytes += chunk.length));
    socket.on("error", () => undefined);
    sockets.push(socket);
    if (n % 100 === 0) await sleep(10);
  }
  await sleep(1000);
  const [cpuBefore, bytesBefore] = [process.cpuUsage(), bytes];
  await sleep(seconds * 1000);
  const cpu = process.cpuUsage(cpuBefore);
  const messages = (bytes - bytesBefore) / MESSAGE_BYTES;
  for (const socket of sockets) socket.destroy();
  const due = count * MESSAGES_PER_SECOND * seconds;
  if (messages < due * 0.95)
    throw new Error(`${Math.round(messages)} messages of ${due} were read: the machine is too slow.`);
  await sleep(500);
  return (cpu.user + cpu.system) / messages;
}
