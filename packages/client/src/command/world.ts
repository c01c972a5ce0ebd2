import type { Writable } from "node:stream";
import type { Clock } from "./clock.ts";

/** What the command touches beside files and the network. */
export interface World {
  /** Media, help and version go here. */
  readonly stdout: Writable;
  /** Progress and errors go here. */
  readonly stderr: { readonly isTTY?: boolean; write(text: string): unknown };
  /** Aborts when the user wants the command to end. */
  readonly interrupt: AbortSignal;
  readonly clock: Clock;
}

/** The command cannot go on, and its message is all the user needs to know. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}
