// The first process of a group that accepts connections, and what its processes have used, when asked for it.
import { LoopGroup } from "@rtmp/reactor";
import { greet } from "./greet.ts";

const loops = Number(process.argv[2]);
const entry = new URL("accept-loop.ts", import.meta.url);
const group = new LoopGroup({ loops, entry, onConnection: greet });
const { port } = await group.listen({ port: 0 });
process.on("disconnect", () => process.exit()); // whoever asked is gone
process.on("message", (question: "cpu" | "close") => void answer(question));
process.send?.(port);

async function answer(question: "cpu" | "close"): Promise<void> {
  if (question === "close") {
    await group.close();
    process.exit();
  }
  const stats = loops === 0 ? [] : (await group.stats()).loops;
  const used = [process.cpuUsage(), ...stats.map(({ counters }) => counters as NodeJS.CpuUsage)];
  process.send?.(used.map(({ user, system }) => user + system));
}
