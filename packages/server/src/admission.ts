import type { ConnectRequest, StatusCode, StreamAddress } from "@rtmp/session";
import type { EventClient } from "./events.ts";

/** Something a client wants. */
export type Question =
  | { readonly what: "connect"; readonly client: EventClient; readonly request: ConnectRequest }
  | { readonly what: "publish" | "play"; readonly client: EventClient; readonly request: StreamRequest };

/** Where a client wants to publish or play, and what it said when it connected. */
export type StreamRequest = StreamAddress & { readonly tcUrl: string };

/** What follows from the answer: exactly one of them is called, unless the question is abandoned. */
export interface Answers {
  accept(): void;
  /** Without a code, the client hears the usual one. */
  refuse(code: StatusCode | undefined, description: string): void;
}

/** A question whose answer takes its time. */
export interface PendingQuestion {
  /** The client has gone: whoever is being asked is told, and no answer comes. */
  abandon(): void;
}

/** Decides what clients may do: the user's hooks, and with several loops who has which name. */
export interface Admission {
  /** Asks. Answers at once, and returns `undefined`, or later. */
  ask(question: Question, answers: Answers): PendingQuestion | undefined;
  /** Gives back a name that a `publish` was granted: it has ended, or nothing came of it. Once for each grant. */
  release(streamPath: string): void;
}
