import type { Clock } from "./clock.ts";
import { CoalescingConnection, type ConnectionEnvironment } from "./coalescing-connection.ts";
import { type ConnectionLimits, connectionLimits } from "./connection-limits.ts";
import { type ErrorReporter, throwUncaught } from "./error-reporter.ts";
import { FlushQueue } from "./flush-queue.ts";
import { ManualClock } from "./manual-clock.ts";
import { TimerQueue, type TimerSource } from "./timer-queue.ts";

/** Options of a `memoryConnectionPair`. */
export interface MemoryConnectionOptions extends Partial<ConnectionLimits> {
  /** When it is advanced, bytes move. Default: a new one. */
  readonly clock?: ManualClock | undefined;
  /** Keeps the deadlines of both ends. Default: a new `TimerQueue` on `clock`. */
  readonly timers?: TimerSource | undefined;
  /** Flushes both ends. Default: a new one on `clock`. */
  readonly flushQueue?: FlushQueue | undefined;
  /** Deliver pieces of at most so many bytes. Default: as they were written. */
  readonly pieceSize?: number | undefined;
  /** What the server's end sees of the client. Default: `127.0.0.1`. */
  readonly clientAddress?: string | undefined;
  /** Told of what handlers throw. Default: it becomes an uncaught exception. */
  readonly onError?: ErrorReporter | undefined;
}

/** Two ends of one connection. */
export interface MemoryConnectionPair {
  readonly client: MemoryConnection;
  readonly server: MemoryConnection;
  readonly clock: ManualClock;
  /** Lets everything happen that can without time going by: the same as `clock.advance(0)`. */
  readonly pump: () => void;
}

const SERVER_ADDRESS = "127.0.0.1";
const SERVER_PORT = 1935;
const FIRST_CLIENT_PORT = 49_152;

/** As much as a socket takes before it says that it is full. */
const TRANSPORT_HIGH_WATER_MARK = 64 * 1024;

let nextPair = 0;

/** Makes a connection in memory. Nothing moves before the clock is advanced, by 0 at least. */
export function memoryConnectionPair(options: MemoryConnectionOptions = {}): MemoryConnectionPair {
  const {
    clock = new ManualClock(),
    pieceSize = Infinity,
    clientAddress = "127.0.0.1",
    onError = throwUncaught,
  } = options;
  if (!(pieceSize >= 1)) throw new RangeError(`pieceSize must be at least 1, got ${pieceSize}`);
  const environment: ConnectionEnvironment = {
    timers: options.timers ?? new TimerQueue(clock, onError),
    flushQueue: options.flushQueue ?? new FlushQueue({ clock, onError }),
    limits: connectionLimits(options),
    onError,
  };
  const pair = nextPair++;
  const clientPort = FIRST_CLIENT_PORT + (pair % 16_384);
  const wire = new Wire(clock, pieceSize);
  const client = new MemoryConnection(2 * pair + 1, SERVER_ADDRESS, SERVER_PORT, clientPort, environment, wire);
  const server = new MemoryConnection(2 * pair + 2, clientAddress, clientPort, SERVER_PORT, environment, wire);
  wire.ends = [client, server];
  return { client, server, clock, pump: () => clock.advance(0) };
}

/** Moves bytes between two ends whenever the clock turns. */
class Wire {
  readonly pieceSize: number;
  readonly #clock: Clock;
  ends: readonly [MemoryConnection, MemoryConnection] | undefined;
  #isAwake = false;

  constructor(clock: Clock, pieceSize: number) {
    this.#clock = clock;
    this.pieceSize = pieceSize;
  }

  wake(): void {
    if (this.#isAwake) return;
    this.#isAwake = true;
    this.#clock.schedule(0, () => {
      this.#isAwake = false;
      const [client, server] = this.ends ?? [];
      if (client === undefined || server === undefined) return;
      const hasServerMoved = server.receiveFrom(client);
      const hasClientMoved = client.receiveFrom(server);
      if (hasServerMoved || hasClientMoved) this.wake(); // one end's turn may have given the other something to do
    });
  }
}

/** One end of a connection in memory: a `Connection` like that over a socket, and a few misfortunes to inflict on its peer. */
export class MemoryConnection extends CoalescingConnection {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localPort: number;
  readonly #wire: Wire;
  #outgoing: Uint8Array[] = []; // written here, not yet read there
  #outgoingBytes = 0;
  #owesDrain = false;
  #isReading = false;
  #isPaused = false;
  #isStalled = false;
  #hasFinished = false; // our FIN lies behind the outgoing bytes
  #sawPeerFinish = false;
  #hasReset = false;
  #isDown = false; // receives nothing any more
  #hasClosed = false;

  /** For `memoryConnectionPair`. */
  constructor(
    id: number,
    remoteAddress: string,
    remotePort: number,
    localPort: number,
    environment: ConnectionEnvironment,
    wire: Wire,
  ) {
    super(id, environment);
    this.remoteAddress = remoteAddress;
    this.remotePort = remotePort;
    this.localPort = localPort;
    this.#wire = wire;
  }

  /** A program that hangs: while true, this end reads nothing, not even that its peer closed. */
  get stalled(): boolean {
    return this.#isStalled;
  }

  set stalled(stalled: boolean) {
    this.#isStalled = stalled;
    this.#wire.wake();
  }

  /** Ends like a program that was killed: what is under way is lost and the peer gets ECONNRESET. Our own reason is `reset`. */
  reset(): void {
    this.#hasReset = true;
    this.destroy("reset");
  }

  /** Takes a turn at reading what `peer` wrote. Returns whether anything happened. The wire calls it. */
  receiveFrom(peer: MemoryConnection): boolean {
    if (this.#isDown) {
      const hadBytes = peer.#discardOutgoing();
      return this.#close() || hadBytes;
    }
    if (!this.#canRead()) return false;
    if (peer.#hasReset) {
      this.#isDown = true;
      const error = new Error("read ECONNRESET");
      this.onTransportError(Object.assign(error, { code: "ECONNRESET", syscall: "read" }));
      return true;
    }
    let hasMoved = false;
    while (this.#canRead() && peer.#outgoingBytes > 0) {
      this.onData(peer.#takePiece());
      hasMoved = true;
    }
    if (peer.#hasFinished && peer.#outgoingBytes === 0 && !this.#sawPeerFinish && this.#canRead()) {
      this.#sawPeerFinish = true;
      this.onPeerEnd();
      hasMoved = true;
    }
    if (this.#sawPeerFinish && this.#hasFinished && this.#outgoingBytes === 0) {
      this.#isDown = true;
      hasMoved = true;
    }
    return hasMoved;
  }

  protected get transportUnsentBytes(): number {
    return this.#outgoingBytes;
  }

  protected write(bytes: Uint8Array): boolean {
    this.#outgoing.push(bytes);
    this.#outgoingBytes += bytes.length;
    this.#wire.wake();
    const hasRoom = this.#outgoingBytes < TRANSPORT_HIGH_WATER_MARK;
    this.#owesDrain ||= !hasRoom;
    return hasRoom;
  }

  protected writeEach(blocks: readonly Uint8Array[]): boolean {
    let hasRoom = true;
    for (const block of blocks) hasRoom = this.write(block);
    return hasRoom;
  }

  protected startReading(): void {
    this.#isReading = true;
    this.#wire.wake();
  }

  protected pauseReading(): void {
    this.#isPaused = true;
  }

  protected resumeReading(): void {
    this.#isPaused = false;
    this.#wire.wake();
  }

  protected finish(): void {
    this.#hasFinished = true;
    this.#isReading = true;
    this.#isPaused = false;
    this.#wire.wake();
  }

  protected drop(isLossy: boolean): void {
    if (isLossy || this.#hasReset) {
      this.#hasReset = true;
      this.#discardOutgoing();
    }
    this.#hasFinished = true;
    this.#isDown = true;
    this.#wire.wake();
  }

  #canRead(): boolean {
    return this.#isReading && !this.#isPaused && !this.#isStalled && !this.#isDown;
  }

  /** The next bytes for the peer, in memory of their own, and in a Buffer, as a socket delivers them. */
  #takePiece(): Uint8Array {
    const [first = new Uint8Array(0)] = this.#outgoing;
    const piece = Buffer.from(first.subarray(0, Math.min(first.length, this.#wire.pieceSize)));
    if (piece.length === first.length) this.#outgoing.shift();
    else this.#outgoing[0] = first.subarray(piece.length);
    this.#outgoingBytes -= piece.length;
    this.#afterOutgoing();
    return piece;
  }

  #discardOutgoing(): boolean {
    if (this.#outgoingBytes === 0) return false;
    this.#outgoing = [];
    this.#outgoingBytes = 0;
    this.#afterOutgoing();
    return true;
  }

  #afterOutgoing(): void {
    if (this.#outgoingBytes > 0 || !this.#owesDrain) return;
    this.#owesDrain = false;
    this.onTransportDrain();
  }

  #close(): boolean {
    if (this.#hasClosed) return false;
    this.#hasClosed = true;
    this.onTransportClose();
    return true;
  }
}
