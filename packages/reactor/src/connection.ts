/**
 * The reasons this package gives by itself; a connection that its owner ended or destroyed carries the owner's word.
 *
 * - `closed-by-peer`: the peer closed its side, or went away in good order.
 * - `connection-reset`: the peer went away without a word (ECONNRESET, EPIPE).
 * - `socket-error`: any other error of the network or of TLS; `error` has been told.
 * - `handler-error`: the owner's handler threw.
 * - `unsent-limit`: the peer reads so little that more than `maxUnsentBytes` waited for it.
 */
export type CloseReason = "closed-by-peer" | "connection-reset" | "socket-error" | "handler-error" | "unsent-limit";

/** What the owner of a connection wants to know. All are called from the loop, never from within a call of the owner's. */
export interface ConnectionHandler {
  /** Bytes came from the peer. They are the owner's: nobody changes them. */
  data(bytes: Uint8Array): void;
  /** After `send` said false: there is room again. */
  drain?(): void;
  /** Node's own error, or what one of these functions threw. `close` follows. */
  error?(error: unknown): void;
  /** The connection is gone; called exactly once, last. */
  close(reason: string): void;
}

/** One TCP or TLS peer, or another loop of the same group. */
export interface Connection {
  /** Unique among the connections of a group, and above 0; that of a link between loops is below 0 and unique in its process. */
  readonly id: number;
  /** The peer's address; an IPv4 peer of an IPv6 socket in its IPv4 form. */
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** The port that the peer reached; 0 once the connection is gone. */
  readonly localPort: number;
  /** Bytes that `send` took and the operating system did not yet. */
  readonly unsentBytes: number;
  /** Bytes given to `data`. */
  readonly bytesRead: number;
  /** Bytes handed to the socket; the last `unsentBytes` may still wait there. */
  readonly bytesWritten: number;
  /** Whether nothing can be sent any more, because of `end`, `destroy` or the peer. */
  readonly closed: boolean;

  /** Begins to read. Nothing is lost before. Throws a `TypeError` when called twice. */
  open(handler: ConnectionHandler): void;
  /**
   * Sends bytes with whatever else is sent in this turn of the loop, in order. The bytes are shared, not copied: they must not change afterwards.
   * The same object may be sent to any number of connections.
   *
   * Returns false when `unsentBytes` is above the high-water mark, or when the connection is closed (the bytes are dropped then). Bytes sent in spite
   * of a false are kept, until `maxUnsentBytes` makes an end of it.
   */
  send(bytes: Uint8Array): boolean;
  /** Stops reading, so that TCP slows the peer down. What was read already is kept. */
  pause(): void;
  /** Reads on. */
  resume(): void;
  /**
   * Sends what waits and closes; nothing more is received. A peer that has not taken it all and closed its side within `endTimeoutMs` is cut off.
   * Only the first `end` or `destroy` gives the reason.
   */
  end(reason: string): void;
  /** Closes now; what waits is dropped. `close` is still called from the loop, later. Twice is fine. */
  destroy(reason: string): void;
}
