/** A way from one process, or thread, to another. */
export type Way =
  /** A connection of `LoopLinks`: what is sent within so long leaves in one write; with 0, what is sent in one turn of the loop. */
  | { readonly kind: "link"; readonly name: string; readonly gatherMs: number }
  /** Messages of child processes to the first process and back: each alone, an array of them, or their bytes joined. */
  | { readonly kind: "ipc"; readonly name: string; readonly form: "each" | "array" | "joined" }
  /** Between worker threads. */
  | { readonly kind: "port" | "ring"; readonly name: string };

/** For how long messages are gathered by ways that do not say otherwise. */
export const GATHER_MS = 5;

/** All that are measured, in the order of the table. */
export const ways: readonly Way[] = [
  { kind: "link", name: "link, each turn", gatherMs: 0 },
  { kind: "link", name: "link, gathered for 1 ms", gatherMs: 1 },
  { kind: "link", name: "link, gathered for 5 ms", gatherMs: 5 },
  { kind: "ipc", name: "IPC, one block each 5 ms", form: "joined" },
  { kind: "ipc", name: "IPC, one array each 5 ms", form: "array" },
  { kind: "ipc", name: "IPC, each message", form: "each" },
  { kind: "port", name: "threads: MessagePort, each 5 ms" },
  { kind: "ring", name: "threads: shared ring, each 5 ms" },
];

/** The way of that name. Throws a `RangeError` if there is none. */
export function wayCalled(name: string | undefined): Way {
  const way = ways.find((candidate) => candidate.name === name);
  if (way === undefined) throw new RangeError(`no way is called ${String(name)}`);
  return way;
}
