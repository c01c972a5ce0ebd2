import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Answer } from "./bus-end.ts";
import { BusEndRemote } from "./bus-ends.ts";
import type { BusEnds } from "./bus-ends.ts";

/** What comes from an end: an answer for us, or messages for the other end. */
type FromEnd = Answer | Uint8Array | readonly Uint8Array[];

/** Two child processes; Node.js lets them talk to this one only, which passes on what is for the other. */
export function ipcEnds(form: string): BusEnds {
  const entry = fileURLToPath(new URL("ipc-process.ts", import.meta.url));
  const children = [form, form].map((argument) => fork(entry, [argument], { serialization: "advanced" }));
  const [first, second] = children as [ChildProcess, ChildProcess];
  return {
    sender: remote(first, second),
    receiver: remote(second, first),
    areThreads: false,
    async close() {
      for (const child of children) child.off("exit", onDeath).disconnect();
      await Promise.all(children.map((child) => once(child, "exit")));
    },
  };
}

function remote(child: ChildProcess, other: ChildProcess): BusEndRemote {
  const end = new BusEndRemote((order) => child.send(order));
  child.on("exit", onDeath).on("message", (message: FromEnd) => {
    if ("type" in message) end.onAnswer(message);
    else other.send(message);
  });
  return end;
}

function onDeath(): void {
  throw new Error("an end of the bus died");
}
