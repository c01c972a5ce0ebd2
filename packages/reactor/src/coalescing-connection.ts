import type { CloseReason, Connection, ConnectionHandler } from "./connection.ts";
import type { ConnectionLimits } from "./connection-limits.ts";
import type { ErrorReporter } from "./error-reporter.ts";
import type { Flushable, FlushQueue } from "./flush-queue.ts";
import type { Timer, TimerSource } from "./timer-queue.ts";

/** What the connections of a loop share. */
export interface ConnectionEnvironment {
  readonly flushQueue: FlushQueue;
  readonly timers: TimerSource;
  readonly limits: ConnectionLimits;
  /** Told of what a handler threw when it has no `error` of its own. */
  readonly onError: ErrorReporter;
}

/** A transport that has room holds less than this. */
const CAREFREE_BYTES = 64 * 1024;

/** A longer queue is given back after the flush, so that one burst is not paid for as long as the connection lives. */
const MAX_KEPT_QUEUE = 64;

/**
 * A connection without its transport: queueing, limits and the order of closing, the same over a socket and in memory.
 *
 * A transport extends it, carries bytes, and calls the `on…` methods from the loop.
 */
// hot
export abstract class CoalescingConnection implements Connection, Flushable {
  readonly id: number;
  abstract readonly remoteAddress: string;
  abstract readonly remotePort: number;
  abstract readonly localPort: number;
  // What every send and flush needs lies together, in front: there are ten thousand of these.
  readonly #environment: ConnectionEnvironment;
  #phase: "open" | "ending" | "destroyed" | "gone" = "open";
  #queue: (Uint8Array | undefined)[] = emptyQueue(); // keeps its length, see FlushQueue
  #queueLength = 0;
  #queuedBytes = 0;
  #isInFlushQueue = false;
  #hasRoom = true; // said by the last write
  #owesDrain = false;
  readonly #carefreeBytes: number; // with room in the transport, so much can be queued without a look at the limits
  #bytesWritten = 0;
  #bytesRead = 0;
  #handler: ConnectionHandler | undefined;
  #reason: string | undefined; // the first one given
  #endTimer: Timer | undefined;

  constructor(id: number, environment: ConnectionEnvironment) {
    this.id = id;
    this.#environment = environment;
    const { highWaterMark } = environment.limits;
    this.#carefreeBytes = Math.max(0, Math.min(CAREFREE_BYTES, highWaterMark - CAREFREE_BYTES));
  }

  /** Bytes the transport took and the operating system did not yet. */
  protected abstract readonly transportUnsentBytes: number;
  /** Hands bytes to the transport. Returns whether it has room for more; if not, it calls `onTransportDrain` later. */
  protected abstract write(bytes: Uint8Array): boolean;
  /** The same for several blocks, in one go. */
  protected abstract writeEach(blocks: readonly Uint8Array[]): boolean;
  /** Begins to call `onData` and `onPeerEnd`. */
  protected abstract startReading(): void;
  protected abstract pauseReading(): void;
  protected abstract resumeReading(): void;
  /** Closes our side behind what was written, and reads on to see the peer close its own; `onTransportClose` follows. */
  protected abstract finish(): void;
  /** Closes both sides; `isLossy` when bytes are lost by it, which the peer should notice. `onTransportClose` follows. */
  protected abstract drop(isLossy: boolean): void;

  get unsentBytes(): number {
    const isUp = this.#phase === "open" || this.#phase === "ending";
    return isUp ? this.#queuedBytes + this.transportUnsentBytes : 0;
  }

  get bytesRead(): number {
    return this.#bytesRead;
  }

  get bytesWritten(): number {
    return this.#bytesWritten;
  }

  get closed(): boolean {
    return this.#phase !== "open";
  }

  open(handler: ConnectionHandler): void {
    if (this.#handler !== undefined) throw new TypeError("open() was already called");
    this.#handler = handler;
    if (this.#phase === "open") this.startReading();
    else if (this.#phase === "gone") this.#environment.timers.after(0, () => this.#reportClose());
  }

  send(bytes: Uint8Array): boolean {
    if (this.#phase !== "open") return false;
    const { limits, flushQueue } = this.#environment;
    if (bytes.length > 0) {
      this.#queue[this.#queueLength++] = bytes;
      this.#queuedBytes += bytes.length;
      if (!this.#isInFlushQueue) {
        this.#isInFlushQueue = true;
        flushQueue.add(this);
      }
    }
    // What the transport still has is asked for only when it may matter: it lies far away, and there are ten thousand of these.
    if (this.#hasRoom && this.#queuedBytes <= this.#carefreeBytes) return true;
    const unsentBytes = this.#queuedBytes + this.transportUnsentBytes;
    if (unsentBytes <= limits.highWaterMark) return true;
    this.#owesDrain = true;
    if (unsentBytes > limits.maxUnsentBytes) this.destroy("unsent-limit" satisfies CloseReason);
    return false;
  }

  /** Hands what was sent to the transport. The flush queue calls it; there is no need to. */
  flush(): void {
    this.#isInFlushQueue = false;
    this.#hasRoom = this.#writeQueue();
    if (this.#hasRoom && this.#owesDrain) this.#drain();
  }

  pause(): void {
    if (this.#phase === "open") this.pauseReading();
  }

  resume(): void {
    if (this.#phase === "open") this.resumeReading();
  }

  end(reason: string): void {
    if (this.#phase !== "open") return;
    this.#reason ??= reason;
    this.#phase = "ending";
    this.#writeQueue();
    this.finish();
    const { timers, limits } = this.#environment;
    this.#endTimer = timers.after(limits.endTimeoutMs, () => this.destroy(reason));
  }

  destroy(reason: string): void {
    if (this.#phase === "destroyed" || this.#phase === "gone") return;
    this.#reason ??= reason;
    const isLossy = this.unsentBytes > 0;
    this.#phase = "destroyed";
    this.#endTimer?.cancel();
    this.#clearQueue();
    this.drop(isLossy);
  }

  protected onData(bytes: Uint8Array): void {
    if (this.#phase !== "open") return;
    this.#bytesRead += bytes.length;
    try {
      this.#handler?.data(bytes);
    } catch (error) {
      this.#onHandlerError(error);
    }
  }

  /** The peer closed its side. There is nothing to wait for: RTMP ends with the connection. */
  protected onPeerEnd(): void {
    this.end("closed-by-peer" satisfies CloseReason);
  }

  protected onTransportDrain(): void {
    this.#hasRoom = true;
    if (this.#owesDrain) this.#drain();
  }

  /** The network failed; `onTransportClose` follows. */
  protected onTransportError(error: Error & { readonly code?: string }): void {
    if (this.#phase !== "open") return; // an error while we part is none
    const reason: CloseReason =
      error.code === "ECONNRESET" || error.code === "EPIPE" ? "connection-reset" : "socket-error";
    this.#reason ??= reason;
    this.#phase = "destroyed";
    this.#clearQueue();
    this.#report(error, true);
  }

  protected onTransportClose(): void {
    if (this.#phase === "gone") return;
    this.#phase = "gone";
    this.#endTimer?.cancel();
    this.#clearQueue();
    this.#reportClose();
  }

  #writeQueue(): boolean {
    const count = this.#queueLength;
    if (count === 0) return true;
    this.#bytesWritten += this.#queuedBytes;
    const blocks = this.#environment.flushQueue.joiner.join(this.#queue, count);
    const [first] = blocks;
    const hasRoom = blocks.length === 1 && first !== undefined ? this.write(first) : this.writeEach(blocks);
    this.#clearQueue();
    return hasRoom;
  }

  #clearQueue(): void {
    if (this.#queue.length > MAX_KEPT_QUEUE) this.#queue = emptyQueue();
    else this.#queue.fill(undefined, 0, this.#queueLength);
    this.#queueLength = 0;
    this.#queuedBytes = 0;
  }

  #drain(): void {
    // What the transport holds does not count: it said that it has room, and will not say so again.
    if (this.#phase !== "open" || this.#queuedBytes > this.#environment.limits.highWaterMark) return;
    this.#owesDrain = false;
    try {
      this.#handler?.drain?.();
    } catch (error) {
      this.#onHandlerError(error);
    }
  }

  #onHandlerError(error: unknown): void {
    this.#report(error, false);
    this.destroy("handler-error" satisfies CloseReason);
  }

  #reportClose(): void {
    try {
      this.#handler?.close(this.#reason ?? ("closed-by-peer" satisfies CloseReason));
    } catch (error) {
      this.#report(error, false);
    }
  }

  /** Network errors nobody asked for are not worth a word: the reason of `close` says it. */
  #report(error: unknown, isNetworkError: boolean): void {
    const handler = this.#handler;
    if (handler?.error === undefined) {
      if (!isNetworkError) this.#environment.onError(error);
      return;
    }
    try {
      handler.error(error);
    } catch (thrown) {
      this.#environment.onError(thrown);
    }
  }
}

/** Room for what most connections ever queue: an array that grows from nothing takes room for seventeen. */
function emptyQueue(): (Uint8Array | undefined)[] {
  return [undefined, undefined, undefined, undefined];
}
