import type { Socket } from "node:net";
import type { FrameConnection, FrameReceiver } from "../bridge/frame-connection.ts";
import { MAX_WORDS_BYTES } from "../protocol/limits.ts";
import { CLOSE_LIMIT_MS, admitConnection } from "./carrier.ts";
import type { CarrierOptions } from "./carrier.ts";
import { plainAddress } from "./client-address.ts";
import { LengthPrefixedReader } from "./length-prefixed-reader.ts";

const KEEP_ALIVE_MS = 10_000;

/** One sender's TCP connection. */
export class TcpConnection implements FrameConnection {
  readonly remoteAddress: string;
  readonly #socket: Socket;
  readonly #options: CarrierOptions;
  readonly #reader: LengthPrefixedReader;
  readonly #receiver: FrameReceiver;
  #maxFrameBytes: number = MAX_WORDS_BYTES;
  #isClosing = false;
  #cancelTimer: () => void = () => undefined;

  /** Takes an open socket. */
  constructor(socket: Socket, options: CarrierOptions) {
    this.remoteAddress = plainAddress(socket.remoteAddress);
    this.#socket = socket;
    this.#options = options;
    this.#reader = new LengthPrefixedReader(() => this.#maxFrameBytes);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    this.#receiver = admitConnection(this, options, () => (this.#maxFrameBytes = options.maxFrameBytes));
    socket.on("data", (bytes) => this.#take(bytes));
    socket.on("error", (error) => options.onTrouble(error.message, this.remoteAddress));
    socket.on("close", () => {
      this.#cancelTimer();
      this.#isClosing = true;
      this.#receiver.closed();
    });
  }

  get receivedBytes(): number {
    return this.#socket.bytesRead;
  }

  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  send(frame: Uint8Array): void {
    if (this.#isClosing || !this.#socket.writable) return;
    const length = Buffer.allocUnsafe(4);
    length.writeUInt32BE(frame.length);
    this.#socket.cork();
    this.#socket.write(length);
    this.#socket.write(frame);
    this.#socket.uncork();
  }

  close(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#reader.stop();
    this.#socket.end();
    this.#cancelTimer = this.#options.clock.schedule(CLOSE_LIMIT_MS, () => this.#socket.destroy());
  }

  #take(bytes: Uint8Array): void {
    this.#reader.push(
      bytes,
      (frame) => this.#receiver.receive(frame),
      (size) => {
        const words = `a frame of ${size} bytes, where ${this.#maxFrameBytes} are the most`;
        this.#receiver.fail("BRIDGE_FRAME_TOO_LARGE", words);
      },
    );
  }
}
