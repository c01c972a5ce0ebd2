import { createServer, type Server, type Socket } from "node:net";
import type { TlsOptions } from "node:tls";
import type { ErrorReporter } from "./error-reporter.ts";

/** How many connections are let in. */
export interface AcceptorLimits {
  /** Connections at once; more are closed as they come. Default: no limit. */
  readonly maxConnections?: number | undefined;
  /** Connections at once from one address. Default: no limit. */
  readonly maxConnectionsPerAddress?: number | undefined;
}

/** Options of an `Acceptor`. */
export interface AcceptorOptions extends AcceptorLimits {
  /** Leaves the bytes of a socket unread, for another process to read. */
  readonly pauseOnConnect: boolean;
  /** Gets every socket that was let in, and owns it. Its id is given back to `release` when it is gone. */
  readonly onSocket: (accepted: AcceptedSocket) => void;
  /** Told of failed accepts (EMFILE). */
  readonly onError: ErrorReporter;
}

/** What is known of a socket that was let in, and goes with it wherever it is served. */
export interface PeerDescription {
  /** Unique among all that this acceptor ever let in. */
  readonly id: number;
  readonly address: string;
  /** The number of the listener whose TLS the peer is to speak; undefined without TLS. */
  readonly tlsListener: number | undefined;
}

/** A socket that was let in. */
export interface AcceptedSocket {
  readonly socket: Socket;
  readonly peer: PeerDescription;
}

/** Where to listen. */
export interface ListenAddress {
  /** 0 takes a free one. */
  readonly port: number;
  /** Default: `127.0.0.1`. Opening to the world is a decision someone types. */
  readonly host?: string | undefined;
  /** Connections the kernel keeps until we accept them. Default: 1024. */
  readonly backlog?: number | undefined;
  /** Do not share the port with other processes of a `node:cluster`. Default: false. */
  readonly exclusive?: boolean | undefined;
  /**
   * Speak TLS (rtmps): key and certificate, as for `node:tls`. With loops of their own processes, TLS is spoken there: options that cannot be given
   * to another process, functions say, are a `TypeError` then.
   */
  readonly tls?: TlsOptions | undefined;
}

/** What an acceptor did so far. */
export interface AcceptorStats {
  /** Let in and not yet given back. */
  readonly connections: number;
  readonly accepted: number;
  /** Closed at once because of a limit. */
  readonly refused: number;
}

const DEFAULT_HOST = "127.0.0.1";
const DEFAULT_BACKLOG = 1024;
const KEEP_ALIVE_DELAY_MS = 60_000;

/** Listens on any number of addresses and lets sockets in, within limits that hold for all of them together, wherever they are served. */
export class Acceptor {
  readonly #options: AcceptorOptions;
  readonly #maxConnections: number;
  readonly #maxConnectionsPerAddress: number;
  readonly #servers = new Set<Server>();
  readonly #addresses = new Map<number, string>(); // by id, of those that are in
  readonly #socketsByAddress = new Map<string, number>();
  #nextId = 1;
  #accepted = 0;
  #refused = 0;

  /** Throws a `RangeError` that names the option when a limit makes no sense. */
  constructor(options: AcceptorOptions) {
    this.#options = options;
    this.#maxConnections = atLeastOne("maxConnections", options.maxConnections);
    this.#maxConnectionsPerAddress = atLeastOne("maxConnectionsPerAddress", options.maxConnectionsPerAddress);
  }

  /**
   * Listens on one more address; resolves with the port and address that were taken. Rejects with Node's own error when that fails, for example
   * EADDRINUSE or EACCES.
   */
  async listen(
    address: ListenAddress,
    tlsListener: number | undefined,
  ): Promise<{ readonly port: number; readonly host: string }> {
    const { port, host = DEFAULT_HOST, backlog = DEFAULT_BACKLOG, exclusive = false } = address;
    const server = this.#createServer(tlsListener);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ port, host, backlog, exclusive }, () => {
        server.off("error", reject);
        resolve();
      });
    });
    server.on("error", this.#options.onError); // a failed accept, for want of descriptors; listening goes on
    this.#servers.add(server);
    const taken = server.address();
    if (taken === null || typeof taken === "string") throw new TypeError("not a TCP address");
    return { port: taken.port, host: taken.address };
  }

  /** What happened so far. */
  stats(): AcceptorStats {
    return { connections: this.#addresses.size, accepted: this.#accepted, refused: this.#refused };
  }

  /** Makes room: the socket with this id is gone. Twice is fine. */
  release(id: number): void {
    const address = this.#addresses.get(id);
    if (address === undefined) return;
    this.#addresses.delete(id);
    const left = (this.#socketsByAddress.get(address) ?? 0) - 1;
    if (left > 0) this.#socketsByAddress.set(address, left);
    else this.#socketsByAddress.delete(address);
  }

  /** Stops listening; sockets stay. Twice is fine. */
  close(): void {
    for (const server of this.#servers) server.close();
    this.#servers.clear();
  }

  #createServer(tlsListener: number | undefined): Server {
    const options = {
      allowHalfOpen: true, // because only then is it us who answer the peer's FIN, behind what still waits to be sent
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS,
      pauseOnConnect: this.#options.pauseOnConnect,
    };
    return createServer(options, (socket) => this.#onSocket(socket, tlsListener));
  }

  #onSocket(socket: Socket, tlsListener: number | undefined): void {
    socket.on("error", ignore); // whoever uses the socket hears of it by a listener of its own
    const address = plainAddress(socket.remoteAddress);
    if (address === undefined || !this.#hasRoomFor(address)) {
      socket.destroy();
      return;
    }
    const id = this.#nextId++;
    this.#accepted += 1;
    this.#addresses.set(id, address);
    this.#socketsByAddress.set(address, (this.#socketsByAddress.get(address) ?? 0) + 1);
    this.#options.onSocket({ socket, peer: { id, address, tlsListener } });
  }

  #hasRoomFor(address: string): boolean {
    const hasRoom =
      this.#addresses.size < this.#maxConnections &&
      (this.#socketsByAddress.get(address) ?? 0) < this.#maxConnectionsPerAddress;
    if (!hasRoom) this.#refused += 1;
    return hasRoom;
  }
}

function ignore(): void {
  // A socket without a listener for errors would end the process.
}

/** An IPv4 peer of an IPv6 socket shows as `::ffff:192.0.2.1`. Undefined when the peer is gone already. */
function plainAddress(address: string | undefined): string | undefined {
  return address?.replace(/^::ffff:(?=\d+\.)/i, "");
}

function atLeastOne(name: string, value: number = Infinity): number {
  if (!(value >= 1)) throw new RangeError(`${name} must be at least 1, got ${value}`);
  return value;
}
