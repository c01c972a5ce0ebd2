import { LoopGroup } from "@rtmp/reactor";
import type { Answer } from "./bus-end.ts";
import { BusEndRemote } from "./bus-ends.ts";
import type { BusEnds } from "./bus-ends.ts";

const SENDER = 1;
const RECEIVER = 2;

/** Two loops of a group; they have a link to each other, as loops do. */
export async function linkEnds(gatherMs: number): Promise<BusEnds> {
  const sender = new BusEndRemote((order) => group.send(SENDER, order));
  const receiver = new BusEndRemote((order) => group.send(RECEIVER, order));
  const group = new LoopGroup({
    loops: 2,
    entry: new URL("link-loop.ts", import.meta.url),
    // The factor makes every pause as long as it may be.
    linkFlush: gatherMs === 0 ? undefined : { maxFlushDelayMs: gatherMs, delayFactor: 1e6 },
    onMessage: (loop, answer) => (loop === SENDER ? sender : receiver).onAnswer(answer as Answer),
    onLoopEnd(loop, { expected }) {
      if (!expected) throw new Error(`loop ${loop} died`);
    },
  });
  await group.listen({ port: 0 });
  return { sender, receiver, areThreads: false, close: () => group.close() };
}
