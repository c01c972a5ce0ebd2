import type { WebSocket } from "ws";
import type { FrameConnection, FrameReceiver } from "../bridge/frame-connection.ts";
import { CLOSE_LIMIT_MS, admitConnection } from "./carrier.ts";
import type { CarrierOptions } from "./carrier.ts";

/** The status with which the bridge closes (docs/bridge-protocol.md "Ends"). */
const CLOSE_STATUS = 4000;
/** A peer that asks and does not take the answers would fill our memory with them. */
const MOST_UNSENT_PONG_BYTES = 1024 * 1024;

/** One sender's WebSocket. */
export class WebSocketConnection implements FrameConnection {
  readonly remoteAddress: string;
  readonly #socket: WebSocket;
  readonly #transport: { readonly bytesRead: number };
  readonly #options: CarrierOptions;
  readonly #receiver: FrameReceiver;
  #isClosing = false;
  #cancelTimer: () => void = () => undefined;

  /** Takes an open socket, and what carries it. */
  constructor(
    socket: WebSocket,
    transport: { readonly bytesRead: number },
    remoteAddress: string,
    options: CarrierOptions,
  ) {
    this.remoteAddress = remoteAddress;
    this.#socket = socket;
    this.#transport = transport;
    this.#options = options;
    this.#receiver = admitConnection(this, options);
    socket.on("message", (bytes, isBinary) => this.#takeMessage(bytes as Buffer, isBinary));
    socket.on("ping", () => {
      if (socket.bufferedAmount > MOST_UNSENT_PONG_BYTES) socket.terminate();
    });
    socket.on("error", (error) => this.#fault(error));
    socket.on("close", () => {
      this.#cancelTimer();
      this.#isClosing = true;
      this.#receiver.closed();
    });
  }

  get receivedBytes(): number {
    return this.#transport.bytesRead;
  }

  get unsentBytes(): number {
    return this.#socket.bufferedAmount;
  }

  send(frame: Uint8Array): void {
    if (!this.#isClosing && this.#socket.readyState === this.#socket.OPEN) this.#socket.send(frame, ignoreError);
  }

  close(reason: string): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#cancelTimer();
    this.#socket.close(CLOSE_STATUS, reason);
    this.#cancelTimer = this.#options.clock.schedule(CLOSE_LIMIT_MS, () => this.#socket.terminate());
  }

  #takeMessage(bytes: Buffer, isBinary: boolean): void {
    if (this.#isClosing) return;
    if (!isBinary) this.#receiver.fail("BRIDGE_BAD_FRAME", "a text message");
    else this.#receiver.receive(bytes);
  }

  #fault(error: Error & { readonly code?: string }): void {
    this.#options.onTrouble(error.message, this.remoteAddress);
    if (error.code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH") {
      this.#receiver.fail("BRIDGE_FRAME_TOO_LARGE", "a message far beyond every limit");
    } else if (error.code?.startsWith("WS_ERR") === true) {
      this.#receiver.fail("BRIDGE_BAD_FRAME", error.message);
    }
    this.#isClosing = true; // the library is closing it, with a status of its own
    this.#cancelTimer();
    this.#cancelTimer = this.#options.clock.schedule(CLOSE_LIMIT_MS, () => this.#socket.terminate());
  }
}

function ignoreError(): void {
  // The socket is on its way out, and says so itself.
}
