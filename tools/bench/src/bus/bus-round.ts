import { median } from "../measure.ts";
import { alignedTable, threeDigits } from "../table.ts";

/** What was used while messages were made for `ms`, and sent or not; CPU in µs. */
export interface Phase {
  readonly ms: number;
  readonly sender: number;
  readonly receiver: number;
  /** Of the first process. */
  readonly between: number;
  /** That were sent. */
  readonly messages: number;
  readonly blocks: number;
}

/** What one message costs, in µs of CPU, beyond what it costs to make it. */
export interface BusRound {
  readonly sender: number;
  readonly receiver: number;
  readonly between: number;
  readonly messagesPerBlock: number;
  /** Memory of all processes; undefined where the system does not tell. */
  readonly megabytes: number | undefined;
}

/** What was used in one time and another of the same kind. */
export function added(one: Phase, other: Phase): Phase {
  return {
    ms: one.ms + other.ms,
    sender: one.sender + other.sender,
    receiver: one.receiver + other.receiver,
    between: one.between + other.between,
    messages: one.messages + other.messages,
    blocks: one.blocks + other.blocks,
  };
}

/** What sending cost: `sent` without what the same processes used while they made as many messages and sent none. */
export function roundOf(unsent: Phase, sent: Phase, megabytes: number | undefined): BusRound {
  const cost = (pick: (phase: Phase) => number): number =>
    (pick(sent) - (pick(unsent) * sent.ms) / unsent.ms) / sent.messages;
  return {
    sender: cost((phase) => phase.sender),
    receiver: cost((phase) => phase.receiver),
    between: cost((phase) => phase.between),
    messagesPerBlock: sent.messages / sent.blocks,
    megabytes,
  };
}

/** A row for each way, of medians. */
export function busTable(perSecond: number, rounds: ReadonlyMap<string, readonly BusRound[]>): string {
  const header = [`${perSecond} messages a second`, "µs of CPU a message", "sender", "receiver", "between"];
  const rows = [...rounds].map(([name, taken]) => rowOf(name, taken));
  return alignedTable([[...header, "messages a block", "MB"], ...rows]);
}

function rowOf(name: string, rounds: readonly BusRound[]): string[] {
  const middle = (pick: (round: BusRound) => number): number => median(rounds.map(pick));
  const megabytes = middle((round) => round.megabytes ?? Number.NaN);
  return [
    name,
    threeDigits(middle(({ sender, receiver, between }) => sender + receiver + between)),
    threeDigits(middle(({ sender }) => sender)),
    threeDigits(middle(({ receiver }) => receiver)),
    threeDigits(middle(({ between }) => between)),
    threeDigits(middle(({ messagesPerBlock }) => messagesPerBlock)),
    Number.isNaN(megabytes) ? "–" : threeDigits(megabytes),
  ];
}
