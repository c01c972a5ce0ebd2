import type { Range } from "./orders.ts";
import type { Cast } from "./plan.ts";

/** Viewers that one generator process serves with ease at 68 messages a second. */
const VIEWERS_PER_PROCESS = 2500;
const PUBLISHERS_PER_PROCESS = 1500;
/** Files, pipes and the like of a process beside its connections. */
export const OTHER_DESCRIPTORS = 100;

/** The connections of one generator process. */
export interface Share {
  readonly publishers: Range;
  readonly viewers: Range;
}

/** How many generator processes make sense: publishers apart from viewers, a core left to the server, no more descriptors than allowed. */
export function chooseProcessCount({ publishers, viewers }: Cast, cores: number, descriptors: number): number {
  const publishing = Math.ceil(publishers / PUBLISHERS_PER_PROCESS);
  const watching = Math.ceil(viewers / VIEWERS_PER_PROCESS);
  const atLeast = viewers > 0 ? 2 : 1;
  const wanted = Math.max(atLeast, Math.min(publishing + watching, cores - 1));
  const room = descriptors - OTHER_DESCRIPTORS;
  const needed = Math.ceil(publishers / room) + Math.ceil(viewers / room);
  return Math.max(wanted, needed);
}

/** Deals the connections to the processes. With two or more, no process has both publishers and viewers. */
export function assign({ publishers, viewers }: Cast, processCount: number): Share[] {
  if (viewers === 0) return deal(publishers, processCount).map((range) => ({ publishers: range, viewers: none }));
  if (processCount === 1) {
    return [{ publishers: { from: 0, to: publishers }, viewers: { from: 0, to: viewers } }];
  }
  const fair = Math.round((processCount * publishers) / (publishers + viewers));
  const publishing = Math.min(processCount - 1, Math.max(1, fair));
  return [
    ...deal(publishers, publishing).map((range) => ({ publishers: range, viewers: none })),
    ...deal(viewers, processCount - publishing).map((range) => ({ publishers: none, viewers: range })),
  ];
}

/** The connections of a share. */
export function connectionCount({ publishers, viewers }: Share): number {
  return publishers.to - publishers.from + viewers.to - viewers.from;
}

const none: Range = { from: 0, to: 0 };

function deal(count: number, parts: number): Range[] {
  return Array.from({ length: parts }, (_, i) => ({
    from: Math.floor((count * i) / parts),
    to: Math.floor((count * (i + 1)) / parts),
  }));
}
