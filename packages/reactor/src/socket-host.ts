import type { Socket } from "node:net";
import { createServer as createTlsServer, type Server as TlsServer, type TlsOptions, type TLSSocket } from "node:tls";
import type { PeerDescription } from "./acceptor.ts";
import type { ConnectionEnvironment } from "./coalescing-connection.ts";
import type { CloseReason, Connection } from "./connection.ts";
import { SocketConnection } from "./socket-connection.ts";

/** Options of a `SocketHost`. */
export interface SocketHostOptions {
  readonly environment: ConnectionEnvironment;
  /** Gets every connection, and owns it: it calls `open`, now or later. */
  readonly onConnection: (connection: Connection) => void;
  /** A socket is gone, whether or not a connection came of it. */
  readonly onGone: (id: number) => void;
}

interface TlsHandshake {
  readonly socket: Socket;
  readonly peer: PeerDescription;
}

const TLS_HANDSHAKE_TIMEOUT_MS = 10_000;

/** Makes connections out of the sockets that were let in, TLS included, in the process that serves them. */
export class SocketHost {
  readonly #options: SocketHostOptions;
  readonly #tlsServers = new Map<number, TlsServer>(); // by number of the listener
  readonly #tlsHandshakes = new Map<string, TlsHandshake>(); // by address and port of the peer
  readonly #sockets = new Set<number>(); // their ids
  readonly #connections = new Set<SocketConnection>();
  #whenEmpty: (() => void)[] = [];
  #failedTlsHandshakes = 0;
  #goneBytesRead = 0;
  #goneBytesWritten = 0;

  constructor(options: SocketHostOptions) {
    this.#options = options;
  }

  /** Sockets that are not gone, TLS handshakes included. */
  get socketCount(): number {
    return this.#sockets.size;
  }

  /** The ids of these. */
  get socketIds(): readonly number[] {
    return [...this.#sockets];
  }

  /** Let in, but no TLS came of it. */
  get failedTlsHandshakes(): number {
    return this.#failedTlsHandshakes;
  }

  get bytesRead(): number {
    let bytesRead = this.#goneBytesRead;
    for (const connection of this.#connections) bytesRead += connection.bytesRead;
    return bytesRead;
  }

  get bytesWritten(): number {
    let bytesWritten = this.#goneBytesWritten;
    for (const connection of this.#connections) bytesWritten += connection.bytesWritten;
    return bytesWritten;
  }

  /** Speaks TLS with the sockets of this listener. Throws Node's own error when the options are wrong. */
  addTls(listener: number, options: TlsOptions): void {
    // A TLS server that does not listen: it is given sockets.
    const server = createTlsServer({ handshakeTimeout: TLS_HANDSHAKE_TIMEOUT_MS, ...options });
    server.on("secureConnection", (socket) => this.#onSecureConnection(socket));
    server.on("tlsClientError", (_error, socket) => {
      this.#failedTlsHandshakes += 1;
      socket.destroy();
    });
    this.#tlsServers.set(listener, server);
  }

  /** Serves a socket that was let in. */
  adopt(socket: Socket, peer: PeerDescription): void {
    this.#sockets.add(peer.id);
    socket.on("close", () => this.#onSocketGone(peer.id));
    if (peer.tlsListener === undefined) this.#connect(socket, peer);
    else this.#beginTls(socket, peer, peer.tlsListener);
  }

  /**
   * Ends every connection for `reason` and cuts off unfinished TLS handshakes. Resolves when the last one is gone, which takes no longer than
   * `endTimeoutMs` if no more are adopted.
   */
  async endConnections(reason: string): Promise<void> {
    for (const connection of this.#connections) connection.end(reason);
    for (const { socket } of this.#tlsHandshakes.values()) socket.destroy();
    if (this.#sockets.size > 0) await new Promise<void>((resolve) => this.#whenEmpty.push(resolve));
  }

  #beginTls(socket: Socket, peer: PeerDescription, listener: number): void {
    const server = this.#tlsServers.get(listener);
    if (server === undefined) {
      socket.destroy();
      return;
    }
    const name = peerName(socket);
    this.#tlsHandshakes.set(name, { socket, peer });
    socket.on("close", () => {
      if (this.#tlsHandshakes.get(name)?.socket === socket) this.#tlsHandshakes.delete(name);
    });
    server.emit("connection", socket);
  }

  #onSecureConnection(socket: TLSSocket): void {
    const name = peerName(socket);
    const handshake = this.#tlsHandshakes.get(name);
    if (handshake === undefined) {
      socket.destroy(); // the peer is gone already, and with it its name
      return;
    }
    this.#tlsHandshakes.delete(name);
    this.#connect(socket, handshake.peer);
  }

  #connect(socket: Socket, { id, address }: PeerDescription): void {
    const { environment, onConnection } = this.#options;
    const connection = new SocketConnection(id, socket, address, environment);
    this.#connections.add(connection);
    socket.on("close", () => {
      this.#connections.delete(connection);
      this.#goneBytesRead += connection.bytesRead;
      this.#goneBytesWritten += connection.bytesWritten;
    });
    try {
      onConnection(connection);
    } catch (error) {
      connection.destroy("handler-error" satisfies CloseReason);
      environment.onError(error);
    }
  }

  #onSocketGone(id: number): void {
    this.#sockets.delete(id);
    this.#options.onGone(id);
    if (this.#sockets.size > 0) return;
    const resolvers = this.#whenEmpty;
    this.#whenEmpty = [];
    for (const resolve of resolvers) resolve();
  }
}

function peerName(socket: Socket): string {
  return `${socket.remoteAddress ?? ""} ${socket.remotePort ?? 0}`;
}
