import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions, type TLSSocket } from "node:tls";
import type { ConnectionEnvironment } from "./coalescing-connection.ts";
import type { CloseReason, Connection } from "./connection.ts";
import { type ConnectionLimits, connectionLimits } from "./connection-limits.ts";
import { type ErrorReporter, throwUncaught } from "./error-reporter.ts";
import type { FlushQueue } from "./flush-queue.ts";
import { SocketConnection } from "./socket-connection.ts";
import type { TimerSource } from "./timer-queue.ts";

/** Options of an `Acceptor`. */
export interface AcceptorOptions extends Partial<ConnectionLimits> {
  readonly timers: TimerSource;
  readonly flushQueue: FlushQueue;
  /** Gets every connection that was let in, and owns it: it calls `open`, now or later. */
  readonly onConnection: (connection: Connection) => void;
  /** Connections at once; more are closed as they come. Default: no limit. */
  readonly maxConnections?: number | undefined;
  /** Connections at once from one address. Default: no limit. */
  readonly maxConnectionsPerAddress?: number | undefined;
  /** Told of failed accepts (EMFILE) and of what handlers throw. Default: it becomes an uncaught exception. */
  readonly onError?: ErrorReporter | undefined;
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
  /** Speak TLS (rtmps): key and certificate, as for `node:tls`. */
  readonly tls?: TlsOptions | undefined;
}

/** What an acceptor did so far. */
export interface AcceptorStats {
  /** Open now, TLS handshakes included. */
  readonly connections: number;
  readonly accepted: number;
  /** Closed at once because of `maxConnections`. */
  readonly refusedTooMany: number;
  /** Closed at once because of `maxConnectionsPerAddress`. */
  readonly refusedTooManyFromAddress: number;
  /** Let in, but no TLS came of it. */
  readonly failedTlsHandshakes: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

const DEFAULT_HOST = "127.0.0.1";
const DEFAULT_BACKLOG = 1024;
const TLS_HANDSHAKE_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_DELAY_MS = 60_000;

/** Listens on any number of addresses and lets connections in, within limits that hold for all of them together. */
export class Acceptor {
  readonly #environment: ConnectionEnvironment;
  readonly #onConnection: (connection: Connection) => void;
  readonly #maxConnections: number;
  readonly #maxConnectionsPerAddress: number;
  readonly #servers = new Set<Server>();
  readonly #socketsByAddress = new Map<string, number>();
  readonly #tlsHandshakes = new Map<string, Socket>(); // by address and port of the peer
  readonly #connections = new Set<SocketConnection>();
  #socketCount = 0;
  #whenEmpty: (() => void)[] = [];
  #nextId = 1;
  #accepted = 0;
  #refusedTooMany = 0;
  #refusedTooManyFromAddress = 0;
  #failedTlsHandshakes = 0;
  #goneBytesRead = 0;
  #goneBytesWritten = 0;

  /** Throws a `RangeError` that names the option when a limit makes no sense. */
  constructor(options: AcceptorOptions) {
    const { timers, flushQueue, onError = throwUncaught } = options;
    this.#environment = { timers, flushQueue, limits: connectionLimits(options), onError };
    this.#onConnection = options.onConnection;
    this.#maxConnections = atLeastOne("maxConnections", options.maxConnections);
    this.#maxConnectionsPerAddress = atLeastOne("maxConnectionsPerAddress", options.maxConnectionsPerAddress);
  }

  /**
   * Listens on one more address; resolves with the port and address that were taken. Rejects with Node's own error when that fails, for example
   * EADDRINUSE or EACCES.
   */
  async listen(address: ListenAddress): Promise<{ readonly port: number; readonly host: string }> {
    const { port, host = DEFAULT_HOST, backlog = DEFAULT_BACKLOG, exclusive = false } = address;
    const server = this.#createServer(address.tls);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ port, host, backlog, exclusive }, () => {
        server.off("error", reject);
        resolve();
      });
    });
    server.on("error", this.#environment.onError); // a failed accept, for want of descriptors; listening goes on
    this.#servers.add(server);
    const taken = server.address();
    if (taken === null || typeof taken === "string") throw new TypeError("not a TCP address");
    return { port: taken.port, host: taken.address };
  }

  /** What happened so far. */
  stats(): AcceptorStats {
    let bytesRead = this.#goneBytesRead;
    let bytesWritten = this.#goneBytesWritten;
    for (const connection of this.#connections) {
      bytesRead += connection.bytesRead;
      bytesWritten += connection.bytesWritten;
    }
    return {
      connections: this.#socketCount,
      accepted: this.#accepted,
      refusedTooMany: this.#refusedTooMany,
      refusedTooManyFromAddress: this.#refusedTooManyFromAddress,
      failedTlsHandshakes: this.#failedTlsHandshakes,
      bytesRead,
      bytesWritten,
    };
  }

  /** Stops listening; connections stay. Twice is fine. */
  close(): void {
    for (const server of this.#servers) server.close();
    this.#servers.clear();
  }

  /**
   * Ends every connection for `reason` and cuts off unfinished TLS handshakes. Resolves when the last one is gone, which takes no longer than
   * `endTimeoutMs` if nothing is listening any more.
   */
  async endConnections(reason: string): Promise<void> {
    for (const connection of this.#connections) connection.end(reason);
    for (const socket of this.#tlsHandshakes.values()) socket.destroy();
    if (this.#socketCount > 0) await new Promise<void>((resolve) => this.#whenEmpty.push(resolve));
  }

  #createServer(tls: TlsOptions | undefined): Server {
    // Half open, because only then is it us who answer the peer's FIN, behind what still waits to be sent.
    const options = { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS };
    if (tls === undefined) {
      return createServer(options, (socket) => {
        const address = this.#letIn(socket);
        if (address !== undefined) this.#connect(socket, address);
      });
    }
    // A TLS server that does not listen: sockets over a limit are closed before they cost a handshake.
    const tlsServer = createTlsServer({ handshakeTimeout: TLS_HANDSHAKE_TIMEOUT_MS, ...tls });
    tlsServer.on("secureConnection", (socket) => this.#onSecureConnection(socket));
    tlsServer.on("tlsClientError", (_error, socket) => {
      this.#failedTlsHandshakes += 1;
      socket.destroy();
    });
    return createServer(options, (socket) => {
      const address = this.#letIn(socket);
      if (address === undefined) return;
      const peer = peerName(address, socket);
      this.#tlsHandshakes.set(peer, socket);
      socket.on("close", () => {
        if (this.#tlsHandshakes.get(peer) === socket) this.#tlsHandshakes.delete(peer);
      });
      tlsServer.emit("connection", socket);
    });
  }

  #onSecureConnection(socket: TLSSocket): void {
    const address = plainAddress(socket.remoteAddress);
    if (address === undefined) {
      socket.destroy();
      return;
    }
    this.#tlsHandshakes.delete(peerName(address, socket));
    this.#connect(socket, address);
  }

  /** Counts the socket and returns its address, or closes it when it is one too many or gone already. */
  #letIn(socket: Socket): string | undefined {
    socket.on("error", ignore); // whoever uses the socket hears of it by a listener of its own
    const address = plainAddress(socket.remoteAddress);
    if (address === undefined || !this.#hasRoomFor(address)) {
      socket.destroy();
      return undefined;
    }
    this.#accepted += 1;
    this.#socketCount += 1;
    this.#socketsByAddress.set(address, (this.#socketsByAddress.get(address) ?? 0) + 1);
    socket.on("close", () => this.#letGo(address));
    return address;
  }

  #hasRoomFor(address: string): boolean {
    if (this.#socketCount >= this.#maxConnections) {
      this.#refusedTooMany += 1;
      return false;
    }
    if ((this.#socketsByAddress.get(address) ?? 0) >= this.#maxConnectionsPerAddress) {
      this.#refusedTooManyFromAddress += 1;
      return false;
    }
    return true;
  }

  #letGo(address: string): void {
    const left = (this.#socketsByAddress.get(address) ?? 0) - 1;
    if (left > 0) this.#socketsByAddress.set(address, left);
    else this.#socketsByAddress.delete(address);
    this.#socketCount -= 1;
    if (this.#socketCount > 0) return;
    const resolvers = this.#whenEmpty;
    this.#whenEmpty = [];
    for (const resolve of resolvers) resolve();
  }

  #connect(socket: Socket, address: string): void {
    const connection = new SocketConnection(this.#nextId++, socket, address, this.#environment);
    this.#connections.add(connection);
    socket.on("close", () => {
      this.#connections.delete(connection);
      this.#goneBytesRead += connection.bytesRead;
      this.#goneBytesWritten += connection.bytesWritten;
    });
    try {
      this.#onConnection(connection);
    } catch (error) {
      connection.destroy("handler-error" satisfies CloseReason);
      this.#environment.onError(error);
    }
  }
}

function ignore(): void {
  // A socket without a listener for errors would end the process.
}

/** An IPv4 peer of an IPv6 socket shows as `::ffff:192.0.2.1`. Undefined when the peer is gone already. */
function plainAddress(address: string | undefined): string | undefined {
  return address?.replace(/^::ffff:(?=\d+\.)/i, "");
}

function peerName(address: string, socket: Socket): string {
  return `${address} ${socket.remotePort ?? 0}`;
}

function atLeastOne(name: string, value: number = Infinity): number {
  if (!(value >= 1)) throw new RangeError(`${name} must be at least 1, got ${value}`);
  return value;
}
