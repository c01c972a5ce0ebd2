// The first process, between the two ends of a bus: it measures one way, tells the outcome, and ends.
import { setTimeout as sleep } from "node:timers/promises";
import type { Reading } from "./bus-end.ts";
import type { BusEnds } from "./bus-ends.ts";
import { added, roundOf } from "./bus-round.ts";
import type { BusRound, Phase } from "./bus-round.ts";
import { ipcEnds } from "./ipc-ends.ts";
import { linkEnds } from "./link-ends.ts";
import { proportionalMegabytes } from "./proportional-megabytes.ts";
import { threadEnds } from "./thread-ends.ts";
import { wayCalled } from "./ways.ts";
import type { Way } from "./ways.ts";

const WARM_UP_PER_SECOND = 20_000;
const WARM_UP_MS = 500;
/** Sending and not sending take turns of about so long. */
const SLICE_MS = 500;
const LONGEST_DELAY_MS = 20_000;
/** What may pass beyond the time in which messages are made, several of the delays included. */
const SPARE_MS = 60_000;
const NOTHING: Phase = { ms: 0, sender: 0, receiver: 0, between: 0, messages: 0, blocks: 0 };

interface Moment {
  readonly sender: Reading;
  readonly receiver: Reading;
  /** CPU that this process has used. */
  readonly micros: number;
}

const [, , name, perSecond, seconds] = process.argv;
process.on("disconnect", () => process.exit()); // whoever asked is gone
setTimeout(
  () => {
    throw new Error(`${String(name)}: it took too long.`);
  },
  Number(seconds) * 2000 + SPARE_MS,
).unref();
const ends = await endsOf(wayCalled(name));
await ends.sender.isReady();
await ends.receiver.isReady();
await run(WARM_UP_PER_SECOND, WARM_UP_MS, false);
await run(WARM_UP_PER_SECOND, WARM_UP_MS, true);
process.send?.(await measure(Number(perSecond), Number(seconds) * 1000));
await ends.close();
process.exit();

async function measure(rate: number, ms: number): Promise<BusRound> {
  const slices = Math.max(1, Math.round(ms / SLICE_MS));
  let unsent: Phase = NOTHING;
  let sent: Phase = NOTHING;
  for (let slice = 0; slice < slices; slice++) {
    // Whoever comes first changes too, so that what gets slower or quicker meanwhile is nobody's.
    for (const isSending of slice % 2 === 0 ? [false, true] : [true, false]) {
      const phase = await run(rate, ms / slices, isSending);
      if (isSending) sent = added(sent, phase);
      else unsent = added(unsent, phase);
    }
  }
  return roundOf(unsent, sent, await megabytes());
}

/** Of all processes. */
async function megabytes(): Promise<number | undefined> {
  const own = proportionalMegabytes();
  if (ends.areThreads) return own;
  const theirs = [await ends.sender.megabytes(), await ends.receiver.megabytes()];
  return theirs.reduce((sum, part) => (sum === undefined || part === undefined ? undefined : sum + part), own);
}

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
  const messages = count - before.sender.sent;
  const blocks = after.receiver.blocks - before.receiver.blocks;
  return { ms, sender, receiver, between, messages, blocks };
}

async function look(): Promise<Moment> {
  const sender = await ends.sender.read();
  const receiver = await ends.receiver.read();
  const { user, system } = process.cpuUsage();
  return { sender, receiver, micros: user + system };
}
