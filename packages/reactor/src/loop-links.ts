import { randomBytes, timingSafeEqual } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConnectionEnvironment } from "./coalescing-connection.ts";
import type { CloseReason, Connection } from "./connection.ts";
import { FlushQueue } from "./flush-queue.ts";
import type { FlushTiming } from "./loop-messages.ts";
import { SocketConnection } from "./socket-connection.ts";
import type { Timer } from "./timer-queue.ts";

/** Where the processes of a group find each other, and how they know each other. */
export interface LinkMeetingPoint {
  /** A folder of the group alone; where pipes have names of their own (Windows), the beginning of these. */
  readonly base: string;
  readonly secret: Uint8Array;
}

/** Options of `LoopLinks`. */
export interface LoopLinksOptions {
  /** This process: the number of its loop, 0 for the primary. */
  readonly self: number;
  readonly meetingPoint: LinkMeetingPoint;
  /** From `linkEnvironment`. */
  readonly environment: ConnectionEnvironment;
  /** A link to another process stands. */
  readonly onLink: (loop: number, link: Connection) => void;
}

interface Peer {
  readonly loop: number;
  /** Whether it is for us to dial. */
  readonly isDialled: boolean;
  /** The one there is: standing, or about to. */
  socket: Socket | undefined;
  link: LinkConnection | undefined;
  /** One that came before we knew that the last is gone. */
  next: Socket | undefined;
  redialMs: number;
  redial: Timer | undefined;
  whenDown: (() => void)[];
}

class LinkConnection extends SocketConnection {
  protected override drop(): void {
    super.drop(false); // only TCP has a reset
  }
}

const hasNamedPipes = process.platform === "win32";
/** What fits into an address of a Unix socket everywhere, less the number of a loop. */
const MAX_BASE_LENGTH = 90;
const SECRET_BYTES = 32;
const HELLO_BYTES = 4 + SECRET_BYTES;
const HELLO_TIMEOUT_MS = 5000;
const FIRST_REDIAL_MS = 100;
const LONGEST_REDIAL_MS = 1000;

/** What links share: bounds of their own, and a flush queue of their own, so that they do not wait for viewers. */
export function linkEnvironment(loop: ConnectionEnvironment, flush: FlushTiming | undefined): ConnectionEnvironment {
  const limits = {
    highWaterMark: 8 * 1024 * 1024,
    maxUnsentBytes: 256 * 1024 * 1024,
    endTimeoutMs: loop.limits.endTimeoutMs,
  };
  return { ...loop, limits, flushQueue: new FlushQueue({ ...flush, onError: loop.onError }) };
}

/** Makes a meeting point for a new group, which nobody else can enter. */
export function createMeetingPoint(): LinkMeetingPoint {
  const secret = Uint8Array.from(randomBytes(SECRET_BYTES));
  if (hasNamedPipes) return { base: `\\\\.\\pipe\\rtmp-${randomBytes(16).toString("hex")}`, secret };
  const parent = tmpdir().length < MAX_BASE_LENGTH - "/rtmp-123456".length ? tmpdir() : "/tmp";
  return { base: mkdtempSync(join(parent, "rtmp-")), secret };
}

/** Removes what a group, or one loop of it, left behind. */
export function cleanMeetingPoint({ base }: LinkMeetingPoint, loop?: number): void {
  if (hasNamedPipes) return;
  rmSync(loop === undefined ? base : pipePath(base, loop), { recursive: true, force: true });
}

function pipePath(base: string, loop: number): string {
  return hasNamedPipes ? `${base}-${loop}` : join(base, String(loop));
}

/** The links of one process to the others of its group: one to each, dialled again when it breaks. */
export class LoopLinks {
  readonly #options: LoopLinksOptions;
  readonly #server: Server;
  readonly #peers = new Map<number, Peer>();
  readonly #gone = new Set<number>();
  readonly #strangers = new Set<Socket>(); // have not shown the secret yet
  #lastId = 0; // counts down: the positive ones are the peers'
  #isClosed = false;

  constructor(options: LoopLinksOptions) {
    this.#options = options;
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#meet(socket));
  }

  /** Lets others dial this process. */
  async listen(): Promise<void> {
    const { self, meetingPoint } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(pipePath(meetingPoint.base, self), () => {
        this.#server.off("error", reject);
        resolve();
      });
    });
    this.#server.on("error", this.#options.environment.onError);
  }

  /** Keeps a link to `loop`, which listens. */
  dial(loop: number): void {
    if (this.#isClosed || this.#peers.has(loop) || this.#gone.has(loop)) return;
    this.#dial(this.#addPeer(loop, true));
  }

  /** Has nothing more to do with `loop`, which is gone. Resolves when its link is closed. */
  async drop(loop: number): Promise<void> {
    this.#gone.add(loop);
    const peer = this.#peers.get(loop);
    if (peer === undefined) return;
    this.#peers.delete(loop);
    await this.#cut(peer);
  }

  /** Hands over what was sent. */
  flush(): void {
    this.#options.environment.flushQueue.flush();
  }

  /** Cuts all links and lets nobody in any more. Resolves when they are closed. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#server.close();
    for (const stranger of this.#strangers) stranger.destroy();
    await Promise.all([...this.#peers.keys()].map((loop) => this.drop(loop)));
    this.#options.environment.flushQueue.close();
  }

  #addPeer(loop: number, isDialled: boolean): Peer {
    const peer: Peer = {
      loop,
      isDialled,
      socket: undefined,
      link: undefined,
      next: undefined,
      redialMs: FIRST_REDIAL_MS,
      redial: undefined,
      whenDown: [],
    };
    this.#peers.set(loop, peer);
    return peer;
  }

  async #cut(peer: Peer): Promise<void> {
    peer.redial?.cancel();
    peer.next?.destroy();
    const { socket, link } = peer;
    if (socket === undefined) return;
    const down = new Promise<void>((resolve) => peer.whenDown.push(resolve));
    if (link === undefined) socket.destroy();
    else link.destroy("closed-by-peer" satisfies CloseReason); // what it has sent was read, as far as it came
    await down;
  }

  #dial(peer: Peer): void {
    const { self, meetingPoint } = this.#options;
    const socket = connect({ path: pipePath(meetingPoint.base, peer.loop), allowHalfOpen: true });
    this.#watch(peer, socket);
    socket.once("connect", () => {
      const hello = Buffer.alloc(HELLO_BYTES);
      hello.writeUInt32LE(self);
      hello.set(meetingPoint.secret, 4);
      socket.write(hello);
      peer.redialMs = FIRST_REDIAL_MS;
      this.#stand(peer, socket);
    });
  }

  /** Hears out somebody who dialled us. */
  #meet(socket: Socket): void {
    const { environment, meetingPoint } = this.#options;
    this.#strangers.add(socket);
    const tooSlow = environment.timers.after(HELLO_TIMEOUT_MS, () => socket.destroy());
    const forget = (): void => {
      tooSlow.cancel();
      this.#strangers.delete(socket);
    };
    const read = (): void => {
      const hello = socket.read(HELLO_BYTES) as Buffer | null;
      if (hello === null) return;
      socket.off("readable", read);
      socket.off("close", forget);
      forget();
      const isFriend = hello.length === HELLO_BYTES && timingSafeEqual(hello.subarray(4), meetingPoint.secret);
      // Only in the next tick has the stream taken notice that nobody waits for "readable" any more, and can be paused.
      if (isFriend) process.nextTick(() => this.#welcome(hello.readUInt32LE(0), socket));
      else socket.destroy();
    };
    socket.on("error", ignore);
    socket.on("close", forget);
    socket.on("readable", read);
  }

  #welcome(loop: number, socket: Socket): void {
    if (this.#isClosed || this.#gone.has(loop)) {
      socket.destroy();
      return;
    }
    const peer = this.#peers.get(loop) ?? this.#addPeer(loop, false);
    if (peer.socket === undefined) {
      this.#watch(peer, socket);
      this.#stand(peer, socket);
      return;
    }
    peer.next?.destroy();
    peer.next = socket;
    peer.link?.destroy("connection-reset" satisfies CloseReason); // the other end would not dial if it were in use
  }

  #watch(peer: Peer, socket: Socket): void {
    peer.socket = socket;
    socket.on("error", ignore);
    socket.on("close", () => process.nextTick(() => this.#onDown(peer)));
  }

  #stand(peer: Peer, socket: Socket): void {
    const { environment, onLink } = this.#options;
    const name = peer.loop === 0 ? "primary" : `loop ${peer.loop}`;
    const link = new LinkConnection(--this.#lastId, socket, name, environment);
    peer.link = link;
    try {
      onLink(peer.loop, link);
    } catch (error) {
      link.destroy("handler-error" satisfies CloseReason);
      environment.onError(error);
    }
  }

  #onDown(peer: Peer): void {
    peer.socket = undefined;
    peer.link = undefined;
    for (const resolve of peer.whenDown.splice(0)) resolve();
    if (this.#isClosed || this.#gone.has(peer.loop)) return;
    const { next } = peer;
    if (next !== undefined) {
      peer.next = undefined;
      if (next.destroyed) return;
      this.#watch(peer, next);
      this.#stand(peer, next);
    } else if (peer.isDialled) {
      peer.redial = this.#options.environment.timers.after(peer.redialMs, () => this.#dial(peer));
      peer.redialMs = Math.min(LONGEST_REDIAL_MS, peer.redialMs * 2);
    }
  }
}

function ignore(): void {
  // "close" follows, and says enough.
}
