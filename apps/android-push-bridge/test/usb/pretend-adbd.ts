import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";

/** The messages between an adb server and the adb daemon of a phone, as their four letters read in little-endian. */
const Command = {
  Connect: 0x4e584e43, // CNXN
  Authenticate: 0x48545541, // AUTH
  Open: 0x4e45504f, // OPEN
  Okay: 0x59414b4f, // OKAY
  Write: 0x45545257, // WRTE
  Close: 0x45534c43, // CLSE
} as const;

const protocolVersion = 0x01000001;
const maxPayload = 64 * 1024;

/** One service that the adb server has opened, seen from the phone. */
export class AdbdChannel {
  readonly #send: (command: number, payload?: Uint8Array) => void;
  readonly #unsent: Uint8Array[] = [];
  #isWaiting = true; // until it is opened, and for each answer
  #isEnding = false;
  #isClosed = false;
  /** Hears what the computer writes. */
  onBytes: (bytes: Buffer) => void = () => undefined;
  /** The computer has closed it, or the cable was pulled. */
  onClose: () => void = () => undefined;

  constructor(send: (command: number, payload?: Uint8Array) => void) {
    this.#send = send;
  }

  /** Writes to the computer, one message at a time, each once the one before was taken. */
  write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += maxPayload) this.#unsent.push(bytes.slice(at, at + maxPayload));
    this.#flush();
  }

  /** Closes behind everything written. */
  end(): void {
    this.#isEnding = true;
    this.#flush();
  }

  /** The computer has taken the last message, or knows that the channel is open. */
  taken(): void {
    this.#isWaiting = false;
    this.#flush();
  }

  /** Nothing can be written any more. */
  closed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.onClose();
  }

  #flush(): void {
    if (this.#isWaiting || this.#isClosed) return;
    const bytes = this.#unsent.shift();
    if (bytes !== undefined) {
      this.#isWaiting = true;
      this.#send(Command.Write, bytes);
    } else if (this.#isEnding) {
      this.#send(Command.Close);
      this.closed();
    }
  }
}

/** What answers to the names of services: returns whether it takes the channel. */
export type AdbdServices = (service: string, channel: AdbdChannel) => boolean;

/** An adb daemon as a phone runs it, on a TCP port of the loopback; `adb connect` reaches it. */
export class PretendAdbd {
  /** Whether somebody has allowed the computer; else it asks for ever. */
  isTrusting: boolean;
  readonly #services: AdbdServices;
  readonly #model: string;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;

  constructor(services: AdbdServices, model: string, isTrusting: boolean) {
    this.#services = services;
    this.#model = model;
    this.isTrusting = isTrusting;
  }

  /** How the adb server calls it. */
  get serial(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** Plugs the phone in; again on the same port. */
  async plugIn(): Promise<void> {
    this.#server = createServer((socket) => this.#accept(socket)).listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Pulls the cable. */
  async pullOut(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const socket of this.#sockets) socket.destroy();
    if (server !== undefined) await new Promise((resolve) => server.close(resolve));
  }

  #accept(socket: Socket): void {
    const channels = new Map<number, AdbdChannel>();
    let held = Buffer.alloc(0);
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.#sockets.delete(socket);
      for (const channel of channels.values()) channel.closed();
    });
    socket.on("data", (bytes) => {
      held = Buffer.concat([held, bytes]);
      while (held.length >= 24 && held.length >= 24 + held.readUInt32LE(12)) {
        const size = 24 + held.readUInt32LE(12);
        this.#take(socket, channels, held.subarray(0, size));
        held = held.subarray(size);
      }
    });
  }

  #take(socket: Socket, channels: Map<number, AdbdChannel>, message: Buffer): void {
    const [command, theirId, ourId] = [message.readUInt32LE(0), message.readUInt32LE(4), message.readUInt32LE(8)];
    const payload = Buffer.from(message.subarray(24));
    const channel = channels.get(ourId);
    switch (command) {
      case Command.Connect:
        if (this.isTrusting) this.#greet(socket);
        else sendMessage(socket, Command.Authenticate, 1, 0, new Uint8Array(20));
        return;
      case Command.Authenticate:
        if (theirId === 2) sendMessage(socket, Command.Authenticate, 1, 0, new Uint8Array(20)); // a key it does not know
        return;
      case Command.Open:
        this.#open(socket, channels, theirId, payload.subarray(0, payload.indexOf(0)).toString());
        return;
      case Command.Write:
        if (channel === undefined) return;
        sendMessage(socket, Command.Okay, ourId, theirId);
        channel.onBytes(payload);
        return;
      case Command.Okay:
        channel?.taken();
        return;
      case Command.Close:
        channels.delete(ourId);
        channel?.closed();
    }
  }

  #greet(socket: Socket): void {
    const banner = `device::ro.product.name=pretend;ro.product.model=${this.#model};ro.product.device=pretend;features=cmd`;
    sendMessage(socket, Command.Connect, protocolVersion, maxPayload, Buffer.from(banner));
  }

  #open(socket: Socket, channels: Map<number, AdbdChannel>, theirId: number, service: string): void {
    const ourId = theirId; // the server's ids are unique on a connection
    const channel = new AdbdChannel((command, payload) => sendMessage(socket, command, ourId, theirId, payload));
    channels.set(ourId, channel);
    if (!this.#services(service, channel)) {
      channels.delete(ourId);
      sendMessage(socket, Command.Close, 0, theirId);
      return;
    }
    sendMessage(socket, Command.Okay, ourId, theirId);
    channel.taken();
  }
}

function sendMessage(socket: Socket, command: number, first: number, second: number, payload?: Uint8Array): void {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(command, 0);
  header.writeUInt32LE(first, 4);
  header.writeUInt32LE(second, 8);
  header.writeUInt32LE(payload?.length ?? 0, 12);
  header.writeUInt32LE(checksum(payload ?? new Uint8Array(0)), 16);
  header.writeUInt32LE((command ^ 0xffffffff) >>> 0, 20);
  socket.write(payload === undefined ? header : Buffer.concat([header, payload]));
}

function checksum(payload: Uint8Array): number {
  let sum = 0;
  for (const byte of payload) sum = (sum + byte) >>> 0;
  return sum;
}
