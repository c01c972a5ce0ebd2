// The first process, between the two ends of a bus: it measures one way, tells the outcome, and ends.
import { setTimeout as sleep } from "node:timers/promises";
import type { Reading } from "./bus-end.ts";
import type { BusEnds } from "./bus-ends.ts";
import { roundOf } from "./bus-round.ts";
import type { Phase } from "./bus-round.ts";
import { ipcEnds } from "./ipc-ends.ts";
import { linkEnds } from "./link-ends.ts";
import { proportionalMegabytes } from "./proportional-megabytes.ts";
import { threadEnds } from "./thread-ends.ts";
import { wayCalled } from "./ways.ts";
import type { Way } from "./ways.ts";

const WARM_UP = { type: "run", perSecond: 20_000, ms: 1000, isSending: true } as const;
const LONGEST_DELAY_MS = 20_000;

interface Moment {
  readonly sender: Reading;
  readonly receiver: Reading;
  /** CPU that this process has used. */
  readonly micros: number;
}

const [, , name, perSecond, seconds] = process.argv;
process.on("disconnect", () => process.exit()); // whoever asked is gone
const ends = await endsOf(wayCalled(name));
await ends.sender.isReady();
await ends.receiver.isReady();
await run(WARM_UP.perSecond, WARM_UP.ms, true);
const unsent = await run(Number(perSecond), Number(seconds) * 500, false);
const sent = await run(Number(perSecond), Number(seconds) * 1000, true);
process.send?.(roundOf(unsent, sent));
await ends.close();
process.exit();

function endsOf(way: Way): BusEnds | Promise<BusEnds> {
  if (way.kind === "link") return linkEnds(way.gatherMs);
  if (way.kind === "ipc") return ipcEnds(way.form);
  return threadEnds(way.kind);
}

async function run(rate: number, ms: number, isSending: boolean): Promise<Phase> {
  const before = await look();
  await ends.sender.do({ type: "run", perSecond: rate, ms, isSending });
  const { sent: count } = await ends.sender.read();
  await Promise.race([ends.receiver.do({ type: "await", count }), sleep(LONGEST_DELAY_MS, undefined, { ref: false })]);
  const after = await look();
  const { arrived, fault } = after.receiver;
  if (arrived !== count) throw new Error(`${String(name)}: ${count} messages were sent, and ${arrived} came.`);
  if (fault !== undefined) throw new Error(`${String(name)}: ${fault}.`);
  const sender = after.sender.micros - before.sender.micros;
  const receiver = after.receiver.micros - before.receiver.micros;
  const between = after.micros - before.micros - (ends.areThreads ? sender + receiver : 0);
  const parts = [
    proportionalMegabytes(),
    ...(ends.areThreads ? [] : [after.sender.megabytes, after.receiver.megabytes]),
  ];
  return {
    ...{ ms, sender, receiver, between, messages: count - before.sender.sent },
    blocks: after.receiver.blocks - before.receiver.blocks,
    megabytes: parts.reduce<number | undefined>(
      (sum, part) => (sum === undefined || part === undefined ? undefined : sum + part),
      0,
    ),
  };
}

async function look(): Promise<Moment> {
  const sender = await ends.sender.read();
  const receiver = await ends.receiver.read();
  const { user, system } = process.cpuUsage();
  return { sender, receiver, micros: user + system };
}
