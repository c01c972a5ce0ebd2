import type { Repair } from "./repair/repair.ts";

/** A client, as events name it. */
export interface EventClient {
  readonly connectionId: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
}

/** A stream, as events name it. */
export interface EventStream {
  readonly app: string;
  /** Empty for who names an application only, as `rtmp://host/app` does. */
  readonly streamKey: string;
  /** `app/streamKey`, or `app` alone without a key. */
  readonly streamPath: string;
}

/** What a client was told no to. */
export interface Refusal {
  readonly what: "connect" | "publish" | "play";
  /** The application, or `app/streamKey`; without any query. */
  readonly path: string;
  /** The status code the client heard. */
  readonly code: string;
  readonly description: string;
}

/** Why a stream was unpublished or a player stopped. */
export type EndReason = "closed" | "disconnected" | "replaced" | "too-slow" | "error" | "shutdown";

/** How a loop ended. */
export interface LoopEndFacts {
  /** It was replaced, or the server closes; otherwise it died. */
  readonly expected: boolean;
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Connections that ended with it. */
  readonly connections: number;
}

/** What came of a publication. */
export interface PublicationFigures {
  readonly messagesIn: number;
  readonly bytesIn: number;
  /** Viewers at its end. */
  readonly subscribers: number;
}

/** An error of a package of ours, as far as anybody need know its class. */
export interface CodedError extends Error {
  readonly code: string;
  /** Bytes into the connection or the message, where the package says so. */
  readonly offset?: number;
}

/**
 * What a server reports. Events are in the past tense: they cannot veto. A listener that throws is reported as `error`
 * in the log and stops nobody.
 */
export interface ServerEvents {
  listening: [address: { readonly port: number; readonly host: string }];
  connect: [client: EventClient, app: string];
  disconnect: [client: EventClient, reason: string];
  publish: [stream: EventStream, client: EventClient];
  unpublish: [stream: EventStream, client: EventClient, reason: EndReason, figures: PublicationFigures];
  /** A publisher's media breaks FLV's rules, and from now on it is mended on its way. Once for each repair. */
  repair: [stream: EventStream, client: EventClient, repair: Repair];
  play: [stream: EventStream, client: EventClient];
  stop: [stream: EventStream, client: EventClient, reason: EndReason];
  /** A hook, or a name that is taken, said no. */
  refuse: [refusal: Refusal, client: EventClient];
  /** A viewer fell behind and was cut to the next key frame. */
  skip: [stream: EventStream, client: EventClient];
  /** A loop is ready and serves; only with `loops` above 0. */
  loopStart: [loop: number];
  /** A loop is gone, and the connections that it still had with it; another one has taken its place, or will. */
  loopEnd: [loop: number, end: LoopEndFacts];
  /** A client broke the protocol; its connection is closed. */
  clientError: [error: CodedError, client: EventClient];
}
