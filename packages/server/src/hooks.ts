import type { ConnectRequest, StreamAddress } from "@rtmp/session";

/** Who asks. */
export interface ClientInfo {
  readonly connectionId: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Aborts when the client leaves, or when the hook has taken longer than `timeouts.hookMs`. */
  readonly signal: AbortSignal;
}

/** A client wants to connect to an application. */
export type ConnectHookRequest = ClientInfo & ConnectRequest;

/** A client wants to publish or play a stream. */
export type StreamHookRequest = ClientInfo & StreamAddress & { readonly tcUrl: string };

/**
 * What decides. A hook that returns accepts; one that throws refuses: a `Rejection` with its own code, anything else as
 * `NetStream.Failed` (`NetConnection.Connect.Rejected` for `onConnect`) without telling the client why.
 */
export interface ServerHooks {
  onConnect?(request: ConnectHookRequest): void | Promise<void>;
  onPublish?(request: StreamHookRequest): void | Promise<void>;
  onPlay?(request: StreamHookRequest): void | Promise<void>;
}
